// Several environments in lock-step. Everything that a learner reads is in arrays that are allocated once.
import { InputError, RunError } from "../../errors.ts";
import { createGenerator, type SeedSequence } from "../../random/index.ts";
import { describeSpace, elementSize, flatSize, maskSize, sameSpace, type Space } from "../../spaces/index.ts";
import { createStep, type Env } from "../env.ts";
import { maskProblem, observationProblem, stepProblems } from "../problems.ts";
import { createActionHistory } from "./action-history.ts";
import { fromBits, toBits } from "./bits.ts";
import type { Episode } from "./episode.ts";
import { actionReader, maskWriter, observationWriter } from "./io.ts";
import type { VectorState } from "./state.ts";

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
  /** Begins a new episode in every environment, with the next seed of its stream. */
  reset(): void;
  /**
   * Steps every environment.
   *
   * @param actions of the policy, whole numbers in a Float32Array too: for Discrete [size] indices 0 … n − 1 (the
   *   space's start is added here), otherwise [size, components]; those of a Box are clipped to the space's bounds for
   *   the environment (the array itself stays as it is)
   * @throws RunError with the environment and the step if an environment breaks its contract
   */
  step(actions: Int32Array | Float32Array): void;
  /** The complete state, from which another vector continues to the same bits, as an object that survives JSON. */
  getState(): unknown;
  /** Restores a state of `getState`, of a vector of the same size over the same environments. */
  setState(state: unknown): void;
}

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
 * @throws InputError if there are no environments, one is given twice, or their spaces differ
 */
export function createVectorEnv(envs: readonly Env[], seeds: SeedSequence, first = 0, who = ""): VectorEnv {
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
  const outs = envs.map(() => createStep(observationSpace));
  // Of the open episodes:
  const episodeSeeds = new Float64Array(size);
  const episodeReturns = new Float64Array(size);
  const episodeLengths = new Float64Array(size);
  const histories = envs.map((env) => (env.getState && env.setState ? null : createActionHistory(actionSpace)));
  let steps = 0;
  let started = false;

  const writeObservation = observationWriter(observationSpace, observations);
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
    const { observation } = envs[i].reset(episodeSeeds[i]);
    if (!writeObservation(i, observation)) throw contractBroken(observationProblem(observationSpace, observation));
    if (actionMasks) readMask(i);
  }

  function stepEnvironment(i: number, actions: Int32Array | Float32Array): void {
    const action = readAction(actions, i);
    histories[i]?.push(action);
    const result = envs[i].step(action, outs[i]);
    const { observation, reward } = result;
    const terminates = result.terminated;
    const truncates = result.truncated;
    episodeLengths[i]++;
    // Number.isFinite is false for anything that is not a number.
    if (!Number.isFinite(reward) || typeof terminates !== "boolean" || typeof truncates !== "boolean") {
      throw contractBroken(stepProblems(result).join("; "));
    }
    if (!writeObservation(i, observation)) throw contractBroken(observationProblem(observationSpace, observation));
    rewards[i] = reward;
    episodeReturns[i] += reward;
    terminated[i] = terminates ? 1 : 0;
    truncated[i] = truncates ? 1 : 0;
    if (terminates || truncates) endEpisode(i);
    else if (actionMasks) readMask(i);
  }

  function endEpisode(i: number): void {
    const row = i * observationSize;
    for (let j = row; j < row + observationSize; j++) finalObservations[j] = observations[j];
    const episode = finishedPool[i];
    episode.return = episodeReturns[i];
    episode.length = episodeLengths[i];
    finished.push(episode);
    beginEpisode(i);
  }

  /** What went wrong in environment i, and where. */
  function located(error: unknown, i: number): RunError {
    const at = episodeLengths[i] === 0 ? "after reset" : `step ${episodeLengths[i]} of an episode`;
    const where = `environment ${first + i}, step ${steps} (${at} with seed ${episodeSeeds[i]})`;
    const what = error instanceof RunError ? error.message : `it threw ${String(error)}`;
    return new RunError(`${who}${where}: ${what}`, { cause: error });
  }

  function replay(i: number, actions: readonly number[]): void {
    const history = histories[i]!;
    const wanted = observations.slice(i * observationSize, (i + 1) * observationSize);
    let { observation } = envs[i].reset(episodeSeeds[i]);
    history.load(actions);
    for (let k = 0; k < history.count; k++) ({ observation } = envs[i].step(history.action(k), outs[i]));
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

    reset() {
      for (const array of [rewards, terminated, truncated]) array.fill(0);
      finished.length = 0;
      steps = 0;
      let i = 0;
      try {
        for (; i < size; i++) beginEpisode(i);
      } catch (error) {
        throw located(error, i);
      }
      started = true;
    },

    step(actions) {
      if (!started) throw new RunError("a vector of environments must be reset before its first step");
      if (actions.length !== size * actionSize) {
        throw new RunError(`the actions are ${actions.length} numbers, but must be ${size} × ${actionSize}`);
      }
      if (finished.length > 0) finished.length = 0;
      steps++;
      let i = 0;
      try {
        for (; i < size; i++) stepEnvironment(i, actions);
      } catch (error) {
        throw located(error, i);
      }
    },

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
          ...(histories[i] ? { actions: histories[i].save() } : { state: structuredClone(env.getState!()) }),
        })),
      };
    },

    setState(saved) {
      const state = saved as VectorState;
      if (state?.environments?.length !== size || state.observations?.length !== observations.length) {
        throw new InputError(`not a state of ${size} environments with observations of ${observationSize} numbers`);
      }
      steps = state.steps;
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
        streams[i].setState(one.stream);
        episodeSeeds[i] = one.seed;
        episodeReturns[i] = one.return;
        episodeLengths[i] = one.length;
        try {
          if (histories[i]) replay(i, one.actions!);
          else envs[i].setState!(structuredClone(one.state));
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

const contractBroken = (problem: string | null): RunError => new RunError(problem ?? "its result is malformed");
