// Rewards divided by the deviation of the discounted return, as far as it is known by then.

import type { Trajectories } from "../advantages/index.ts";
import { createMoments, rescale, updateMoments, type Moments } from "../math/moments.ts";

/** Divides rewards by the running deviation of the discounted return. */
export interface RewardScaler {
  /** Scales the rewards of one step of each environment, from `rewards` into `out`, which may be the same. */
  scale(rewards: Float64Array, terminated: Uint8Array, truncated: Uint8Array, out: Float64Array): void;
  /** A rollout [steps, environments] with scaled rewards; its own stay as they are. */
  scaled<T extends Pick<Trajectories, "rewards" | "terminated" | "truncated">>(rollout: T): T;
  /** Moments and open returns. */
  getState(): RewardScalerState;
  /** Goes on from a state. */
  setState(state: RewardScalerState): void;
}

/** The state of a reward scaler in a checkpoint; it survives JSON. */
export interface RewardScalerState {
  readonly moments: Moments;
  /** Of the open episodes. */
  readonly returns: number[];
}

/** For n environments that are stepped together. */
export function createRewardScaler(n: number, gamma: number): RewardScaler {
  const moments = createMoments(1);
  const returns = new Float64Array(n); // discounted, of the open episodes
  const scaler: RewardScaler = {
    scale(rewards, terminated, truncated, out) {
      for (let i = 0; i < n; i++) returns[i] = returns[i] * gamma + rewards[i];
      updateMoments(moments, returns, n);
      for (let i = 0; i < n; i++) {
        out[i] = rescale(moments, rewards[i]);
        if (terminated[i] || truncated[i]) returns[i] = 0;
      }
    },
    scaled(rollout) {
      const rewards = new Float64Array(rollout.rewards.length);
      for (let k = 0; k < rewards.length; k += n) {
        const step = <T extends Float64Array | Uint8Array>(of: T): T => of.subarray(k, k + n) as T;
        scaler.scale(step(rollout.rewards), step(rollout.terminated), step(rollout.truncated), step(rewards));
      }
      return { ...rollout, rewards };
    },
    getState: () => ({ moments: structuredClone(moments), returns: [...returns] }),
    setState(state) {
      Object.assign(moments, structuredClone(state.moments));
      returns.set(state.returns);
    },
  };
  return scaler;
}
