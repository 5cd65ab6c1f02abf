// One whole episode of one environment, of whatever length.

import type { Trajectories } from "../advantages/index.ts";
import { assertEnds } from "../envs/endless.ts";
import type { ActorCritic } from "../policies/index.ts";
import type { Agent } from "./agent.ts";

/** The memory of one episode at a time. */
export interface Episode {
  /** Steps of the last episode played. */
  readonly length: number;
  /** [length, observationSize] of the last episode; longer, since the memory is reused. */
  readonly observations: Float32Array;
  /** [length, actionSize], likewise. */
  readonly actions: Float32Array;
  /** [length, maskSize], likewise, where the environment has masks. */
  readonly masks: Uint8Array | undefined;
  /**
   * Plays to the end of the agent's current episode; yields every so often, for whoever shares the thread. Needs a
   * single environment, at an episode's beginning.
   *
   * @throws RunError where the episode does not end
   */
  play(agent: Agent): Generator<void, void>;
  /** The episode as trajectories of one environment. A truncated one is valued by V of its final observation. */
  trajectory(): Trajectories;
}

/** Room for an episode, which grows as needed. */
export function createEpisode({ observationSize, actionSize, maskSize }: ActorCritic): Episode {
  let capacity = 512;
  let length = 0;
  let observations = new Float32Array(capacity * observationSize);
  let actions = new Float32Array(capacity * actionSize);
  let masks = maskSize > 0 ? new Uint8Array(capacity * maskSize) : undefined;
  let rewards = new Float64Array(capacity);
  let values = new Float64Array(capacity);
  let terminated = false;
  const finalValue = new Float64Array(1);

  const grow = (): void => {
    capacity *= 2;
    observations = enlarge(observations, new Float32Array(capacity * observationSize));
    actions = enlarge(actions, new Float32Array(capacity * actionSize));
    masks &&= enlarge(masks, new Uint8Array(capacity * maskSize));
    rewards = enlarge(rewards, new Float64Array(capacity));
    values = enlarge(values, new Float64Array(capacity));
  };

  return {
    get length() {
      return length;
    },
    get observations() {
      return observations;
    },
    get actions() {
      return actions;
    },
    get masks() {
      return masks;
    },
    *play(agent) {
      const { player } = agent;
      const { vector } = player;
      length = 0;
      do {
        if (length === capacity) grow();
        observations.set(player.observations, length * observationSize);
        masks?.set(player.masks!, length * maskSize);
        agent.step();
        actions.set(player.actions, length * actionSize);
        rewards[length] = agent.rewards[0];
        values[length] = player.values[0];
        length++;
        if (length % 256 === 0) {
          assertEnds(length, "REINFORCE");
          yield;
        }
      } while (!vector.terminated[0] && !vector.truncated[0]);
      terminated = vector.terminated[0] === 1;
      finalValue[0] = 0;
      if (!terminated) player.evaluate(player.finalObservations, 1, finalValue, player.finalStates);
    },
    trajectory() {
      const nextValues = new Float64Array(length);
      nextValues.set(values.subarray(1, length));
      nextValues[length - 1] = finalValue[0];
      const ends = (flag: boolean): Uint8Array => {
        const flags = new Uint8Array(length);
        flags[length - 1] = flag ? 1 : 0;
        return flags;
      };
      return {
        steps: length,
        environments: 1,
        rewards: rewards.subarray(0, length),
        values: values.subarray(0, length),
        nextValues,
        terminated: ends(terminated),
        truncated: ends(!terminated),
      };
    },
  };
}

function enlarge<T extends Float32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
