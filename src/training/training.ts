// One training in progress: an algorithm's learner, the environments that it plays in if it does, what is counted, and
// checkpoints.

import type { Algorithm, AsynchronousAlgorithm, DataAlgorithm, PlayingAlgorithm } from "../algorithms/index.ts";
import { stdOfEntropy } from "../distributions/index.ts";
import { envName, findSpec, meansOfOwnValues, type AsyncEnv, type EnvSource } from "../envs/index.ts";
import { runAtOnce } from "../awaitable.ts";
import { InputError, RunError } from "../errors.ts";
import type { FinishedEpisode, Play, PlayingLearner } from "../experience/index.ts";
import type { Keepsakes, Learner, Metrics } from "../learning/learner.ts";
import type { CreateNetworks } from "../nn/index.ts";
import { savePolicy, type ActorCritic, type ActorCriticOf } from "../policies/index.ts";
import { createStreams } from "../random/index.ts";
import { plainOptions } from "../text/plain-options.ts";
import { createEngine, type Engine } from "../tensor/index.ts";
import type { Beginning } from "./beginning.ts";
import { encodeCheckpoint, encodeWeights, keptOptions, type Subject } from "./checkpoint.ts";
import { openEnvironments, type OpenEnvironments } from "./environments.ts";
import type { Evaluation, evaluateInSlices } from "./evaluate.ts";
import { createFitCheck } from "./fit.ts";
import { createInsurance } from "./insurance.ts";
import { resolve, type ResolvedOptions } from "./options.ts";
import { assertRoom } from "./room.ts";
import { createScore, type Score } from "./score.ts";
import { createTurns, runInTurns } from "./turns.ts";
import { weightsSha256 } from "./sha256.ts";
import { describeSpaces, type WorkerSetup } from "./worker-setup.ts";
import type { Helpers } from "../threads/index.ts";
import { helpersFor, postable, threadsFor, type Threads } from "./workers.ts";

/** What each update of any algorithm reports. It depends on options and seed alone, and holds no times. */
export interface UpdateReport {
  /** Updates so far. */
  readonly update: number;
  /** Steps so far: environment steps, over all environments, of learners that play. */
  readonly step: number;
  /** Episodes finished so far. */
  readonly episodes: number;
  /** The episodes that finished during this update. */
  readonly finished: readonly FinishedEpisode[];
  /** Mean return of the last 100 finished episodes (of all, while they are fewer); null before the first. */
  readonly meanReturn100: number | null;
  /**
   * The mean reward of a step of this update, where no episode has ended in 500 steps of each environment; not of A3C.
   */
  readonly rewardPerStep?: number;
  /**
   * The algorithm's diagnostics, by name: losses, entropy, KL, norms, the learning rate; and, as "info.success", means of
   * what environments reported of the episodes that finished.
   */
  readonly metrics: Metrics;
  /** The evaluation, where one fell due with this update. */
  readonly evaluation?: Evaluation;
  /** What does not seem to fit the problem, each with what to do, where this update showed it first. */
  readonly warnings?: readonly string[];
}

/** A training in progress, on what `Source` makes: see {@link createTraining}. */
export interface Training<Source = EnvSource> {
  readonly algorithm: string;
  /** Null if the algorithm plays in no environment. */
  readonly envName: string | null;
  /** All options with defaults filled in; they survive JSON, but for an environment given as a factory. */
  readonly options: Readonly<Record<string, unknown>>;
  /** @throws InputError if the algorithm trains something else */
  readonly policy: ActorCriticOf<Source>;
  readonly step: number;
  readonly episodes: number;
  readonly updates: number;
  /** From 0 to 1: how much is done of the steps or the episodes asked for, whichever ends the training first. */
  readonly fractionDone: number;
  /** True when the steps or episodes asked for are done. */
  readonly done: boolean;
  readonly meanReturn100: number | null;
  /** The first step at which the mean of the last 100 returns, of at least 100, reached the threshold. */
  readonly solvedAtStep: number | null;
  /** The environment's threshold, where it has one. */
  readonly rewardThreshold: number | null;
  /** Threads at work, this one included; what is learned does not depend on them. */
  readonly threads: number;
  /**
   * Why there are fewer than the "workers" asked for: in a page without shared memory, on its main thread, or where a
   * bundler has left out the file that workers begin with.
   */
  readonly threadsNote: string | undefined;
  /** What a run's folder keeps of the learner, where that has something of its own. */
  readonly keepsakes?: Keepsakes;
  /**
   * One update: collects experience, if the algorithm plays, and learns from it.
   *
   * @throws RunError when a loss or gradient is not finite, an environment breaks its contract, or a worker dies;
   *   InputError when the learner or an environment answers later: `train` waits, and `runInTurns` of
   *   `updateInSlices()`
   */
  update(): UpdateReport;
  /**
   * The same in slices of some 10 ms, or as long as one call of an environment takes, to share the thread; it must be run
   * to its end, and promises that it yields waited for.
   */
  updateInSlices(): Generator<unknown, UpdateReport>;
  /**
   * Everything that is needed to go on elsewhere with the same bits: a safetensors file. After an update that failed it
   * is the last good one, at most some seconds older: of before the failure, and with finite weights.
   *
   * @throws RunError where none can be made: a weight is not finite, or a state is too large or cannot be kept
   */
  checkpoint(): Uint8Array;
  /**
   * The policy alone, as `savePolicy` gives it.
   *
   * @throws InputError if the algorithm trains something else
   */
  savePolicy(): Uint8Array;
  /** What is trained alone, by the names of its variables: a safetensors file. */
  saveWeights(): Uint8Array;
  /** SHA-256 of all weights, in hexadecimal: equal for trainings with the same bits. */
  weightsSha256(): string;
  /**
   * One more environment, for episodes that are played once training is over; `close` closes it too. Undefined of learners
   * that play in none.
   *
   * @throws InputError if it cannot be made
   */
  anotherEnv?(): Promise<AsyncEnv>;
  /**
   * Closes the environments and ends the workers; the policy goes on working. `train` and the command line do it at the
   * end. Only the first call does anything.
   *
   * @param warn is told of environments whose own `close` fails. Default: `console.warn`
   */
  close(warn?: (message: string) => void): void;
}

