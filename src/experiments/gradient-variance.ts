// The variance of REINFORCE's gradient between episodes of a policy that stays as it is: of networks in an environment,
// where it can only be sampled.

import { createVectorEnv, makeEnv, type EnvSource } from "../envs/index.ts";
import { createAgent, evaluateActions, type Rollout } from "../experience/index.ts";
import { feed } from "../learning/columns.ts";
import * as losses from "../learning/losses.ts";
import type { ActorCritic } from "../policies/index.ts";
import { createStreams } from "../random/index.ts";
import { gradients, input } from "../tensor/index.ts";

/** Weights Ψ_t of an episode's steps; steps beyond their number do not count. */
export type Weighting = (episode: Rollout) => Float64Array;

/** What single episodes' gradients come to. */
export interface GradientVariance {
  /** The trace of the covariance of Σ_t ∇log π(a_t|s_t) Ψ_t, over all of the actor's weights. */
  readonly variance: number;
  /** ‖E[ĝ]‖², without the share that noise adds to the squared length of a mean. It may come out below 0. */
  readonly squaredMean: number;
}

/** Variances of a gradient, one a weighting, from the same episodes. */
export interface GradientVariances<Name extends string> {
  readonly of: Readonly<Record<Name, GradientVariance>>;
  /** Mean length of the episodes. */
  readonly length: number;
}

/** Steps that a program is compiled for. */
const capacity = 512;

/**
 * Plays episodes with a policy that learns nothing meanwhile, and takes the gradient of each with several weightings.
 *
 * @param episodes how many, at least 2; of no more than 512 steps each
 * @param seed of the environment and of the actions
 * @param pause awaited after each episode with the share that is done
 */
export async function gradientVariances<Name extends string>(
  policy: ActorCritic,
  source: EnvSource,
  weightings: Readonly<Record<Name, Weighting>>,
  { episodes, seed, pause }: { episodes: number; seed: number; pause?: (done: number) => Promise<void> },
): Promise<GradientVariances<Name>> {
  const { engine, actorVariables } = policy;
  const streams = createStreams(seed);
  const vector = createVectorEnv([await makeEnv(source)], streams("environments"));
  const agent = createAgent({ vector, policy, actions: streams("actions") });
  agent.reset();

  const steps = evaluateActions(policy);
  const weight = input("weight", ["rows"]);
  const loss = losses.policyGradientSum(steps.logProb, weight);
  const outputs = Object.fromEntries(gradients(loss, actorVariables).map((g, i) => [String(i), g]));
  const program = engine.compile({ outputs }, { capacity });

  const names = Object.keys(weightings) as Name[];
  const sums = names.map(() => new Map<string, Float64Array>());
  const squares = names.map(() => 0);
  let length = 0;
  for (let episode = 0; episode < episodes; episode++) {
    const collecting = agent.collectEpisode("gradientVariances");
    let played = collecting.next();
    while (!played.done) played = collecting.next();
    length += played.value.steps / episodes;
    names.forEach((name, i) => {
      const values = weightings[name](played.value);
      feed(program, [...steps.feedFrom(played.value), { input: weight, values }], values.length);
      program.run(values.length);
      for (const output of Object.keys(outputs)) {
        const part = program.read(output);
        const sum = sums[i].get(output) ?? new Float64Array(part.length);
        sums[i].set(output, sum);
        for (let k = 0; k < part.length; k++) {
          sum[k] += part[k];
          squares[i] += part[k] * part[k];
        }
      }
    });
    await pause?.((episode + 1) / episodes);
  }
  const of = names.map((name, i) => {
    let squaredSum = 0;
    for (const sum of sums[i].values()) for (const value of sum) squaredSum += value * value;
    const variance = (squares[i] - squaredSum / episodes) / (episodes - 1);
    return [name, { variance, squaredMean: squaredSum / episodes / episodes - variance / episodes }];
  });
  return { of: Object.fromEntries(of) as Record<Name, GradientVariance>, length };
}
