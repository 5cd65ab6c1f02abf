// Filling a rollout: act, record, and value what follows each step within its own episode.

import type { Agent } from "./agent.ts";
import type { Player } from "./player.ts";
import type { Rollout } from "./rollout.ts";

/** Steps after which collecting lets its caller breathe. */
const breath = 64;

/**
 * Takes `rollout.steps` steps in every environment and records them; yields every so often, for whoever shares the
 * thread.
 *
 * `nextValues[t]` is V(s_{t+1}) of the same episode: the next step's value; where the episode was truncated, the value
 * of its final observation, never of the next episode's first; at the rollout's end, the value of the current
 * observation.
 *
 * The observation normalizer holds still meanwhile, and takes in what was observed at the end: so a rollout is of one
 * policy, and an environment's part in it does not depend on the others.
 */
export function* collect(agent: Agent, rollout: Rollout): Generator<void, void> {
  const { crew, player } = agent;
  crew?.play(rollout, player.policy.normalizer);
  const recorder = createRecorder(player, rollout);
  for (let t = 0; t < rollout.steps; t += breath) {
    recorder.record(t, Math.min(t + breath, rollout.steps));
    yield;
  }
  recorder.finish();
  const others = crew ? yield* crew.played() : [];
  agent.takeIn(rollout, inOrder([...recorder.ended, ...others]));
}

/** By time and, within a step, by environment: so that it does not matter who played which. */
const inOrder = (ended: EndedEpisode[]): EndedEpisode[] =>
  ended.sort((a, b) => a.t - b.t || a.environment - b.environment);

/** An episode that ended at step `t` of a rollout. */
export interface EndedEpisode {
  readonly t: number;
  readonly environment: number;
  readonly return: number;
  readonly length: number;
}

export interface Recorder {
  /** Plays and records steps `from` to `to` of the rollout. */
  record(from: number, to: number): void;
  /** Values what follows the last step, and the truncated ones. */
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

/** Records a player's environments as columns `first`, `first + 1`, … of a rollout. */
export function createRecorder(player: Player, rollout: Rollout, first = 0): Recorder {
  const { vector, policy } = player;
  const { observationSize: width, actionSize, parameterSize, maskSize, stateSize } = policy;
  const m = vector.size;
  const { steps, environments: n } = rollout;
  const cutOff: CutOff[] = [];
  const ended: EndedEpisode[] = [];

  return {
    ended,
    record(from, to) {
      if (from === 0) rollout.firstStates?.set(player.states, first * stateSize);
      for (let t = from; t < to; t++) {
        const at = t * n + first;
        rollout.observations.set(player.observations, at * width);
        if (player.masks) rollout.masks!.set(player.masks, at * maskSize);
        player.step();
        rollout.actions.set(player.actions, at * actionSize);
        rollout.parameters?.set(player.parameters, at * parameterSize);
        rollout.rawObservations?.set(vector.observations, at * width);
        for (let i = 0; i < m; i++) {
          const k = at + i;
          rollout.logProbs[k] = player.logProbs[i];
          rollout.rewards[k] = vector.rewards[i];
          rollout.values[k] = player.values[i];
          rollout.terminated[k] = vector.terminated[i];
          rollout.truncated[k] = vector.truncated[i];
          if (t > 0) rollout.nextValues[k - n] = player.values[i];
          if (vector.truncated[i] && !vector.terminated[i])
            cutOff.push({
              entry: k,
              observation: player.finalObservations.slice(i * width, (i + 1) * width),
              state: player.finalStates.slice(i * stateSize, (i + 1) * stateSize),
            });
        }
        for (const e of vector.finished)
          ended.push({ t, environment: first + e.environment, return: e.return, length: e.length });
      }
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
