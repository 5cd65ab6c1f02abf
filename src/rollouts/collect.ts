// Filling a rollout: act, record, and value what follows each step within its own episode.

import type { Agent } from "./agent.ts";
import type { Rollout } from "./rollout.ts";

/** Steps after which collecting lets its caller breathe. */
const breath = 64;

/**
 * Takes `rollout.steps` steps in every environment and records them; yields every so often, for whoever shares the thread.
 *
 * `nextValues[t]` is V(s_{t+1}) of the same episode: the next step's value; where the episode was truncated, the value of
 * its final observation, never of the next episode's first; at the rollout's end, the value of the current observation.
 */
export function* collect(agent: Agent, rollout: Rollout): Generator<void, void> {
  const { steps, environments: n } = rollout;
  const cutOff: CutOff[] = [];
  for (let t = 0; t < steps; t += breath) {
    record(agent, rollout, t, Math.min(t + breath, steps), cutOff);
    yield;
  }
  agent.evaluate(agent.observations, n, rollout.nextValues.subarray((steps - 1) * n));
  const value = new Float64Array(1);
  for (const { entry, observation } of cutOff) {
    agent.evaluate(observation, 1, value);
    rollout.nextValues[entry] = value[0]!;
  }
}

/** A truncated step, and the observation that its episode would have gone on from. */
interface CutOff {
  readonly entry: number;
  readonly observation: Float32Array;
}

/** Steps `from` to `to` of the rollout. */
function record(agent: Agent, rollout: Rollout, from: number, to: number, cutOff: CutOff[]): void {
  const { environments: n, observationSize: width } = rollout;
  const { vector } = agent;
  for (let t = from; t < to; t++) {
    const at = t * n;
    rollout.observations.set(agent.observations, at * width);
    agent.step();
    for (let i = 0; i < n; i++) {
      const k = at + i;
      rollout.actions[k] = agent.actions[i]!;
      rollout.logProbs[k] = agent.logProbs[i]!;
      rollout.rewards[k] = agent.rewards[i]!;
      rollout.values[k] = agent.values[i]!;
      rollout.terminated[k] = vector.terminated[i]!;
      rollout.truncated[k] = vector.truncated[i]!;
      if (t > 0) rollout.nextValues[k - n] = agent.values[i]!;
      if (vector.truncated[i] && !vector.terminated[i])
        cutOff.push({ entry: k, observation: agent.finalObservations.slice(i * width, (i + 1) * width) });
    }
  }
}
