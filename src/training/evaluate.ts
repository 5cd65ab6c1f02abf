// How good a policy is: returns of whole episodes that it does not learn from.

import { createStep, makeEnv, type Env, type EnvSource, type Step } from "../envs/index.ts";
import { assertEnds } from "../envs/endless.ts";
import { stepProblems } from "../envs/problems.ts";
import { InputError, RunError } from "../errors.ts";
import type { Policy } from "../policies/index.ts";
import { createGenerator, createStreams } from "../random/index.ts";
import { describeSpace, sameSpace } from "../spaces/index.ts";
import { createTurns, runAtOnce, runInTurns } from "./turns.ts";

/** How a policy is evaluated. */
export interface EvaluateOptions {
  /** Default 100. */
  readonly episodes?: number;
  /** Fixes the environment's numbers and the sampled actions. Default 1. */
  readonly seed?: number;
  /** The most probable action in each state (default), or sampled ones. */
  readonly deterministic?: boolean;
  /** Stops after the episode in progress; what has been played counts. */
  readonly signal?: AbortSignal;
}

/** The result of an evaluation: returns and lengths of its episodes, and statistics of the returns. */
export interface Evaluation {
  /** Of each episode, in order: the sum of rewards, not discounted, and the number of steps. */
  readonly returns: number[];
  readonly lengths: number[];
  readonly mean: number;
  /** Standard deviation over episodes (n − 1); 0 for a single one. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Plays whole episodes with a policy.
 *
 * @throws InputError if the environment's spaces are not those of the policy; RunError if it breaks its
 *   contract, or an episode does not end
 */
export async function evaluate(
  policy: Policy,
  env: Env | EnvSource,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  if (typeof env === "object" && env !== null && "step" in env)
    return runInTurns(evaluateInSlices(policy, env, options), createTurns());
  const made = await makeEnv(env);
  try {
    return await runInTurns(evaluateInSlices(policy, made, options), createTurns());
  } finally {
    made.close?.();
  }
}

/** The same synchronously: the event loop does not run meanwhile. */
export function evaluateSync(policy: Policy, env: Env, options: EvaluateOptions = {}): Evaluation {
  return runAtOnce(evaluateInSlices(policy, env, options));
}

/** The same in slices of at most a few milliseconds, so that other work can share the thread. */
export function* evaluateInSlices(policy: Policy, env: Env, options: EvaluateOptions): Generator<void, Evaluation> {
  const { episodes = 100, seed = 1, deterministic = true, signal } = options;
  if (!Number.isSafeInteger(episodes) || episodes < 1)
    throw new InputError(`option "episodes" must be a whole number of at least 1, not ${episodes}`);
  assertFits(policy, env);
  const seeds = createGenerator(createStreams(seed)("evaluation"));
  policy.seed(seed);
  const step = createStep(env.observationSpace);
  const returns: number[] = [];
  const lengths: number[] = [];
  while (returns.length < episodes && !(signal?.aborted && returns.length > 0)) {
    const episodeSeed = seeds.nextUint32();
    let { observation } = env.reset(episodeSeed);
    policy.reset();
    let total = 0;
    let length = 0;
    for (let over = false; !over;) {
      const next = env.step(policy.act(observation, { deterministic, mask: env.actionMask?.() }), step);
      length++;
      assertStep(next, length, episodeSeed);
      observation = next.observation;
      total += next.reward;
      over = next.terminated || next.truncated;
      if (length % 256 === 0) {
        assertEnds(length, "an evaluation");
        yield;
      }
    }
    returns.push(total);
    lengths.push(length);
    yield;
  }
  return summarize(returns, lengths);
}

/** @throws InputError if the policy was made for other spaces than the environment's */
export function assertFits(policy: Policy, env: Env): void {
  for (const [what, ours, theirs] of [
    ["observation", policy.observationSpace, env.observationSpace],
    ["action", policy.actionSpace, env.actionSpace],
  ] as const)
    if (!sameSpace(ours, theirs))
      throw new InputError(
        `the policy's ${what} space is ${describeSpace(ours)}, the environment's ${describeSpace(theirs)}: ` +
          `it was trained on another environment`,
      );
}

/** @throws RunError if an environment's step breaks its contract, with the place */
export function assertStep(step: Step, length: number, seed: number): void {
  const problems = stepProblems(step);
  if (problems.length > 0) throw new RunError(`step ${length} of an episode with seed ${seed}: ${problems.join("; ")}`);
}

function summarize(returns: number[], lengths: number[]): Evaluation {
  const n = returns.length;
  const mean = returns.reduce((a, b) => a + b, 0) / n;
  const squares = returns.reduce((a, b) => a + (b - mean) * (b - mean), 0);
  return {
    returns,
    lengths,
    mean,
    std: n > 1 ? Math.sqrt(squares / (n - 1)) : 0,
    min: Math.min(...returns),
    max: Math.max(...returns),
  };
}
