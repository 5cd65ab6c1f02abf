// One whole episode of one environment, of whatever length.

import type { Trajectories } from "../advantages/index.ts";
import { assertEnds } from "../envs/endless.ts";
import type { Agent } from "../rollouts/index.ts";

export interface Episode {
  /** Steps of the last episode played. */
  readonly length: number;
  /** [length, observationSize] of the last episode; longer, since the memory is reused. */
  readonly observations: Float32Array;
  /** [length], likewise. */
  readonly actions: Float32Array;
  /**
   * Plays to the end of the agent's current episode; yields every so often, for whoever shares the thread. Needs a single
   * environment, at an episode's beginning.
   *
   * @throws RunError where the episode does not end
   */
  play(agent: Agent): Generator<void, void>;
  /** The episode as trajectories of one environment. A truncated one is valued by V of its final observation. */
  trajectory(): Trajectories;
}

export function createEpisode(observationSize: number): Episode {
  let capacity = 512;
  let length = 0;
  let observations = new Float32Array(capacity * observationSize);
  let actions = new Float32Array(capacity);
  let rewards = new Float64Array(capacity);
  let values = new Float64Array(capacity);
  let terminated = false;
  const finalValue = new Float64Array(1);

  const grow = (): void => {
    capacity *= 2;
    observations = enlarge(observations, new Float32Array(capacity * observationSize));
    actions = enlarge(actions, new Float32Array(capacity));
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
    *play(agent) {
      const { vector } = agent;
      length = 0;
      do {
        if (length === capacity) grow();
        observations.set(agent.observations, length * observationSize);
        agent.step();
        actions[length] = agent.actions[0]!;
        rewards[length] = agent.rewards[0]!;
        values[length] = agent.values[0]!;
        length++;
        if (length % 256 === 0) {
          assertEnds(length, "REINFORCE");
          yield;
        }
      } while (!vector.terminated[0] && !vector.truncated[0]);
      terminated = vector.terminated[0] === 1;
      finalValue[0] = 0;
      if (!terminated) agent.evaluate(agent.finalObservations, 1, finalValue);
    },
    trajectory() {
      const nextValues = new Float64Array(length);
      nextValues.set(values.subarray(1, length));
      nextValues[length - 1] = finalValue[0]!;
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

function enlarge<T extends Float32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
