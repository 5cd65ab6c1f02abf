// Several environments in lock-step. Everything that a learner reads is in arrays that are allocated once.
import { InputError, RunError } from "../../errors.ts";
import { copyOf } from "../../globals.ts";
import { createGenerator, type SeedSequence } from "../../random/index.ts";
import {
  describeSpace,
  elementSize,
  flatSize,
  maskProblem,
  maskSize,
  maskWriter,
  sameSpace,
  type Space,
} from "../../spaces/index.ts";
import { countClipped, createClipped, type Clipped } from "../clipped.ts";
import { createStep, type Env } from "../env.ts";
import { observationProblem, resultProblem, stepProblems } from "../problems.ts";
import { createActionHistory } from "./action-history.ts";
import { fromBits, toBits } from "./bits.ts";
import type { Episode } from "./episode.ts";
import { actionReader, observationWriter } from "./io.ts";
import { never, type Pauses } from "./pauses.ts";
import type { EnvironmentState, VectorState } from "./state.ts";

/**
 * `size` environments of the same spaces, stepped together. An environment whose episode ends is reset in the same
 * step: `observations` then holds the first observation of its next episode, and `finalObservations` the last of the
 * ended one.
 *
 * All arrays are written in place: copy what is still needed after the next step.
 */
export interface VectorEnv {
  /** Number of environments. */
  readonly size: number;
  /** Of every environment. */
  readonly observationSpace: Space;
  /** Of every environment. */
  readonly actionSpace: Space;
  /** Numbers per encoded observation: `flatSize(observationSpace)`. */
  readonly observationSize: number;
  /** `[size, observationSize]`: encoded current observations, which the next actions are chosen from. */
  readonly observations: Float32Array;
  /** `[size, observationSize]`: row i holds where `terminated[i]` or `truncated[i]`, and is stale elsewhere. */
  readonly finalObservations: Float32Array;
  /**
   * `[size, n or Σ counts]`: 1 where an action is allowed now, 0 if it is not; undefined if the environments have no
   * masks.
   */
  readonly actionMasks: Uint8Array | undefined;
  /** `[size]`: rewards of the last step. */
  readonly rewards: Float64Array;
  /** `[size]`: 1 where the last step terminated the episode. */
  readonly terminated: Uint8Array;
  /** `[size]`: 1 where the last step truncated the episode; `terminated` wins where both are 1. */
  readonly truncated: Uint8Array;
  /** The episodes that the last step ended, by environment; the list and its entries are reused. */
  readonly finished: readonly Episode[];
  /**
   * How much is used of what a checkpoint may keep of an open episode's actions, where environments have no getState:
   * from 0 to 1. Beyond it, the episode cannot be kept, and a resumed run begins a new one.
   */
  historyFilled(): number;
  /** Components of observations that lay a rounding beyond their bounds and were clipped, since the vector was made. */
  readonly clipped: Readonly<Clipped>;
  /** Begins a new episode in every environment, with the next seed of its stream. */
  reset(): void;
  /** The same; yields where it is time to pause, before the reset of an environment. */
  resetInSlices(): Generator<void, void>;
  /**
   * Steps every environment.
   *
   * @param actions of the policy, whole numbers in a Float32Array too: for Discrete [size] indices 0 … n − 1 (the
   *   space's start is added here), otherwise [size, components]; those of a Box are clipped to the space's bounds for
   *   the environment (the array itself stays as it is)
   * @throws RunError with the environment and the step if an environment breaks its contract
   */
  step(actions: Int32Array | Float32Array): void;
  /** Whether `step` takes no longer than what may be left between two pauses, as far as one knows. */
  isQuick(): boolean;
  /**
   * The same, but it returns false where it is time to pause, before the step or the reset of an environment. Called
   * again with the same actions it goes on there, and returns true once all have been stepped.
   */
  stepSome(actions: Int32Array | Float32Array): boolean;
  /** The complete state, from which another vector continues to the same bits: an object that can be packed. */
  getState(): unknown;
  /**
   * Restores a state of `getState`, of a vector of the same size over the same environments. Where an episode was too
   * long to be kept, a new one begins.
   */
  setState(state: unknown): void;
}

