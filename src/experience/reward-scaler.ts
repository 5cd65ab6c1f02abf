// Rewards divided by the deviation of the discounted return: that of all that was played so far, this rollout included.

import type { Trajectories } from "../advantages/index.ts";
import { createRangedMoments, rescale, restoreMoments, updateMoments, type Moments } from "../math/moments.ts";
import { copyOf } from "../globals.ts";

/** Divides rewards by the running deviation of the discounted return. */
export interface RewardScaler {
  /** Scales the rewards of one step of each environment, from `rewards` into `out`, which may be the same. */
  scale(rewards: Float64Array, terminated: Uint8Array, truncated: Uint8Array, out: Float64Array): void;
  /**
   * A rollout [steps, environments] with scaled rewards; its own stay as they are. All of it is taken in first, so that
   * its first rewards, and the first that were ever seen, have the same unit as the rest.
   */
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
  const moments = createRangedMoments(1);
  updateMoments(moments, [0], 1); // what a return begins with
  const returns = new Float64Array(n); // discounted, of the open episodes

  /** Takes in step `at / n` of each environment. */
  const takeIn = (rewards: Float64Array, terminated: Uint8Array, truncated: Uint8Array, at: number): void => {
    for (let i = 0; i < n; i++) returns[i] = returns[i] * gamma + rewards[at + i];
    updateMoments(moments, returns, n);
    for (let i = 0; i < n; i++) if (terminated[at + i] || truncated[at + i]) returns[i] = 0;
  };

  return {
    scale(rewards, terminated, truncated, out) {
      takeIn(rewards, terminated, truncated, 0);
      for (let i = 0; i < n; i++) out[i] = rescale(moments, rewards[i]);
    },
    scaled(rollout) {
      const { rewards, terminated, truncated } = rollout;
      const scaled = new Float64Array(rewards.length);
      const scale = (from: number, to: number): void => {
        for (let k = from; k < to; k++) scaled[k] = rescale(moments, rewards[k]);
      };
      const stepByStep = moments.low === undefined; // a run of version 0.1 goes on as it began
      for (let k = 0; k < rewards.length; k += n) {
        takeIn(rewards, terminated, truncated, k);
        if (stepByStep) scale(k, k + n);
      }
      if (!stepByStep) scale(0, rewards.length);
      return { ...rollout, rewards: scaled };
    },
    getState: () => ({ moments: copyOf(moments), returns: [...returns] }),
    setState(state) {
      restoreMoments(moments, state.moments);
      for (let i = 0; i < n; i++) returns[i] = state.returns[i] ?? 0; // environments may be more than they were
    },
  };
}
