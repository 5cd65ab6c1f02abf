// An environment whose observation tells episode and step, and a policy whose value of an observation is the
// observation: what a rollout says of values is then plain to see.

import type { Env } from "../../src/envs/index.ts";
import { createVectorEnv } from "../../src/envs/index.ts";
import type { Moments } from "../../src/math/moments.ts";
import { createActorCritic, type ActorCritic } from "../../src/policies/index.ts";
import { createStreams, SeedSequence } from "../../src/random/index.ts";
import { createAgent, type Agent, type AgentOptions } from "../../src/experience/index.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { createEngine } from "../../src/tensor/index.ts";

/** How the k-th step of an episode ends it. */
export type End = "terminated" | "truncated" | "both";

/**
 * Observation: 1000 · (first + episode) + step. Episode e has `lengths[e % …]` steps and ends as `ends[e % …]` says.
 * Reward: the observation that follows, over 1000.
 */
export function counting(lengths: readonly number[], ends: readonly End[], first = 0): Env<number[], number> {
  let [episode, t] = [-1, 0];
  const observe = (): number[] => [1000 * (first + episode) + t];
  return {
    observationSpace: box([0], [1e6]),
    actionSpace: discrete(2),
    reset() {
      episode++;
      t = 0;
      return { observation: observe(), info: {} };
    },
    step() {
      t++;
      const over = t === lengths[episode % lengths.length];
      const end = ends[episode % ends.length];
      return {
        observation: observe(),
        reward: observe()[0] / 1000,
        terminated: over && end !== "truncated",
        truncated: over && end !== "terminated",
        info: {},
      };
    },
  };
}

/** An agent over those environments with V(s) = s and logits (s/1000, 0); over others with random weights. */
export async function countingAgent(
  envs: Env[],
  options: {
    normalizer?: Moments;
    normalizeRewards?: { gamma: number };
    warmUp?: AgentOptions["warmUp"];
    seed?: number;
  } = {},
): Promise<{ agent: Agent; policy: ActorCritic }> {
  const streams = createStreams(options.seed ?? 1);
  const vector = createVectorEnv(envs, streams("environments"));
  const engine = await createEngine();
  const policy = createActorCritic(engine, {
    observationSpace: vector.observationSpace,
    actionSpace: vector.actionSpace,
    networks: { hidden: [] },
    seed: new SeedSequence(1),
    normalizer: options.normalizer,
  });
  const weights: Record<string, number[]> = {
    "actor.output.weight": [0.001, 0],
    "actor.output.bias": [0, 0],
    "critic.output.weight": [1],
    "critic.output.bias": [0],
  };
  if (policy.observationSize === 1)
    for (const { variable } of policy.parameters) engine.write(variable, weights[variable.name]);
  const agent = createAgent({
    vector,
    policy,
    actions: streams("actions"),
    normalizeRewards: options.normalizeRewards,
    warmUp: options.warmUp,
  });
  agent.reset();
  return { agent, policy };
}