/** Bytes of actions that a checkpoint keeps of the open episodes of a vector. */
const mostHistory = 1 << 26;

/**
 * Makes a vector.
 *
 * Environment i draws the seeds of its episodes from child i of `seeds`, so that its numbers do not depend on how many
 * other environments there are. Call `reset()` or `setState()` before the first step.
 *
 * Every observation, reward and flag is checked against the contract.
 *
 * @param first index of the first environment, if these are part of a larger set: it determines their streams and their
 *   names in messages
 * @param who prefix of error messages, such as "worker 0 failed: "
 * @param pauses asked by `stepSome` and `resetInSlices` before each call of an environment. Default: it never pauses
 * @throws InputError if there are no environments, one is given twice, or their spaces differ
 */
export function createVectorEnv(
  envs: readonly Env[],
  seeds: SeedSequence,
  first = 0,
  who = "",
  pauses: Pauses = never,
): VectorEnv {
  assertAlike(envs);
  const size = envs.length;
  const { observationSpace, actionSpace } = envs[0];
  const observationSize = flatSize(observationSpace);
  const actionSize = elementSize(actionSpace);

  const observations = new Float32Array(size * observationSize);
  const finalObservations = new Float32Array(size * observationSize);
  const actionMasks = envs[0].actionMask ? new Uint8Array(size * maskSize(actionSpace)) : undefined;
  const rewards = new Float64Array(size);
  const terminated = new Uint8Array(size);
  const truncated = new Uint8Array(size);
  const finished: Episode[] = [];
  const finishedPool = envs.map((_, environment): Episode => ({ environment, return: 0, length: 0 }));

  const streams = seeds
    .spawn(first + size)
    .slice(first)
    .map((child) => createGenerator(child));
  // Only environments that ask for it get arrays again.
  const outs = envs.map((env) => (env.stepsInPlace === true ? createStep(observationSpace) : undefined));
  const clipped = createClipped();
  // Of the open episodes:
  const episodeSeeds = new Float64Array(size);
  const episodeReturns = new Float64Array(size);
  const episodeLengths = new Float64Array(size);
  const histories = envs.map((env) =>
    env.getState && env.setState ? null : createActionHistory(actionSpace, mostHistory / size),
  );
  let steps = 0;
  let started = false;
  let isStepping = false; // within an environment's own step
  let pausedAt = -1; // the environment that a step goes on with,
  let pausedInReset = false; // and whether its episode has ended

  const writeObservation = observationWriter(observationSpace, observations, (_, j, x) => countClipped(clipped, j, x));
  const readAction = actionReader(actionSpace, actionMasks);
  const writeMask = actionMasks && maskWriter(actionSpace, actionMasks);

  function readMask(i: number): void {
    const mask = envs[i].actionMask!();
    if (!writeMask!(i, mask)) throw contractBroken(maskProblem(actionSpace, mask));
  }

  function beginEpisode(i: number): void {
    episodeSeeds[i] = streams[i].nextUint32();
    episodeReturns[i] = 0;
    episodeLengths[i] = 0;
    histories[i]?.clear();
    const result = envs[i].reset(episodeSeeds[i]);
    const malformed = resultProblem("reset", result);
    if (malformed) throw contractBroken(malformed);
    const { observation } = result;
    if (!writeObservation(i, observation)) throw contractBroken(observationProblem(observationSpace, observation));
    if (actionMasks) readMask(i);
  }

  /** Whether the episode has ended, so that the environment is to be reset. */
  function stepEnvironment(i: number, actions: Int32Array | Float32Array): boolean {
    const out = outs[i];
    const action = readAction(actions, i, out !== undefined);
    histories[i]?.push(action);
    episodeLengths[i]++;
    isStepping = true;
    const result = envs[i].step(action, out);
    isStepping = false;
    if (!result) throw contractBroken(resultProblem("step", result));
    const { observation, reward } = result;
    const terminates = result.terminated;
    const truncates = result.truncated;
    // Number.isFinite is false for anything that is not a number.
    if (!Number.isFinite(reward) || typeof terminates !== "boolean" || typeof truncates !== "boolean") {
      throw contractBroken(resultProblem("step", result) ?? stepProblems(result).join("; "));
    }
    if (!writeObservation(i, observation)) throw contractBroken(observationProblem(observationSpace, observation));
    rewards[i] = reward;
    episodeReturns[i] += reward;
    terminated[i] = terminates ? 1 : 0;
    truncated[i] = truncates ? 1 : 0;
    if (terminates || truncates) {
      endEpisode(i);
      return true;
    }
    if (actionMasks) readMask(i);
    return false;
  }

  function endEpisode(i: number): void {
    const row = i * observationSize;
    for (let j = row; j < row + observationSize; j++) finalObservations[j] = observations[j];
    const episode = finishedPool[i];
    episode.return = episodeReturns[i];
    episode.length = episodeLengths[i];
    finished.push(episode);
  }

  function stepSome(actions: Int32Array | Float32Array): boolean {
    let i = pausedAt;
    let hasEnded = pausedInReset;
    let resumes = i >= 0; // some progress, however late it is
    if (resumes) notPaused();
    else {
      begin(actions);
      i = 0;
    }
    try {
      for (; i < size; i++) {
        if (!hasEnded) {
          if (pauses.isDue() && !resumes) return pauseAt(i, false);
          resumes = false;
          hasEnded = stepEnvironment(i, actions);
        }
        if (hasEnded) {
          if (pauses.isDue() && !resumes) return pauseAt(i, true);
          resumes = false;
          beginEpisode(i);
          hasEnded = false;
        }
      }
    } catch (error) {
      throw failedStep(error, i);
    }
    return true;
  }

  function failedStep(error: unknown, i: number): RunError {
    if (isStepping) histories[i]?.pop(); // a step that was not taken is not replayed
    isStepping = false;
    return located(error, i);
  }

  function pauseAt(i: number, inReset: boolean): false {
    pausedAt = i;
    pausedInReset = inReset;
    return false;
  }

  function notPaused(): void {
    pausedAt = -1;
    pausedInReset = false;
  }

  function begin(actions: Int32Array | Float32Array): void {
    if (!started) throw new RunError("a vector of environments must be reset before its first step");
    if (actions.length !== size * actionSize)
      throw new RunError(`the actions are ${actions.length} numbers, but must be ${size} × ${actionSize}`);
    if (finished.length > 0) finished.length = 0;
    steps++;
  }

  function* resetInSlices(): Generator<void, void> {
    for (const array of [rewards, terminated, truncated]) array.fill(0);
    finished.length = 0;
    steps = 0;
    notPaused();
    for (let i = 0; i < size; i++) {
      if (pauses.isDue()) yield;
      try {
        beginEpisode(i);
      } catch (error) {
        throw located(error, i);
      }
    }
    started = true;
  }

  /** What went wrong in environment i, and where. */
  function located(error: unknown, i: number): RunError {
    const at = episodeLengths[i] === 0 ? "after reset" : `step ${episodeLengths[i]} of an episode`;
    const where = `environment ${first + i}, step ${steps} (${at} with seed ${episodeSeeds[i]})`;
    const what = error instanceof RunError ? error.message : `it threw ${String(error)}`;
    return new RunError(`${who}${where}: ${what}`, { cause: error });
  }

  function replay(i: number, actions: ArrayLike<number>): void {
    const history = histories[i]!;
    const wanted = observations.slice(i * observationSize, (i + 1) * observationSize);
    let { observation } = envs[i].reset(episodeSeeds[i]);
    history.load(actions);
    for (let k = 0; k < history.count(); k++) ({ observation } = envs[i].step(history.action(k), outs[i]));
    const row = i * observationSize;
    const same = writeObservation(i, observation) && wanted.every((x, j) => x === observations[row + j]);
    if (!same) {
      throw new RunError(
        "the same seed and the same actions led to a different observation: the environment is not deterministic " +
          "(draw all random numbers from a generator that reset(seed) seeds, or give it getState and setState)",
      );
    }
  }

  return {
    size,
    observationSpace,
    actionSpace,
    observationSize,
    observations,
    finalObservations,
    actionMasks,
    rewards,
    terminated,
    truncated,
    finished,
    clipped,
    historyFilled: () => histories.reduce((most, history) => Math.max(most, history?.filled() ?? 0), 0),

    reset() {
      for (const slices = resetInSlices(); !slices.next().done;);
    },
    resetInSlices,

    step(actions) {
      if (pausedAt >= 0) return void stepSome(actions);
      begin(actions);
      let i = 0;
      try {
        for (; i < size; i++) if (stepEnvironment(i, actions)) beginEpisode(i);
      } catch (error) {
        throw failedStep(error, i);
      }
    },
    isQuick: () => pauses.isQuick(size),
    stepSome,

    getState(): VectorState {
      if (!started) throw new RunError("a vector of environments has no state before reset()");
      return {
        steps,
        observations: toBits(observations),
        finalObservations: toBits(finalObservations),
        rewards: toBits(rewards),
        terminated: Array.from(terminated),
        truncated: Array.from(truncated),
        finished: finished.map((episode) => ({ ...episode })),
        environments: envs.map((env, i) => ({
          stream: streams[i].getState(),
          seed: episodeSeeds[i],
          return: episodeReturns[i],
          length: episodeLengths[i],
          ...(histories[i] ? { actions: histories[i].save() } : { state: copyOf(env.getState!()) ?? null }),
        })),
      };
    },

    setState(saved) {
      const state = saved as VectorState;
      if (state?.environments?.length !== size || state.observations?.length !== observations.length) {
        throw new InputError(
          `the state is of ${state?.environments?.length} environments, and there are ${size}, ` +
            `with observations of ${observationSize} numbers`,
        );
      }
      steps = state.steps;
      notPaused();
      fromBits(state.observations, observations);
      fromBits(state.finalObservations, finalObservations);
      fromBits(state.rewards, rewards);
      terminated.set(state.terminated);
      truncated.set(state.truncated);
      finished.length = 0;
      for (const { environment, ...rest } of state.finished) {
        finished.push(Object.assign(finishedPool[environment], rest));
      }
      state.environments.forEach((one, i) => {
        try {
          if (one) streams[i].setState(one.stream);
          if (!one || !isKept(one)) return beginEpisode(i);
          episodeSeeds[i] = one.seed;
          episodeReturns[i] = one.return;
          episodeLengths[i] = one.length;
          if (one.actions) replay(i, one.actions);
          else envs[i].setState!(copyOf(one.state));
          if (actionMasks) readMask(i);
        } catch (error) {
          throw located(error, i);
        }
      });
      started = true;
    },
  };
}

