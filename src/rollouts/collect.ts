// Filling a rollout: act, record, and value what follows each step within its own episode.

import type { Agent } from "./agent.ts";
import type { Rollout } from "./rollout.ts";

/**
 * Takes `rollout.steps` steps in every environment and records them.
 *
 * `nextValues[t]` is V(s_{t+1}) of the same episode: the next step's value; where the episode was truncated, the value of
 * its final observation, never of the next episode's first; at the rollout's end, the value of the current observation.
 */
export function collect(agent: Agent, rollout: Rollout): void {
  const { steps, environments: n, observationSize: width } = rollout;
  const { vector } = agent;
  const cutOff: { entry: number; observation: Float32Array }[] = [];
  for (let t = 0; t < steps; t++) {
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
  agent.evaluate(agent.observations, n, rollout.nextValues.subarray((steps - 1) * n));
  const value = new Float64Array(1);
  for (const { entry, observation } of cutOff) {
    agent.evaluate(observation, 1, value);
    rollout.nextValues[entry] = value[0]!;
  }
}
