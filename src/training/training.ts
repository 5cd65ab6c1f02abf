// One training in progress: an algorithm, its policy and environments, what it has counted, and its checkpoint.

import { type ActingState, type Algorithm, type Learner, type Metrics } from "../algorithms/index.ts";
import { createVectorEnv, envName, envSpec, makeEnv, type Env, type EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { stdOfEntropy } from "../distributions/index.ts";
import type { CreateNetworks } from "../nn/index.ts";
import type { ActorCritic } from "../policies/index.ts";
import { createStreams } from "../random/index.ts";
import { createCrew, type FinishedEpisode } from "../experience/index.ts";
import { createEngine } from "../tensor/index.ts";
import { createPolicy } from "./create-policy.ts";
import { evaluateInSlices, type Evaluation } from "./evaluate.ts";
import { algorithmOf, resolveOptions, type ResolvedOptions } from "./options.ts";
import { loadWeights, savePolicy, storedWeights } from "./policy-file.ts";
import { decodeSafetensors, encodeSafetensors, storedTensor, type StoredTensor } from "./safetensors.ts";
import { runAtOnce } from "./turns.ts";
import { weightsSha256 } from "./sha256.ts";
import { describeSpaces, postable, threadsFor, type Threads, type WorkerSetup } from "./workers.ts";

/** What each update of any algorithm reports. It follows from options and seed alone: there is no clock in it. */
export interface UpdateReport {
  /** Updates so far. */
  readonly update: number;
  /** Environment steps so far, over all environments. */
  readonly step: number;
  /** Episodes finished so far. */
  readonly episodes: number;
  /** The episodes that finished during this update. */
  readonly finished: readonly FinishedEpisode[];
  /** Mean return of the last 100 finished episodes (of all, while they are fewer); null before the first. */
  readonly meanReturn100: number | null;
  /** The algorithm's diagnostics, by name: losses, entropy, KL, norms, the learning rate. */
  readonly metrics: Metrics;
  /** The evaluation, where one fell due with this update. */
  readonly evaluation?: Evaluation;
}

export interface Training {
  readonly algorithm: string;
  /** Null where it plays in no environment. */
  readonly envName: string | null;
  /** All options with defaults filled in; they survive JSON, but for an environment given as a factory. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly policy: ActorCritic;
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
  /** Why there are fewer than the "workers" asked for: in a page without shared memory, or on its main thread. */
  readonly threadsNote: string | undefined;
  /**
   * Collects experience once and learns from it.
   * @throws RunError when a loss or gradient is not finite, an environment breaks its contract, or a worker dies
   */
  update(): UpdateReport;
  /** The same in slices of at most a few milliseconds, for whoever shares the thread; run it to its end. */
  updateInSlices(): Generator<void, UpdateReport>;
  /**
   * Everything that is needed to go on elsewhere with the same bits: a safetensors file. After workers have failed it
   * is the last one that was made with them: they took their environments along.
   */
  checkpoint(): Uint8Array;
  /** The policy alone, as `savePolicy` gives it. */
  savePolicy(): Uint8Array;
  weightsSha256(): string;
  /**
   * Closes the environments and ends the workers; the policy goes on working. `train` and the command line do it at the
   * end.
   */
  close(): void;
}

const format = "polgrad-checkpoint-2";
const returnWindow = 100;
/** Milliseconds between checkpoints that are kept in memory while there are workers, which may fail. */
const keepGoodEvery = 5000;

/** What a checkpoint holds beside the tensors. */
interface CheckpointState {
  readonly format: string;
  readonly algorithm: string;
  readonly env: string;
  /** Missing from older ones. */
  readonly spaces?: string;
  readonly updates: number;
  readonly episodes: number;
  readonly lastReturns: readonly number[];
  readonly solvedAtStep: number | null;
  readonly agent: ActingState;
  readonly optimizerSteps: readonly number[];
  readonly learner: Readonly<Record<string, unknown>>;
}

export interface TrainingInput extends Record<string, unknown> {
  /** Left out where the algorithm plays in no environment. */
  readonly env?: EnvSource | null;
  /** Networks of one's own instead of `hidden`, `activation`, `sharedTrunk` and `memory`. */
  readonly networks?: CreateNetworks;
}

/**
 * Sets up a training. Nothing is trained yet: call `update` until `done`, or use `train`.
 *
 * @param algorithm the name of a built-in one, or an algorithm of one's own
 * @param input its options; what is left out comes from the environment's preset or the defaults
 * @param resume a checkpoint to go on from, of the same algorithm, environment and networks
 * @throws InputError when an option, the environment or the checkpoint is wrong
 */
export async function createTraining(
  algorithm: string | Algorithm,
  input: TrainingInput,
  resume?: Uint8Array,
): Promise<Training> {
  const chosen = algorithmOf(algorithm);
  const { name, asynchronous, trainsMemory } = chosen;
  const { networks, ...given } = input ?? {};
  const options = resolveOptions(chosen, given);
  assertTogether(name, options, networks);
  const threads = threadsFor(name, options, networks, asynchronous);
  const { pool, shares } = threads;
  const streams = createStreams(options.seed);
  const opened: Env[] = [];
  const open = async (): Promise<Env> => {
    const env = await makeEnv(options.env, options.envOptions);
    opened.push(env);
    return env;
  };
  let training: ReturnType<typeof assemble> | undefined;
  try {
    const envs: Env[] = [];
    while (envs.length < shares[0]) envs.push(await open());
    const evaluationEnv = options.evaluateEvery > 0 ? await open() : undefined;
    if (evaluationEnv && envs.includes(evaluationEnv))
      throw new InputError(
        `${name}: option "evaluateEvery" needs an environment of its own, but "env" gives the same object each time: ` +
          `give a function that returns a new one`,
      );
    let first = 0;
    // This thread is worker 0, or plays them all in turn; the pool names the others.
    const vectors = threads.vectors.map((size, worker) =>
      createVectorEnv(
        envs.slice(first, (first += size)),
        streams("environments"),
        first - size,
        pool || threads.vectors.length > 1 ? `worker ${worker} failed: ` : "",
      ),
    );
    const vector = vectors[0];
    const engine = await createEngine({ strict: options.strict, threads: pool });
    const copyPolicy = () => createPolicy(engine, vector, options, streams("initialization"), networks);
    const policy = copyPolicy();
    if (policy.stateSize > 0 && !trainsMemory)
      throw new InputError(`${name} cannot train networks with a memory (stateSize ${policy.stateSize}): ppo can`);
    const environments = options.envs;
    const crew = pool && !asynchronous ? createCrew(pool, environments) : undefined;
    const learner = chosen.create({
      options,
      engine,
      vector,
      environments,
      crew,
      vectors,
      pool,
      copyPolicy,
      policy,
      streams,
    });
    training = assemble(name, options, policy, learner, envs, evaluationEnv, threads);
    await pool?.start({
      algorithm: name,
      options: postable(options),
      engine: engine.share([
        ...policy.parameters.map((p) => p.variable),
        ...learner.optimizers.flatMap((o) => o.state),
      ]),
      shares,
      spaces: describeSpaces(vector),
    } satisfies WorkerSetup);
    if (resume) training.restore(resume);
    else learner.agent.reset();
    return training;
  } catch (error) {
    if (training) training.close();
    else for (const env of opened) env.close?.();
    throw error;
  }
}

/** What no option shows alone. @throws InputError */
function assertTogether(name: string, options: ResolvedOptions, networks: unknown): void {
  if (networks !== undefined && typeof networks !== "function")
    throw new InputError(
      `${name}: option "networks" is ${typeof networks}, but must be a function, as mlp({ hidden })`,
    );
  if (networks !== undefined && options.memory === "gru")
    throw new InputError(
      `${name}: options "networks" and "memory" are both given: let the networks have the memory, as mlp({ memory: "gru" })`,
    );
}

function assemble(
  algorithm: string,
  options: ResolvedOptions,
  policy: ActorCritic,
  learner: Learner,
  envs: readonly Env[],
  evaluationEnv: Env | undefined,
  { pool, note }: Threads,
): Training & { restore(bytes: Uint8Array): void } {
  const { agent } = learner;
  const name = envName(options.env);
  const rewardThreshold = (typeof options.env === "string" ? envSpec(options.env).rewardThreshold : undefined) ?? null;
  const variables = learner.optimizers.flatMap((o) => o.state);
  let updates = 0;
  let episodes = 0;
  let solvedAtStep: number | null = null;
  const lastReturns: number[] = [];

  const meanReturn = (): number | null =>
    lastReturns.length === 0 ? null : lastReturns.reduce((a, b) => a + b, 0) / lastReturns.length;

  const count = (episode: FinishedEpisode): void => {
    episodes++;
    lastReturns.push(episode.return);
    if (lastReturns.length > returnWindow) lastReturns.shift();
    if (rewardThreshold === null || solvedAtStep !== null || lastReturns.length < returnWindow) return;
    if (meanReturn()! >= rewardThreshold) solvedAtStep = episode.step;
  };

  const doneFraction = (): number => {
    const ofSteps = options.totalSteps === null ? 0 : agent.steps / options.totalSteps;
    const ofEpisodes = options.totalEpisodes === null ? 0 : episodes / options.totalEpisodes;
    return Math.min(1, Math.max(ofSteps, ofEpisodes));
  };

  function* evaluateIfDue(before: number): Generator<void, Evaluation | undefined> {
    const every = options.evaluateEvery;
    if (!evaluationEnv || Math.floor(before / every) === Math.floor(agent.steps / every)) return undefined;
    const { evaluateEpisodes: episodes, seed } = options;
    // What it has adapted to is a training environment's: so a checkpoint knows it, and the policy finds what it knows.
    if (evaluationEnv.adapts) evaluationEnv.setState!(structuredClone(envs[0].getState!()));
    return yield* evaluateInSlices(policy, evaluationEnv, { episodes, seed });
  }

  /** With workers: the last checkpoint, and when it was made. What they did not survive goes on from there. */
  let lastGood: { bytes: Uint8Array; at: number; updates: number } | undefined;
  const keepGood = (training: Training): void => {
    if (pool && (!lastGood || performance.now() - lastGood.at > keepGoodEvery)) training.checkpoint();
  };

  return {
    algorithm,
    envName: name,
    options,
    policy,
    rewardThreshold,
    threads: pool?.size ?? 1,
    threadsNote: note,
    get step() {
      return agent.steps;
    },
    get episodes() {
      return episodes;
    },
    get updates() {
      return updates;
    },
    get fractionDone() {
      return doneFraction();
    },
    get done() {
      return doneFraction() >= 1;
    },
    get meanReturn100() {
      return meanReturn();
    },
    get solvedAtStep() {
      return solvedAtStep;
    },

    update() {
      return runAtOnce(this.updateInSlices());
    },

    *updateInSlices() {
      const before = agent.steps;
      keepGood(this);
      let metrics: Metrics;
      try {
        metrics = withStd(policy, yield* learner.update(1 - doneFraction()));
      } catch (error) {
        if (pool && !pool.idle) pool.close(); // in the middle of a rollout, where nothing can go on
        throw error;
      }
      updates++;
      const finished = agent.finished.splice(0);
      finished.forEach(count);
      const evaluation = yield* evaluateIfDue(before);
      const report = { update: updates, step: agent.steps, episodes, finished, meanReturn100: meanReturn(), metrics };
      return evaluation ? { ...report, evaluation } : report;
    },

    checkpoint() {
      if (pool && !pool.running && lastGood) return lastGood.bytes;
      const state: CheckpointState = {
        format,
        algorithm,
        env: name,
        spaces: describeSpaces(policy),
        updates,
        episodes,
        lastReturns,
        solvedAtStep,
        agent: agent.getState(),
        optimizerSteps: learner.optimizers.map((o) => o.steps),
        learner: Object.fromEntries(Object.entries(learner.states ?? {}).map(([key, s]) => [key, s.getState()])),
      };
      const tensors: [string, StoredTensor][] = variables.map((v) => [
        v.name,
        storedTensor(policy.engine.read(v), v.shape as number[]),
      ]);
      const bytes = encodeSafetensors([...storedWeights(policy), ...tensors], { polgrad: JSON.stringify(state) });
      if (pool) lastGood = { bytes, at: performance.now(), updates };
      return bytes;
    },

    restore(bytes) {
      const { tensors, metadata } = decodeSafetensors(bytes, "the checkpoint");
      const state = readState(metadata.polgrad, algorithm, name);
      for (const [option, kept] of [
        ["normalizeObservations", state.agent.observationMoments],
        ["normalizeRewards", state.agent.rewards],
      ] as const)
        if (options[option] !== (kept !== undefined))
          throw new InputError(
            `the checkpoint was trained with ${option} ${String(!options[option])}, and cannot go on with ${String(options[option])}`,
          );
      if (state.spaces !== undefined && state.spaces !== describeSpaces(policy))
        throw new InputError(
          `the checkpoint is of ${name} with ${state.spaces}, and cannot go on with ${describeSpaces(policy)}`,
        );
      const known = new Set([...policy.parameters.map((p) => p.variable.name), ...variables.map((v) => v.name)]);
      const foreign = [...tensors.keys()].find((tensor) => !known.has(tensor));
      if (foreign !== undefined)
        throw new InputError(
          `the checkpoint has a tensor "${foreign}", for which these networks and options have no use`,
        );
      loadWeights(policy, tensors, "the checkpoint");
      for (const v of variables) {
        const stored = tensors.get(v.name);
        if (!stored || stored.shape.join() !== v.shape.join())
          throw new InputError(`the checkpoint has no tensor "${v.name}" of shape [${v.shape.join(", ")}]`);
        policy.engine.write(v, stored.data as Float32Array);
      }
      learner.optimizers.forEach((o, i) => (o.steps = state.optimizerSteps[i]));
      for (const [key, s] of Object.entries(learner.states ?? {})) s.setState(state.learner[key]);
      agent.setState(state.agent);
      updates = state.updates;
      episodes = state.episodes;
      lastReturns.splice(0, lastReturns.length, ...state.lastReturns);
      solvedAtStep = state.solvedAtStep;
    },

    savePolicy: () => savePolicy(policy),
    weightsSha256: () => weightsSha256(policy),
    close() {
      if (pool?.running && pool.idle && lastGood && lastGood.updates !== updates) this.checkpoint(); // for whoever asks later
      pool?.close();
      for (const env of [...envs, evaluationEnv]) env?.close?.();
    },
  };
}

/** A Gaussian's σ beside its entropy, whose nats nobody reads. */
const withStd = ({ actionSpace, actionSize }: ActorCritic, metrics: Metrics): Metrics =>
  actionSpace.kind === "box" && metrics.entropy !== undefined
    ? { ...metrics, std: stdOfEntropy(metrics.entropy, actionSize) }
    : metrics;

function readState(json: string | undefined, algorithm: string, env: string): CheckpointState {
  let state: CheckpointState | undefined;
  try {
    state = json === undefined ? undefined : (JSON.parse(json) as CheckpointState);
  } catch (error) {
    throw new InputError("the checkpoint's state is no JSON: the file is damaged", { cause: error });
  }
  if (state?.format !== format) throw new InputError(`this is no checkpoint that polgrad wrote (format "${format}")`);
  if (state.algorithm !== algorithm || state.env !== env)
    throw new InputError(
      `the checkpoint is of ${state.algorithm} on ${state.env}, and cannot go on as ${algorithm} on ${env}`,
    );
  return state;
}
