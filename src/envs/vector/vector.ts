// Several environments in lock-step. Everything that a learner reads is in arrays that are allocated once.
import { allDone, cannotWait, isPromise, runAtOnce, runToEnd, type Awaitable } from "../../awaitable.ts";
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
import { createStep, type AsyncEnv, type Info, type Observation, type Step } from "../env.ts";
import { assertEnv } from "../env-shape.ts";
import { observationProblem, resultProblem, stepProblems } from "../problems.ts";
import { ownValues } from "../own-values.ts";
import { thrownText } from "../../text/values.ts";
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
  /**
   * Begins a new episode in every environment, with the next seed of its stream.
   *
   * @throws InputError if one answers later
   */
  reset(): void;
  /** The same; yields where it is time to pause, before the reset of an environment, and promises to be waited for. */
  resetInSlices(): Generator<unknown, void>;
  /**
   * Steps every environment, none of which answers later.
   *
   * @param actions of the policy, whole numbers in a Float32Array too: for Discrete [size] indices 0 … n − 1 (the
   *   space's start is added here), otherwise [size, components]; those of a Box are clipped to the space's bounds for
   *   the environment (the array itself stays as it is)
   * @throws RunError with the environment and the step if an environment breaks its contract; InputError if one answers
   *   later
   */
  step(actions: Int32Array | Float32Array): void;
  /** Whether `stepAtOnce` takes no longer than what may be left between two pauses, as far as one knows. */
  isQuick(): boolean;
  /** The same without pauses; false if an environment answers later, and `stepSome` is to go on once that is there. */
  stepAtOnce(actions: Int32Array | Float32Array): boolean;
  /**
   * The same, but it returns false where it is time to pause, before the step or the reset of an environment, and where
   * environments are yet to answer. Called again with the same actions it goes on there, once there is no `pending` left
   * to wait for, and returns true once all have been stepped.
   */
  stepSome(actions: Int32Array | Float32Array): boolean;
  /**
   * What is to be waited for after `stepSome` returned false or after `setState`: the answers of environments that give
   * them later. It fails with what went wrong. Undefined if there is nothing to wait for.
   */
  pending(): Promise<void> | undefined;
  /** The complete state, from which another vector continues to the same bits: an object that can be packed. */
  getState(): unknown;
  /**
   * Restores a state of `getState`, of a vector of the same size over the same environments. Where an episode was too
   * long to be kept, a new one begins. It is there once there is no `pending` left to wait for.
   */
  setState(state: unknown): void;
}

