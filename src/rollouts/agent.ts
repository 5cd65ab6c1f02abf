// Policy and environments as one moving thing: observes, acts, and keeps count, with normalization where it is asked for.

import {
  createActor,
  createMoments,
  rescale,
  standardize,
  updateMoments,
  type ActorCritic,
  type Moments,
} from "../policies/index.ts";
import type { VectorEnv } from "../envs/index.ts";
import { createGenerator, type GeneratorState, type SeedSequence } from "../random/index.ts";

/** An episode that has ended: `step` counts the environment steps of the whole run up to its end. */
export interface FinishedEpisode {
  readonly return: number;
  readonly length: number;
  readonly step: number;
}

export interface AgentOptions {
  readonly vector: VectorEnv;
  readonly policy: ActorCritic;
  /** Where actions are drawn from. */
  readonly actions: SeedSequence;
  /** Discount of the return whose variance scales the rewards; undefined leaves rewards as they are. */
  readonly normalizeRewards?: { readonly gamma: number };
}

/** All arrays hold the current step's values, one row an environment, and are overwritten by the next step. */
export interface Agent {
  readonly vector: VectorEnv;
  readonly policy: ActorCritic;
  /** `[n, observationSize]`: the observations to act on, as the network sees them. */
  readonly observations: Float32Array;
  /** `[n, observationSize]`: where an episode ended in the last step, its final observation as the network sees it. */
  readonly finalObservations: Float32Array;
  /** `[n]`: the actions of the last step, log π of them, and V of the observations that they were chosen from. */
  readonly actions: Int32Array;
  readonly logProbs: Float32Array;
  readonly values: Float32Array;
  /** `[n]`: rewards of the last step, normalized if asked for. */
  readonly rewards: Float64Array;
  /** Environment steps so far, over all environments. */
  steps: number;
  /** Episodes that ended since the list was last emptied by whoever reads it. */
  readonly finished: FinishedEpisode[];
  /** Starts the environments. */
  reset(): void;
  /** Chooses an action in each environment and steps them all. */
  step(): void;
  /** V of rows of observations [rows, observationSize] as the network sees them, rows ≤ n, into `out`. */
  evaluate(observations: Float32Array, rows: number, out: Float64Array): void;
  getState(): AgentState;
  setState(state: AgentState): void;
}

export interface AgentState {
  readonly steps: number;
  readonly actions: GeneratorState;
  readonly vector: unknown;
  readonly observationMoments?: Moments;
  readonly rewards?: { readonly moments: Moments; readonly returns: number[] };
}

export function createAgent({ vector, policy, actions: seed, normalizeRewards }: AgentOptions): Agent {
  const n = vector.size;
  const width = vector.observationSize;
  const actor = createActor(policy, n);
  const generator = createGenerator(seed);
  const { normalizer } = policy;
  // Without normalization these are the vector's own arrays.
  const observations = normalizer ? new Float32Array(n * width) : vector.observations;
  const finalObservations = normalizer ? new Float32Array(n * width) : vector.finalObservations;
  const rewards = normalizeRewards ? new Float64Array(n) : vector.rewards;
  const rewardMoments = createMoments(1);
  const discountedReturns = new Float64Array(n);

  const observe = (): void => {
    if (!normalizer) return;
    updateMoments(normalizer, vector.observations, n);
    standardize(normalizer, vector.observations, n, observations);
    standardize(normalizer, vector.finalObservations, n, finalObservations);
  };

  const scaleRewards = (gamma: number): void => {
    for (let i = 0; i < n; i++) discountedReturns[i] = discountedReturns[i]! * gamma + vector.rewards[i]!;
    updateMoments(rewardMoments, discountedReturns, n);
    for (let i = 0; i < n; i++) {
      rewards[i] = rescale(rewardMoments, vector.rewards[i]!);
      if (vector.terminated[i] || vector.truncated[i]) discountedReturns[i] = 0;
    }
  };

  const agent: Agent = {
    vector,
    policy,
    observations,
    finalObservations,
    actions: new Int32Array(n),
    logProbs: new Float32Array(n),
    values: actor.values,
    rewards,
    steps: 0,
    finished: [],
    reset() {
      vector.reset();
      observe();
    },
    step() {
      actor.run(observations, n);
      for (let i = 0; i < n; i++) {
        const action = actor.sample(i, generator);
        agent.actions[i] = action;
        agent.logProbs[i] = actor.logProbs[i * policy.actionCount + action]!;
      }
      vector.step(agent.actions);
      agent.steps += n;
      for (const e of vector.finished)
        agent.finished.push({ return: e.return, length: e.length, step: agent.steps - n + e.environment + 1 });
      if (normalizeRewards) scaleRewards(normalizeRewards.gamma);
      observe();
    },
    evaluate: (batch, rows, out) => actor.runValues(batch, rows, out),
    getState: () => ({
      steps: agent.steps,
      actions: generator.getState(),
      vector: vector.getState(),
      observationMoments: normalizer && structuredClone(normalizer),
      rewards: normalizeRewards && { moments: structuredClone(rewardMoments), returns: [...discountedReturns] },
    }),
    setState(state) {
      agent.steps = state.steps;
      generator.setState(state.actions);
      vector.setState(state.vector);
      if (normalizer && state.observationMoments) {
        Object.assign(normalizer, structuredClone(state.observationMoments));
        standardize(normalizer, vector.observations, n, observations);
      }
      if (state.rewards) {
        Object.assign(rewardMoments, structuredClone(state.rewards.moments));
        discountedReturns.set(state.rewards.returns);
      }
    },
  };
  return agent;
}
