// Asynchronous advantage actor-critic (A3C): Mnih et al., "Asynchronous Methods for Deep Reinforcement Learning" (2016).
// n workers play, each with a copy of the parameters; none waits for another, and no lock guards the shared parameters
// and the optimizer's statistics, which all of them write to (Recht et al., "Hogwild!", 2011).

import { gae, lambdaReturns, vtrace } from "../advantages/index.ts";
import type { VectorEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { copyOf } from "../globals.ts";
import * as experience from "../experience/index.ts";
import { feed } from "../learning/columns.ts";
import type { Metrics, Update } from "../learning/learner.ts";
import { assertFinite, createMinimizer, optimizerOf } from "../learning/minimizer.ts";
import type { OptionsOf } from "../learning/option-schema.ts";
import * as option from "../learning/options.ts";
import { createRangedMoments, mergeMoments, restoreMoments, updateMoments, type Moments } from "../math/moments.ts";
import { scheduled } from "../optimizers/index.ts";
import type { ActorCritic } from "../policies/index.ts";
import type { SeedSequence } from "../random/index.ts";
import { assign, variable, type Program, type Variable } from "../tensor/index.ts";
import { answerCalls, remoteCalls } from "../threads/index.ts";
import { a2cObjective } from "./a2c.ts";
import { a3cMetrics } from "./a3c.metrics.ts";
import { a3cPresets } from "./a3c.presets.ts";
import type { AsynchronousAlgorithm, RunOptions } from "./algorithm.ts";

/** Options of A3C, in addition to those of every run. */
export const a3cOptions = option.schema({
  ...option.playing,
  ...option.sharedTrunk,
  workers: option.count(4, "threads, each with environments of its own"),
  rollout: option.count(20, "steps per environment between two gradients of a worker"),
  lambda: option.fraction(0.95, "λ of generalized advantage estimation; 1 gives n-step advantages"),
  learningRate: option.positive(7e-4, "step size at the start"),
  learningRateSchedule: option.learningRateSchedule("linear"),
  optimizer: option.optimizer("rmsprop", "; all workers share its statistics"),
  valueCoefficient: option.valueCoefficient(1),
  maxGradientNorm: option.maxGradientNorm(0.5),
  vtrace: option.flag(false, "V-trace with the newest parameters: corrects for what others changed in the meantime"),
  reportEvery: option.count(5000, "steps of all workers between two reports of progress"),
});

/** The words that all workers count in: pushes in the whole run, and steps of this update that are or have been played. */
const [version, claimed, boardSize] = [0, 1, 16];

/** An update's `steps` after `from`, over all workers; the first `warmUps` rollouts of each only show what to normalize. */
type Order = { learningRate: number; from: number; steps: number; warmUps: number; normalizer: Moments | undefined };

/**
 * The workers of one thread: one or, where there are no threads, all of them in turn. `policy` has θ': acts, and is what
 * gradients are taken at; `shared` is θ, to which all workers write; `vectors` are the environments of each of these
 * workers, and `actions` their streams; `attach` shares variables with other threads before a program uses them.
 */
function createWorkers(
  policy: ActorCritic,
  shared: readonly Variable[],
  vectors: readonly VectorEnv[],
  actions: readonly SeedSequence[],
  options: OptionsOf<typeof a3cOptions> & RunOptions,
  attach: (variables: readonly Variable[]) => void = () => {},
) {
  const { engine, normalizer } = policy;
  const n = vectors[0].size;
  const workers = vectors.map((vector, i) => ({
    player: experience.createPlayer(vector, policy, actions.slice(i * n, (i + 1) * n)),
    scaler: options.normalizeRewards ? experience.createRewardScaler(n, options.gamma) : undefined,
  }));
  const rollout = experience.createRollout(options.rollout, n, policy);
  const size = rollout.rewards.length;
  const [advantages, returns, logRatios] = [new Float64Array(size), new Float64Array(size), new Float32Array(size)];
  const batch = experience.batchOf(policy, rollout);
  const steps = { ...batch, advantage: batch.input("advantage", advantages), return: batch.input("return", returns) };
  const { loss, metrics } = a2cObjective(steps, options);
  // The gradient is taken at θ', the step is θ's.
  const objective = { loss, variables: policy.weights, applyTo: shared, ...optimizerOf(options) };
  const minimizer = createMinimizer(engine, objective, { algorithm: "a3c", metrics, capacity: size });
  attach([...shared, ...minimizer.variables]);
  const pull = engine.compile({ outputs: {}, updates: policy.weights.map((v, i) => assign(v, shared[i])) });
  const { logProb, value } = batch;
  const look = options.vtrace ? engine.compile({ outputs: { logProb, value } }, { capacity: size }) : undefined;

  /** Values and log π/μ of the rollout by the newest θ, μ being the policy that played it. */
  function* lookAgain(look: Program<"logProb" | "value">): Generator<void, void> {
    pull.run();
    feed(look, batch.columns, size);
    yield* look.runInSlices(size);
    look.read("logProb", logRatios);
    const values = look.read("value");
    for (let k = 0; k < size; k++) {
      logRatios[k] -= rollout.logProbs[k];
      rollout.values[k] = values[k];
      if (k >= n) rollout.nextValues[k - n] = values[k];
    }
  }

  /** Learns until the order's steps are played, by all workers together. */
  function* learn(board: Int32Array, order: Order) {
    if (normalizer) restoreMoments(normalizer, order.normalizer!);
    const observed = normalizer && createRangedMoments(policy.observationSize);
    const warmUps = order.warmUps * workers.length;
    let rollouts = 0;
    const pushes = workers.map(() => 0);
    const staleness = { sum: 0, most: 0 }; // pushes by others between the reading of θ and the push of its gradient
    const finished: experience.FinishedEpisode[] = [];
    minimizer.start();
    for (;;) {
      const played = Atomics.add(board, claimed, size);
      if (played >= order.steps) break;
      const read = Atomics.load(board, version);
      const turn = (read + Math.min(rollouts, warmUps)) % workers.length; // on one thread the workers take turns
      const { player, scaler } = workers[turn];
      pull.run(); // θ' ← θ
      player.observe(); // as the moments now are
      const recorder = experience.createRecorder(player, rollout);
      for (let t = 0; (t = recorder.record(t, options.rollout)) < options.rollout;) yield player.pending();
      if (look) yield* lookAgain(look);
      recorder.finish(); // V of what followed the last step and the truncated ones
      const trajectories = scaler ? scaler.scaled(rollout) : rollout;
      for (const { t, environment, ...episode } of recorder.ended)
        finished.push({ ...episode, step: order.from + played + t * n + environment + 1 });
      if (observed) updateMoments(observed, rollout.rawObservations!, size);
      if (normalizer && rollouts < warmUps) restoreMoments(normalizer, observed!);
      yield;
      if (rollouts++ < warmUps) continue;
      if (look) vtrace(trajectories, logRatios, options, { targets: returns, advantages });
      else lambdaReturns(gae(trajectories, options, advantages), rollout.values, returns);

      const before = Atomics.add(board, version, 1);
      minimizer.setState([before]);
      yield* minimizer.stepInSlices(batch, order.learningRate); // θ ← θ − α ∇_θ' L

      pushes[turn]++;
      staleness.sum += before - read;
      staleness.most = Math.max(staleness.most, before - read);
    }
    const sums = minimizer.sums(); // those that are not finite become null on their way between threads
    const explanation = Object.values(sums).every(Number.isFinite) ? undefined : minimizer.explainNaN();
    return { rollouts, pushes, staleness, finished, observed, sums, explanation };
  }

  const calls = {
    learn,
    learnAt: (place: readonly [number, number], order: Order) => learn(engine.arrayAt("int32", ...place), order),
    *reset() {
      for (const { player } of workers) yield* player.resetInSlices();
      return workers.flatMap(({ player }) => Array.from(player.vector.observations));
    },
    getState: () => workers.map(({ player, scaler }) => ({ player: player.getState(), rewards: scaler?.getState() })),
    setState(states: readonly WorkerState[]) {
      workers.forEach(({ player, scaler }, i) => {
        player.setState(states[i].player);
        if (states[i].rewards) scaler?.setState(states[i].rewards);
      });
      return experience.settle(workers.map(({ player }) => player));
    },
  };
  return { minimizer, calls };
}

type WorkerState = { player: experience.PlayerState; rewards?: experience.RewardScalerState };
type State = { steps: number; workers: readonly WorkerState[]; observationMoments?: Moments; rewards?: boolean };

/** Asynchronous advantage actor-critic. */
export const a3c: AsynchronousAlgorithm<typeof a3cOptions> = {
  name: "a3c",
  title: "A3C",
  summary: "Asynchronous advantage actor-critic: workers push gradients into shared parameters without waiting",
  options: a3cOptions,
  environments: 1,
  asynchronous: true,
  presets: a3cPresets,
  metrics: a3cMetrics,

  work(setting) {
    const { options, engine, vector, first, streams } = setting;
    const policy = experience.policyOf(setting, vector);
    const shared = policy.weights.map(({ name, shape }) => variable(name, shape as number[]));
    const actions = experience.actionStreams(streams("actions"), first, vector.size);
    const { calls } = createWorkers(policy, shared, [vector], actions, options, (all) => all.forEach(engine.attach));
    return answerCalls(calls);
  },

  create(setting) {
    const { options, engine, vectors, streams, pool } = setting;
    const n = vectors[0].size; // environments of each worker
    const [policy, own] = [0, 0].map((i) => experience.policyOf(setting, vectors[i])); // θ and this thread's θ'
    const { normalizer } = policy;
    const actions = streams("actions").spawn(n * vectors.length);
    const { minimizer, calls } = createWorkers(own, policy.weights, vectors, actions, options);
    const others = remoteCalls<ReturnType<typeof createWorkers>["calls"]>(pool);
    const board = engine.array("int32", boardSize);

    /** All workers together: they step whenever they come to it. */
    const agent = {
      steps: 0,
      finished: [] as experience.FinishedEpisode[],
      *resetInSlices() {
        others.send("reset", () => []);
        const first = (yield* others.all(calls.reset(), "reset")).flat();
        if (normalizer) updateMoments(normalizer, first, first.length / normalizer.mean.length);
      },
      settling: experience.settle([]),
      settle: () => others.all(agent.settling, "setState"),
      getState: (): State => ({
        steps: agent.steps,
        workers: [...calls.getState(), ...others.call("getState", () => []).flat()],
        observationMoments: normalizer && copyOf(normalizer),
        rewards: options.normalizeRewards || undefined,
      }),
      setState(state: State) {
        experience.assertSameNormalization({ ...options, normalizeObservations: !!normalizer }, state);
        if (state.workers.length !== options.workers)
          throw new InputError(`the checkpoint is of ${state.workers.length} workers, and cannot be resumed with ${options.workers}`); // prettier-ignore
        agent.steps = state.steps;
        if (normalizer) restoreMoments(normalizer, state.observationMoments!);
        agent.settling = calls.setState(state.workers.slice(0, vectors.length));
        others.send("setState", (worker) => [[state.workers[worker]]]);
      },
    };

    function* update(remaining: number): Update {
      const learningRate = scheduled(options.learningRateSchedule, options.learningRate, remaining);
      const round = options.rollout * n * options.workers; // steps
      const isCold = agent.steps === 0 && (normalizer || options.normalizeRewards);
      const warmUps = isCold ? Math.ceil(experience.warmUpSteps(options) / round) : 0;
      const left = Math.min(options.reportEvery, (options.totalSteps ?? Infinity) - agent.steps);
      const order = { learningRate, from: agent.steps, steps: left + warmUps * round, warmUps, normalizer };
      board.set([minimizer.getState()[0], 0]); // version and claimed, while nobody plays
      others.send("learnAt", () => [[board.byteOffset, board.length], order]);
      const reports = yield* others.all(calls.learn(board, order), "learnAt");
      minimizer.setState([Atomics.load(board, version)]);
      const pushes = reports.flatMap((r) => r.pushes);
      const pushed = pushes.reduce((a, b) => a + b, 0);
      agent.steps += reports.reduce((total, r) => total + r.rollouts, 0) * options.rollout * n;
      agent.finished.push(...reports.flatMap((r) => r.finished).sort((a, b) => a.step - b.step));
      for (const { observed } of reports) if (observed && observed.count > 0) mergeMoments(normalizer!, observed);
      const metrics: Metrics = {};
      for (const { sums, explanation } of reports) {
        assertFinite(sums, { algorithm: "a3c", step: agent.steps }, () => explanation);
        for (const [name, sum] of Object.entries(sums)) metrics[name] = (metrics[name] ?? 0) + sum;
      }
      for (const name of Object.keys(metrics)) metrics[name] /= pushed;
      metrics.staleness = reports.reduce((total, r) => total + r.staleness.sum, 0) / pushed;
      metrics.stalenessMax = Math.max(...reports.map((r) => r.staleness.most));
      metrics.pushes = pushed;
      pushes.forEach((count, i) => (metrics[`pushesOfWorker${i}`] = count));
      return Object.assign(metrics, { learningRate });
    }
    return experience.playingLearner(policy, agent, minimizer, {}, update);
  },
};