function assertAlike(envs: readonly Env[]): void {
  if (envs.length === 0) throw new InputError("a vector needs at least one environment");
  if (new Set(envs).size < envs.length) {
    throw new InputError(
      "the same environment object is in the vector twice: make one for each, by a factory that returns a new object",
    );
  }
  if (envs[0].actionMask && maskSize(envs[0].actionSpace) === 0) {
    const space = describeSpace(envs[0].actionSpace);
    throw new InputError(`an actionMask is for Discrete and MultiDiscrete actions, but the environments' are ${space}`);
  }
  for (const [i, env] of envs.entries()) {
    for (const name of ["observationSpace", "actionSpace"] as const) {
      if (sameSpace(env[name], envs[0][name])) continue;
      const spaces = `${describeSpace(env[name])}, but that of environment 0 is ${describeSpace(envs[0][name])}`;
      throw new InputError(`the ${name} of environment ${i} is ${spaces}`);
    }
    if ((env.actionMask === undefined) !== (envs[0].actionMask === undefined)) {
      const [has, lacks] = env.actionMask ? [i, 0] : [0, i];
      throw new InputError(`environment ${has} has an actionMask, but environment ${lacks} has none`);
    }
  }
}

/** Whether a state holds an open episode, or its way there. */
const isKept = (one: NonNullable<EnvironmentState>): boolean => one.actions !== undefined || one.state !== undefined;

const contractBroken = (problem: string | null): RunError => new RunError(problem ?? "its result is malformed");