/** Options of an algorithm as a user gives them, with `env` and `networks`. */
export interface TrainingInput<Source extends EnvSource = EnvSource> extends Record<string, unknown> {
  /** Left out by algorithms that play in none. */
  readonly env?: Source | null;
  /** Networks of your own instead of `hidden`, `activation`, `sharedTrunk` and `memory`. */
  readonly networks?: CreateNetworks;
}

/**
 * Sets up a training with an algorithm: see `createTraining`.
 *
 * @param isBuiltIn whether it comes with polgrad, so that workers know it
 */
export async function beginTraining(
  chosen: Algorithm,
  isBuiltIn: boolean,
  input: TrainingInput,
  beginning?: Beginning,
): Promise<Training> {
  const begin = beginning === undefined ? undefined : await import("./begin-with.ts");
  const { resume, from } = begin?.beginningOf(beginning!) ?? {};
  const { networks, ...rest } = plainOptions(input ?? {}, `${chosen.name}: the options`);
  const given = networks === undefined ? (input ?? rest) : rest;
  const resolved = resolve(chosen, from ? { ...begin!.policyOptions(from, chosen), ...rest } : given);
  if ("wrong" in resolved) throw (await import("./wrong-options.ts")).wrongOptions(chosen, resolved.wrong);
  const { options } = resolved;
  assertNetworks(chosen.name, options, networks);
  if (from) begin!.assertPolicyOptions(from, chosen, options);
  const started = chosen.environments === 0 ? await startAlone(chosen as DataAlgorithm, options) : await startPlaying(chosen as PlayingAlgorithm | AsynchronousAlgorithm, options, networks, isBuiltIn); // prettier-ignore
  try {
    const training = assemble(chosen, options, started, resume === undefined);
    if (resume) training.restore((...of) => begin!.decodeCheckpoint(resume.checkpoint, ...of, resume.change ?? []));
    else if (from) begin!.beginWith(from, started.play, chosen.name);
    const { play } = started;
    if (play) await runInTurns(resume ? play.settle() : play.resetInSlices(), createTurns());
    return training;
  } catch (error) {
    started.close(console.warn);
    throw error;
  }
}

/** A learner with all that it needs around it. */
interface Started {
  readonly engine: Engine;
  readonly learner: Learner;
  readonly threads?: Threads;
  readonly helpers?: Helpers;
  readonly play?: Play;
  readonly environments?: OpenEnvironments;
  /** Where evaluations are asked for. */
  readonly evaluateInSlices?: typeof evaluateInSlices;
  /** In words, for checkpoints. */
  readonly spaces: string | null;
  close(warn: (message: string) => void): void;
}

/** Where files are near, all of the engine is loaded; a page loads what is needed. */
const hasFiles = globalThis.process !== undefined;

async function startAlone(algorithm: DataAlgorithm, options: ResolvedOptions): Promise<Started> {
  const helpers = await helpersFor(() => engine);
  const engine = await createEngine({ strict: options.strict, threads: helpers?.work, explains: hasFiles });
  const learner = algorithm.create({ options, engine, streams: createStreams(options.seed) });
  return { engine, learner, helpers, spaces: null, close: () => helpers?.close() };
}

