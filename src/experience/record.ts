// Recording a player's steps in a rollout: what it saw, did and got, and the value of what follows each step within its
// own episode.

import type { OwnValues } from "../envs/index.ts";
import type { Player } from "./player.ts";
import type { Rollout } from "./rollout.ts";

/** An episode that ended at step `t` of a rollout. */
export interface EndedEpisode {
  readonly t: number;
  readonly environment: number;
  readonly return: number;
  readonly length: number;
  readonly values?: OwnValues;
}

/** Records one rollout: `record` all of its steps in order, then `finish`. */
export interface Recorder {
  /**
   * Plays and records steps from `from` on, to `to` or until it is time to pause.
   *
   * @returns the step to go on with: `to` at the end
   */
  record(from: number, to: number): number;
  /**
   * Values what follows the last step, and the truncated ones: `nextValues[t]` is V(s_{t+1}) of the same episode; where
   * that was truncated, the value of its final observation, never of the next episode's first.
   */
  finish(): void;
  /** The episodes that ended, in order of time and, within a step, of environments. */
  readonly ended: readonly EndedEpisode[];
}

/** A truncated step, and the observation that its episode would have gone on from. */
interface CutOff {
  readonly entry: number;
  readonly observation: Float32Array;
  readonly state: Float32Array;
}

/** `to.set(from, at)`, faster for the few numbers of most steps. */
function copy<T extends Float32Array | Uint8Array>(from: T, to: T, at: number): void {
  if (from.length > 64) to.set(from, at);
  else for (let i = 0; i < from.length; i++) to[at + i] = from[i];
}

/** Records a player's environments as columns `first`, `first + 1`, … of a rollout. */
export function createRecorder(player: Player, rollout: Rollout, first = 0): Recorder {
  const { vector, policy } = player;
  const { observationSize: width, actionSize, distributionSize, maskSize, stateSize } = policy;
  const m = vector.size;
  const { steps, environments: n } = rollout;
  const cutOff: CutOff[] = [];
  const ended: EndedEpisode[] = [];
  let paused = false; // in the middle of a step

  // A function of its own: what is rare in `record` costs it V8's optimized code when it first happens.
  function recordEnds(t: number): void {
    for (const { environment: i, return: total, length, values } of vector.finished) {
      ended.push({ t, environment: first + i, return: total, length, ...(values && { values }) });
      if (vector.truncated[i] && !vector.terminated[i])
        cutOff.push({
          entry: t * n + first + i,
          observation: player.finalObservations.slice(i * width, (i + 1) * width),
          state: player.finalStates.slice(i * stateSize, (i + 1) * stateSize),
        });
    }
  }

  return {
    ended,
    record(from, to) {
      if (from === 0 && !paused) rollout.firstStates?.set(player.states, first * stateSize);
      for (let t = from; t < to; t++) {
        const at = t * n + first;
        if (!paused) {
          copy(player.observations, rollout.observations, at * width);
          if (player.masks) copy(player.masks, rollout.masks!, at * maskSize);
        }
        paused = !player.stepSome();
        if (paused) return t;
        copy(player.actions, rollout.actions, at * actionSize);
        rollout.distributions?.set(player.distributions, at * distributionSize);
        rollout.rawObservations?.set(vector.observations, at * width);
        for (let i = 0; i < m; i++) {
          const k = at + i;
          rollout.logProbs[k] = player.logProbs[i];
          rollout.rewards[k] = vector.rewards[i];
          rollout.values[k] = player.values[i];
          rollout.terminated[k] = vector.terminated[i];
          rollout.truncated[k] = vector.truncated[i];
          if (t > 0) rollout.nextValues[k - n] = player.values[i];
        }
        if (vector.finished.length > 0) recordEnds(t);
      }
      return to;
    },
    finish() {
      player.evaluate(player.observations, m, rollout.nextValues.subarray((steps - 1) * n + first), player.states);
      const value = new Float64Array(1);
      for (const { entry, observation, state } of cutOff) {
        player.evaluate(observation, 1, value, state);
        rollout.nextValues[entry] = value[0];
      }
    },
  };
}