/** What `reset` gives. */
type First = { observation: Observation; info: Info };

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
  envs: readonly AsyncEnv[],
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
  const finishedPool = envs.map((_, environment): Episode => ({
    environment,
    return: 0,
    length: 0,
    values: undefined,
  }));

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
  // Environments that answer later:
  let answerLater = false; // some do
  let waiting: Promise<void> | undefined; // for their answers
  let answered = false; // all of them, in the step in progress

  const writeObservation = observationWriter(observationSpace, observations, (_, j, x) => countClipped(clipped, j, x));
  const readAction = actionReader(actionSpace, actionMasks);
  const writeMask = actionMasks && maskWriter(actionSpace, actionMasks);

  function readMask(i: number): void {
    const mask = envs[i].actionMask!();
    if (!writeMask!(i, mask)) throw contractBroken(maskProblem(actionSpace, mask));
  }

  function resetEnvironment(i: number): Awaitable<First> {
    episodeSeeds[i] = streams[i].nextUint32();
    episodeReturns[i] = 0;
    episodeLengths[i] = 0;
    histories[i]?.clear();
    return envs[i].reset(episodeSeeds[i]);
  }

  function beginEpisode(i: number, result: First): void {
    const malformed = resultProblem("reset", result);
    if (malformed) throw contractBroken(malformed);
    const { observation } = result;
    if (!writeObservation(i, observation)) throw contractBroken(observationProblem(observationSpace, observation));
    if (actionMasks) readMask(i);
  }

  function stepEnvironment(i: number, actions: Int32Array | Float32Array): Awaitable<Step> {
    const out = outs[i];
    const action = readAction(actions, i, out !== undefined);
    histories[i]?.push(action);
    episodeLengths[i]++;
    isStepping = true;
    const result = envs[i].step(action, out);
    isStepping = false;
    return result;
  }

  /** Whether the episode has ended, so that the environment is to be reset; undefined if the result is a promise. */
  function takeStep(i: number, result: Awaitable<Step>): boolean | undefined {
    if (!result) throw contractBroken(resultProblem("step", result));
    const { observation, reward, terminated: terminates, truncated: truncates } = result as Step;
    // Number.isFinite is false for anything that is not a number.
    if (!Number.isFinite(reward) || typeof terminates !== "boolean" || typeof truncates !== "boolean") {
      if (isPromise(result)) return undefined;
      throw contractBroken(resultProblem("step", result) ?? stepProblems(result).join("; "));
    }
    if (!writeObservation(i, observation)) throw contractBroken(observationProblem(observationSpace, observation));
    rewards[i] = reward;
    episodeReturns[i] += reward;
    terminated[i] = terminates ? 1 : 0;
    truncated[i] = truncates ? 1 : 0;
    if (terminates || truncates) {
      endEpisode(i, (result as Step).info);
      return true;
    }
    if (actionMasks) readMask(i);
    return false;
  }

  function endEpisode(i: number, info: Info): void {
    const row = i * observationSize;
    for (let j = row; j < row + observationSize; j++) finalObservations[j] = observations[j];
    const episode = finishedPool[i];
    episode.return = episodeReturns[i];
    episode.length = episodeLengths[i];
    episode.values = ownValues(info);
    finished.push(episode);
  }

  function stepSome(actions: Int32Array | Float32Array): boolean {
    if (waiting) return false;
    if (answered) {
      answered = false;
      return true;
    }
    let i = pausedAt;
    let hasEnded: boolean | undefined = pausedInReset;
    let resumes = i >= 0; // some progress, however late it is
    if (resumes) notPaused();
    else {
      begin(actions);
      i = 0;
      if (answerLater) return stepLater(i, actions);
    }
    try {
      for (; i < size; i++) {
        if (!hasEnded) {
          if (pauses.isDue() && !resumes) return pauseAt(i, false);
          resumes = false;
          const result = stepEnvironment(i, actions);
          hasEnded = takeStep(i, result);
          if (hasEnded === undefined) return stepLater(i, actions, result);
        }
        if (hasEnded) {
          if (pauses.isDue() && !resumes) return pauseAt(i, true);
          resumes = false;
          const first = resetEnvironment(i);
          if (isPromise(first)) return stepLater(i, actions, undefined, first);
          beginEpisode(i, first);
          hasEnded = false;
        }
      }
    } catch (error) {
      throw failedStep(error, i);
    }
    return true;
  }

  function stepAtOnce(actions: Int32Array | Float32Array): boolean {
    if (pausedAt >= 0 || answerLater) return stepSome(actions);
    begin(actions);
    let i = 0;
    try {
      for (; i < size; i++) {
        const result = stepEnvironment(i, actions);
        const hasEnded = takeStep(i, result);
        if (hasEnded === undefined) return stepLater(i, actions, result);
        if (!hasEnded) continue;
        const first = resetEnvironment(i);
        if (isPromise(first)) return stepLater(i, actions, undefined, first);
        beginEpisode(i, first);
      }
    } catch (error) {
      throw failedStep(error, i);
    }
    return true;
  }

  /**
   * Steps environment `from` and those after it all at once, and waits for their answers. Each writes to rows of its own,
   * so that it does not matter which comes first.
   *
   * @param result of the step of environment `from`
   * @param first what its reset gave, where its step is done
   */
  function stepLater(
    from: number,
    actions: Int32Array | Float32Array,
    result?: Awaitable<Step>,
    first?: Awaitable<First>,
  ): false {
    outs.fill(undefined); // several are at work, and one array for all actions would be everybody's
    const all = envs.slice(from).map((_, k) => stepOne(from + k, actions, k === 0 ? { result, first } : {}));
    return wait(all, () => {
      finished.sort((a, b) => a.environment - b.environment);
      answered = true;
    });
  }

  async function stepOne(
    i: number,
    actions: Int32Array | Float32Array,
    { result, first }: { result?: Awaitable<Step>; first?: Awaitable<First> },
  ): Promise<void> {
    try {
      if (!first) {
        const ended = takeStep(i, await answerOf(i, result ?? stepEnvironment(i, actions)));
        if (!ended) return;
      }
      beginEpisode(i, await (first ?? resetEnvironment(i)));
    } catch (error) {
      throw failedStep(error, i);
    }
  }

  /** What a step comes to. */
  async function answerOf(i: number, result: Awaitable<Step>): Promise<Step> {
    if (!isPromise(result)) return result;
    try {
      return await result;
    } catch (error) {
      histories[i]?.pop();
      throw error;
    }
  }

  /** Waits for environments that are at work. */
  function wait(work: readonly Promise<void>[], then = (): void => undefined): false {
    answerLater = true;
    waiting = allDone(work)
      .finally(() => (waiting = undefined))
      .then(then);
    waiting.catch(() => undefined); // who waits for it is told
    return false;
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

  function* resetInSlices(): Generator<unknown, void> {
    for (const array of [rewards, terminated, truncated]) array.fill(0);
    finished.length = 0;
    steps = 0;
    notPaused();
    for (let i = 0; i < size; i++) {
      if (pauses.isDue()) yield;
      try {
        const first = resetEnvironment(i);
        if (isPromise(first)) wait(envs.slice(i).map((_, k) => resetLater(i + k, k === 0 ? first : undefined)));
        else beginEpisode(i, first);
      } catch (error) {
        throw located(error, i);
      }
      if (waiting) {
        yield waiting;
        break;
      }
    }
    started = true;
  }

  async function resetLater(i: number, first?: Awaitable<First>): Promise<void> {
    try {
      beginEpisode(i, await (first ?? resetEnvironment(i)));
    } catch (error) {
      throw located(error, i);
    }
  }

  /** What went wrong in environment i, and where. */
  function located(error: unknown, i: number): RunError {
    const at = episodeLengths[i] === 0 ? "after reset" : `step ${episodeLengths[i]} of an episode`;
    const where = `environment ${first + i}, step ${steps} (${at} with seed ${episodeSeeds[i]})`;
    const what = error instanceof RunError ? error.message : thrownText(error);
    return new RunError(`${who}${where}: ${what}`, { cause: error });
  }

  function* restoreEnvironment(i: number, one: EnvironmentState): Generator<unknown, void> {
    try {
      if (one) streams[i].setState(one.stream);
      if (!one || !isKept(one)) {
        const first = resetEnvironment(i);
        return beginEpisode(i, isPromise(first) ? ((yield first) as First) : first);
      }
      episodeSeeds[i] = one.seed;
      episodeReturns[i] = one.return;
      episodeLengths[i] = one.length;
      if (one.actions) yield* replay(i, one.actions);
      else {
        const set: unknown = envs[i].setState!(copyOf(one.state));
        if (isPromise(set)) yield set;
      }
      if (actionMasks) readMask(i);
    } catch (error) {
      throw located(error, i);
    }
  }

  function* replay(i: number, actions: ArrayLike<number>): Generator<unknown, void> {
    const history = histories[i]!;
    const wanted = observations.slice(i * observationSize, (i + 1) * observationSize);
    const first = envs[i].reset(episodeSeeds[i]);
    let { observation } = isPromise(first) ? ((yield first) as First) : first;
    history.load(actions);
    for (let k = 0; k < history.count(); k++) {
      const result = envs[i].step(history.action(k), outs[i]);
      ({ observation } = isPromise(result) ? ((yield result) as Step) : result);
    }
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
      runAtOnce(resetInSlices(), "reset()", "resetInSlices()");
    },
    resetInSlices,

    step(actions) {
      if (!stepAtOnce(actions) && waiting) throw cannotWait("step()", "stepSome() and pending()");
    },
    isQuick: () => pauses.isQuick(size),
    stepAtOnce,
    stepSome,
    pending: () => waiting,

    getState(): VectorState {
      if (!started) throw new RunError("a vector of environments has no state before reset()");
      if (waiting) throw new RunError("a vector of environments has no state while environments are yet to answer");
      return {
        steps,
        observations: toBits(observations),
        finalObservations: toBits(finalObservations),
        rewards: toBits(rewards),
        terminated: Array.from(terminated),
        truncated: Array.from(truncated),
        finished: finished.map(({ values, ...rest }) => ({ ...rest, ...(values && { values }) })),
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
      answered = false;
      fromBits(state.observations, observations);
      fromBits(state.finalObservations, finalObservations);
      fromBits(state.rewards, rewards);
      terminated.set(state.terminated);
      truncated.set(state.truncated);
      finished.length = 0;
      for (const { environment, ...rest } of state.finished) {
        finished.push(Object.assign(finishedPool[environment], { values: undefined }, rest));
      }
      const later: Promise<void>[] = [];
      state.environments.forEach((one, i) => {
        const work = runToEnd(restoreEnvironment(i, one));
        if (!isPromise(work)) return;
        later.push(work as Promise<void>);
        work.then(undefined, () => undefined); // where another fails at once, nobody waits for it
      });
      if (later.length > 0) wait(later);
      started = true;
    },
  };
}

function assertAlike(envs: readonly AsyncEnv[]): void {
  if (envs.length === 0) throw new InputError("a vector needs at least one environment");
  envs.forEach((env, i) => assertEnv(env, `environment ${i} of the vector`));
  if (new Set(envs).size < envs.length) {
    throw new InputError(
      "the same environment object is in the vector twice: make one for each, by a factory that returns a new object",
    );
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
