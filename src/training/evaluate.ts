// How good a policy is: returns of whole episodes that it does not learn from.

import { createCheckedEnv } from "../envs/checked-env.ts";
import {
  assertEnv,
  closeEnvs,
  envName,
  isEnvSource,
  makeEnv,
  meansOfOwnValues,
  ownValues,
  type AsyncEnv,
  type Env,
  type EnvSource,
  type Observation,
  type OwnValues,
  type Step,
} from "../envs/index.ts";
import { isPromise, runAtOnce } from "../awaitable.ts";
import { assertEnds } from "../envs/endless.ts";
import { InputError } from "../errors.ts";
import type { Policy } from "../policies/index.ts";
import { createGenerator, createStreams } from "../random/index.ts";
import { describeSpace, sameSpace } from "../spaces/index.ts";
import { pauseIsDue } from "../threads/index.ts";
import { assertSignal } from "./controls.ts";
import { plainOptions } from "../text/plain-options.ts";
import { typeName, valueText } from "../text/values.ts";
import { createTurns, runInTurns } from "./turns.ts";

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
  /** Means of what the environment reported of them: numbers, true and false of the last `info`; undefined if nothing. */
  readonly values?: OwnValues;
  /** What does not fit but was put right, with what to do; undefined if there is nothing to tell. */
  readonly warnings?: readonly string[];
}

/**
 * Plays whole episodes with a policy.
 *
 * @throws InputError if the environment's spaces are not those of the policy; RunError if it breaks its
 *   contract, or an episode does not end
 */
export async function evaluate(
  policy: Policy,
  env: AsyncEnv | EnvSource,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  if (typeof env === "object" && env !== null && !isEnvSource(env))
    return runInTurns(evaluateInSlices(policy, env, options), createTurns());
  const made = await makeEnv(env);
  try {
    return await runInTurns(evaluateInSlices(policy, made, options, envName(env)), createTurns());
  } finally {
    closeEnvs([made], console.warn);
  }
}

/**
 * The same synchronously: the event loop does not run meanwhile.
 *
 * @throws InputError, further, if the environment answers later
 */
export function evaluateSync(policy: Policy, env: Env, options: EvaluateOptions = {}): Evaluation {
  if (isEnvSource(env))
    throw new InputError(
      "evaluateSync takes an environment that is made already: use evaluate, or await makeEnv first",
    );
  return runAtOnce(evaluateInSlices(policy, env, options), "evaluateSync()", "await evaluate(…)");
}

/**
 * The same in slices of some 10 ms, or as long as one call of the environment takes, to share the thread; it yields
 * promises where the environment answers later, and gets back what they come to.
 *
 * @param name of the environment, for messages
 */
export function* evaluateInSlices(
  policy: Policy,
  env: AsyncEnv,
  options: EvaluateOptions,
  name = "the environment",
): Generator<unknown, Evaluation> {
  const { episodes = 100, signal, ...how } = plainOptions(options, "the options of an evaluation");
  if (!Number.isSafeInteger(episodes) || episodes < 1)
    throw new InputError(`option "episodes" must be a whole number of at least 1, not ${valueText(episodes)}`);
  assertSignal(signal);
  const played = episodesInSlices(policy, env, how, name);
  const returns: number[] = [];
  const lengths: number[] = [];
  const reported: PlayedEpisode[] = [];
  let answer: unknown;
  while (returns.length < episodes && !(signal?.aborted && returns.length > 0)) {
    const { value: episode } = played.next(answer);
    if (episode === undefined || isPromise(episode)) {
      answer = yield episode;
      continue;
    }
    returns.push(episode.return);
    lengths.push(episode.length);
    reported.push(episode);
  }
  const values = meansOfOwnValues(reported);
  const warning = reported.at(-1)?.warning;
  return {
    ...summarizeEpisodes(returns, lengths),
    ...(Object.keys(values).length > 0 && { values }),
    ...(warning !== undefined && { warnings: [warning] }),
  };
}

/** An episode that was played to its end. */
export interface PlayedEpisode {
  readonly return: number;
  readonly length: number;
  /** What the environment reported of it. */
  readonly values?: OwnValues;
  /** What does not fit but was put right, in this episode or one before. */
  readonly warning: string | undefined;
}

/**
 * Whole episodes, one after the other and without end: those of {@link evaluate}. Undefined where it is time to pause; a
 * promise where the environment answers later, and `next` is then given what that comes to.
 *
 * @param name of the environment, for messages
 */
export function* episodesInSlices(
  policy: Policy,
  env: AsyncEnv,
  { seed = 1, deterministic = true }: Pick<EvaluateOptions, "seed" | "deterministic">,
  name: string,
): Generator<PlayedEpisode | PromiseLike<unknown> | undefined, undefined, unknown> {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new InputError(`option "seed" must be a whole number of at least 0, not ${valueText(seed)}`);
  if (typeof deterministic !== "boolean")
    throw new InputError(`option "deterministic" must be true or false, not ${valueText(deterministic)}`);
  if (!isPolicy(policy))
    throw new InputError(`the policy is ${typeName(policy)}, but must be one of a training or of loadPolicy`);
  assertEnv(env, "what the policy is to play");
  assertFits(policy, env);
  const seeds = createGenerator(createStreams(seed)("evaluation"));
  policy.seed(seed);
  const checked = createCheckedEnv(env, name);
  for (;;) {
    if (pauseIsDue()) yield;
    const first = checked.reset(seeds.nextUint32());
    let observation = isPromise(first) ? ((yield first) as Observation) : first;
    policy.reset();
    let total = 0;
    let length = 0;
    let values: OwnValues | undefined;
    for (let over = false; !over;) {
      if (pauseIsDue()) yield;
      const result = checked.step(policy.act(observation, { deterministic, mask: checked.mask() }));
      const next = isPromise(result) ? ((yield result) as Step) : result;
      length++;
      observation = next.observation;
      total += next.reward;
      over = next.terminated || next.truncated;
      if (over) values = ownValues(next.info);
      if (length % 256 === 0) assertEnds(length, "an evaluation");
    }
    yield { return: total, length, values, warning: checked.warning() };
  }
}

function isPolicy(x: Partial<Policy> | null | undefined): boolean {
  try {
    return typeof x?.act === "function" && typeof x.seed === "function";
  } catch {
    return false; // a getter or a proxy that throws
  }
}

/** @throws InputError if the policy was made for other spaces than the environment's */
export function assertFits(policy: Policy, env: AsyncEnv): void {
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

/** Returns and lengths of at least one episode, with their statistics. */
export function summarizeEpisodes(returns: number[], lengths: number[]): Evaluation {
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