async function startPlaying(
  algorithm: PlayingAlgorithm | AsynchronousAlgorithm,
  options: ResolvedOptions,
  networks: CreateNetworks | undefined,
  isBuiltIn: boolean,
  noWorkers?: string,
): Promise<Started> {
  const { name, asynchronous } = algorithm;
  const { workers = 0 } = options;
  if (workers > 1 && !isBuiltIn)
    throw new InputError(
      `${name}: option "workers" is ${workers}, but other threads know only the algorithms that come with polgrad: use 1`,
    );
  const threads = await threadsFor(name, options, networks, asynchronous, noWorkers);
  const { pool, shares } = threads;
  const streams = createStreams(options.seed);
  const many = pool !== undefined || threads.vectors.length > 1;
  const helpers = workers === 0 ? await helpersFor(() => engine) : undefined;
  const environments = await openEnvironments(name, options, threads.vectors, () => streams("environments"), many, (env) => assertRoom(name, options, env, { networks, asynchronous })); // prettier-ignore
  const close = (warn: (message: string) => void): void => {
    pool?.close();
    helpers?.close();
    environments.close(warn);
  };
  let engine: Engine;
  try {
    const { vectors } = environments;
    const [vector] = vectors;
    const isDense = !networks && (options.memory ?? "none") === "none";
    engine = await createEngine({
      strict: options.strict,
      threads: pool ?? helpers?.work,
      explains: hasFiles,
      kernels: hasFiles || !isDense ? "all" : "dense",
    });
    const noMemory = algorithm.trainsMemory ? undefined : `${name}, unlike ppo, cannot train networks with a memory`;
    const setting = { options: options as never, engine, streams, networks, noMemory };
    const learner: PlayingLearner = algorithm.asynchronous
      ? algorithm.create({ ...setting, vectors, pool })
      : algorithm.create({
          ...setting,
          vector,
          environments: options.envs,
          others: threads.others?.(options.envs),
        });
    const spaces = describeSpaces(vector);
    const missing = await pool?.start({
      algorithm: name,
      options: postable(options),
      engine: engine.share([...learner.weights, ...learner.variables]),
      shares,
      spaces,
    } satisfies WorkerSetup);
    if (missing !== undefined) {
      close(console.warn);
      return await startPlaying(algorithm, options, networks, isBuiltIn, withoutWorkerFile(missing));
    }
    const evaluates = environments.evaluation && (await import("./evaluate.ts"));
    return { ...evaluates, engine, learner, threads, helpers, play: learner.play, environments, spaces, close };
  } catch (error) {
    close(console.warn);
    throw error;
  }
}

const withoutWorkerFile = (problem: string): string =>
  `the file of the workers was not found (${problem}): have the bundler make polgrad-worker.js of "polgrad/worker", ` +
  "beside the file that trains";

/** @throws InputError if networks of a user's own are not a function, or contradict the options */
function assertNetworks(name: string, options: ResolvedOptions, networks: unknown): void {
  if (networks === undefined) return;
  if (typeof networks !== "function")
    throw new InputError(
      `${name}: option "networks" is ${typeof networks}, but must be a function, as mlp({ hidden })`,
    );
  if (options.memory === "gru")
    throw new InputError(
      `${name}: options "networks" and "memory" are both given: let the networks have the memory, as mlp({ memory: "gru" })`,
    );
}

