// An environment that is stepped by hand, with the checks and the messages of a vector: for evaluations and for watching.
import { isPromise, whenDone, type Awaitable } from "../awaitable.ts";
import { RunError } from "../errors.ts";
import { flatSize, maskProblem, maskSize, maskWriter } from "../spaces/index.ts";
import { clippedWarning, countClipped, createClipped } from "./clipped.ts";
import { createStep, type Action, type AsyncEnv, type Observation, type Step } from "./env.ts";
import { observationProblem, resultProblem, stepProblems } from "./problems.ts";
import { thrownText } from "../text/values.ts";
import { observationWriter } from "./vector/io.ts";

/** Calls of an environment; each throws a RunError that says what broke the contract, and where. */
export interface CheckedEnv {
  /** Begins an episode: its first observation, or a promise of it. */
  reset(seed: number): Awaitable<Observation>;
  /** Takes one action. The result is overwritten by the next step if the environment steps in place; or a promise. */
  step(action: Action): Awaitable<Step>;
  /** What is allowed now; undefined if the environment has no masks. Overwritten by the next call. */
  mask(): Uint8Array | undefined;
  /** What to tell of observations that were clipped; undefined if none were. */
  warning(): string | undefined;
}

/** @param name of the environment, for messages */
export function createCheckedEnv(env: AsyncEnv, name: string): CheckedEnv {
  const { observationSpace, actionSpace } = env;
  const out = env.stepsInPlace === true ? createStep(observationSpace) : undefined;
  const masks = new Uint8Array(maskSize(actionSpace));
  const clipped = createClipped();
  const encoded = new Float32Array(flatSize(observationSpace));
  const isSound = observationWriter(observationSpace, encoded, (_, j, value) => countClipped(clipped, j, value));
  const isMask = maskWriter(actionSpace, masks);
  let episode = 0;
  let length = 0;

  /** Runs a call of the environment, and says where if it fails. */
  function at<T>(call: () => T): T {
    try {
      const result = call();
      return isPromise(result) ? (result.then(undefined, fail) as T) : result;
    } catch (error) {
      return fail(error);
    }
  }

  function fail(error: unknown): never {
    const where = length === 0 ? "after reset" : `step ${length} of an episode`;
    const what = error instanceof RunError ? error.message : thrownText(error);
    throw new RunError(`${name}, ${where} with seed ${episode}: ${what}`, { cause: error });
  }

  const assertNone = (problem: string | null): void => {
    if (problem !== null) throw new RunError(problem);
  };

  const observed = (observation: Observation): Observation => {
    if (!isSound(0, observation)) assertNone(observationProblem(observationSpace, observation));
    return observation;
  };

  return {
    reset: (seed) =>
      at(() => {
        [episode, length] = [seed, 0];
        return whenDone(env.reset(seed), (result) => {
          assertNone(resultProblem("reset", result));
          return observed(result.observation);
        });
      }),
    step: (action) =>
      at(() => {
        length++;
        return whenDone(env.step(action, out), (result) => {
          assertNone(resultProblem("step", result));
          assertNone(stepProblems(result).join("; ") || null);
          observed(result.observation);
          return result;
        });
      }),
    mask: () =>
      at(() => {
        if (!env.actionMask) return undefined;
        const mask = env.actionMask();
        if (!isMask(0, mask)) assertNone(maskProblem(actionSpace, mask));
        return masks;
      }),
    warning: () => clippedWarning(observationSpace, [clipped]),
  };
}
