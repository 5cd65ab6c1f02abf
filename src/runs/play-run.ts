// Playing episodes with the policy of a run, one step at a time, for watching.

import {
  closeEnvs,
  createCheckedEnv,
  type Action,
  type Drawing,
  type AsyncEnv,
  type Observation,
} from "../envs/index.ts";
import type { Policy } from "../policies/index.ts";
import { createGenerator, createStreams } from "../random/index.ts";
import { assertSignal } from "../training/controls.ts";
import { assertFits } from "../training/evaluate.ts";
import type { EvaluateRunOptions } from "./evaluate-run.ts";
import { openRun, type OpenRunOptions } from "./open-run.ts";

/** Options of {@link playRun}. */
export interface PlayRunOptions extends EvaluateRunOptions {
  /** Steps after which an episode is left, for environments without a time limit. Default 5,000. */
  readonly maxSteps?: number;
}

/** What is seen before the first step of an episode, and after each. */
export interface Moment {
  /** The environment's name, and which episode this is, from 1. */
  readonly env: string;
  readonly episode: number;
  /** Steps of the episode so far. */
  readonly step: number;
  /** The action that led here; null at the beginning. */
  readonly action: Action | null;
  /** What follows it. */
  readonly observation: Observation;
  /** Of the step, and the sum of the episode's so far. */
  readonly reward: number;
  readonly return: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** The episode goes no further: it has ended, or `maxSteps` are over. */
  readonly over: boolean;
  /** What it looks like, where the environment can draw itself. */
  readonly drawing: Drawing | null;
}

/**
 * Plays episodes as {@link evaluateRun} does: the same seed gives the same episodes.
 *
 * @param options `episodes`: default 1
 * @throws InputError if the folder is missing, foreign or damaged, or was trained on another environment; RunError
 *   where the environment breaks its contract
 */
export async function* playRun(run: string, options: PlayRunOptions = {}): AsyncGenerator<Moment, void> {
  assertSignal(options.signal);
  const { policy, env, envName } = await openRun(run, options);
  try {
    yield* moments(policy, env, envName, options);
  } finally {
    closeEnvs([env], console.warn);
  }
}

/** The same with a policy and an environment that are open; the caller closes them. */
export async function* moments(
  policy: Policy,
  env: AsyncEnv,
  envName: string,
  { episodes = 1, seed = 1, deterministic = true, signal, maxSteps = 5000 }: Omit<PlayRunOptions, keyof OpenRunOptions>,
): AsyncGenerator<Moment, void> {
  assertFits(policy, env);
  const seeds = createGenerator(createStreams(seed)("evaluation"));
  policy.seed(seed);
  const checked = createCheckedEnv(env, envName);
  for (let episode = 1; episode <= episodes && !signal?.aborted; episode++) {
    // A copy: whoever makes an animation keeps all of them, and an environment may draw into the same object again.
    const shared = () => ({ env: envName, episode, drawing: structuredClone(env.draw?.() ?? null) });
    let observation = await checked.reset(seeds.nextUint32());
    policy.reset();
    let [total, over] = [0, false];
    yield {
      ...shared(),
      step: 0,
      action: null,
      observation: copy(observation),
      reward: 0,
      return: 0,
      terminated: false,
      truncated: false,
      over,
    };
    for (let step = 1; !over && !signal?.aborted; step++) {
      const action = policy.act(observation, { deterministic, mask: checked.mask() });
      const next = await checked.step(action);
      const { reward, terminated, truncated } = next;
      observation = next.observation;
      total += reward;
      over = terminated || truncated || step >= maxSteps;
      yield {
        ...shared(),
        step,
        action,
        observation: copy(observation),
        reward,
        return: total,
        terminated,
        truncated,
        over,
      };
    }
  }
}

const copy = (observation: Observation): Observation =>
  typeof observation === "number" ? observation : observation.slice();