function assemble(
  { name: algorithm, presets, asynchronous, ...more }: Algorithm,
  options: ResolvedOptions,
  { engine, learner, threads, helpers, play, environments, evaluateInSlices, spaces, close }: Started,
  isNew: boolean,
): Training & { restore(decode: Decode): void } {
  const pool = threads?.pool;
  const name = play ? envName(options.env) : null;
  const rewardThreshold =
    (typeof options.env === "string" ? findSpec(options.env)?.rewardThreshold : undefined) ?? null;
  const { progress } = learner;
  const score = createScore(rewardThreshold);
  // Presets were measured; a run that goes on was looked at when it began.
  const tellsEarly = isNew && name !== null && !Object.hasOwn(presets, name);
  const count = options.envs * (asynchronous ? (options.workers ?? 1) : 1);
  const fit = play && createFitCheck(options, play.policy, environments?.vectors ?? [], count, tellsEarly);
  const inputs = (more as Partial<DataAlgorithm>).inputs?.();
  const subject: Subject = { algorithm, env: name, spaces, options: keptOptions(options), ...(inputs && { inputs }) };
  let updates = 0;
  const insurance = createInsurance(
    pool,
    () => encodeCheckpoint(engine, learner, subject, { updates, ...score.getState() }),
    () => updates,
  );

  const fractionDone = (): number => {
    const ofSteps = options.totalSteps === null ? 0 : progress.steps / options.totalSteps;
    const ofEpisodes = options.totalEpisodes == null ? 0 : score.episodes / options.totalEpisodes;
    return Math.min(1, Math.max(ofSteps, ofEpisodes));
  };

  function* evaluateIfDue(before: number): Generator<unknown, Evaluation | undefined> {
    const { evaluateEvery: every, evaluateEpisodes: episodes, seed } = options;
    const env = environments?.evaluation;
    if (!env || Math.floor(before / every) === Math.floor(progress.steps / every)) return undefined;
    // What it has adapted to is a training environment's: so a checkpoint knows it, and the policy finds what it knows.
    environments.shareAdaptation();
    return yield* evaluateInSlices!(play!.policy, env, { episodes, seed }, `evaluation in ${name}`);
  }

  const training = {
    algorithm,
    envName: name,
    options,
    rewardThreshold,
    get threads() {
      return pool?.size ?? (helpers?.work.running ? helpers.work.size : 1);
    },
    threadsNote: threads?.note,
    keepsakes: learner.keepsakes,
    get policy() {
      if (!play) throw new InputError(`${algorithm} trains no policy`);
      return play.policy;
    },
    get step() {
      return progress.steps;
    },
    get episodes() {
      return score.episodes;
    },
    get updates() {
      return updates;
    },
    get fractionDone() {
      return fractionDone();
    },
    get done() {
      return fractionDone() >= 1;
    },
    get meanReturn100() {
      return score.meanReturn;
    },
    get solvedAtStep() {
      return score.solvedAtStep;
    },

    update: () => runAtOnce(training.updateInSlices(true), "update()", "train(…), or await runInTurns(training.updateInSlices(), createTurns())"), // prettier-ignore

    *updateInSlices(atOnce = false): Generator<unknown, UpdateReport> {
      const before = progress.steps;
      insurance.renew();
      const began = performance.now();
      let metrics: Metrics;
      try {
        metrics = yield* learner.update(1 - fractionDone());
      } catch (error) {
        if (pool && !pool.idle) pool.close(); // in the middle of a rollout, where nothing can go on
        const later = !atOnce && error instanceof RunError && error.explained?.();
        throw later ? ((yield later) as RunError) : error;
      }
      insurance.settle();
      updates++;
      helpers?.after(performance.now() - began, fractionDone());
      if (play) metrics = withStd(play.policy, metrics);
      const finished = play?.finished.splice(0) ?? [];
      finished.forEach(score.count);
      const evaluation = yield* evaluateIfDue(before);
      for (const [name, mean] of Object.entries(meansOfOwnValues(finished)))
        metrics = { ...metrics, [`info.${name}`]: mean };
      const { episodes, meanReturn: meanReturn100 } = score;
      const reward = play?.takeReward?.();
      const isLong = reward !== undefined && episodes === 0 && progress.steps >= longEpisode * count;
      const report = { update: updates, step: progress.steps, episodes, finished, meanReturn100, ...(isLong && { rewardPerStep: reward }), metrics }; // prettier-ignore
      const warnings = learner.warnings?.(metrics) ?? [];
      if (fit) warnings.push(...fit.after(report));
      if (!evaluation && warnings.length === 0) return report;
      return { ...report, ...(evaluation && { evaluation }), ...(warnings.length > 0 && { warnings }) };
    },

    checkpoint: insurance.checkpoint,
    restore(decode: Decode) {
      ({ updates } = decode(engine, learner, subject, score));
    },
    savePolicy: () => savePolicy(training.policy),
    saveWeights: () => encodeWeights(engine, learner, subject),
    weightsSha256: () => weightsSha256(engine, learner.weights),
    ...(environments && { anotherEnv: environments.another }),
    close(warn: (message: string) => void = console.warn) {
      insurance.beforeEnd();
      close(warn);
    },
  };
  return training;
}

/** Gives a learner and a score the state of a checkpoint. */
type Decode = (engine: Engine, learner: Learner, subject: Subject, score: Score) => { updates: number };

/** Steps of an environment after which an episode that has not ended is a long one. */
const longEpisode = 500;

/** Adds a Gaussian's σ, which is easier to read than its entropy in nats. */
const withStd = ({ actionSpace, actionSize }: ActorCritic, metrics: Metrics): Metrics =>
  actionSpace.kind === "box" && metrics.entropy !== undefined
    ? Object.assign({}, metrics, { std: stdOfEntropy(metrics.entropy, actionSize) })
    : metrics;
