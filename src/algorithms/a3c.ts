// Asynchronous advantage actor-critic (A3C): Mnih et al., "Asynchronous Methods for Deep Reinforcement Learning"
// (2016). n workers play on their own, each with parameters that it copied; nobody waits for anybody, and no lock
// guards the shared parameters and the optimizer's statistics, which all of them write to (Recht et al., "Hogwild!",
// 2011).

import { z } from "zod";
import { InputError } from "../errors.ts";
import { scheduled } from "../optimizers/index.ts";
import { mergeMoments, updateMoments } from "../math/moments.ts";
import type { FinishedEpisode } from "../experience/index.ts";
import {
  Board,
  createA3cThread,
  type A3cMessage,
  type A3cOrder,
  type A3cReport,
  type A3cWorkerState,
} from "./a3c-thread.ts";
import { infiniteOf, notFinite } from "../learning/failures.ts";
import type { ActingState, Algorithm, Metrics } from "./algorithm.ts";
import * as option from "../learning/options.ts";
import { a3cMetrics } from "./a3c.metrics.ts";
import { a3cPresets } from "./a3c.presets.ts";

export const a3cOptions = z.object({
  workers: option.count(4).describe("threads, each with environments of its own"),
  rollout: option.count(20).describe("steps per environment between two gradients of a worker"),
  lambda: option.fraction(1).describe("λ of generalized advantage estimation; 1 gives n-step advantages"),
  learningRate: option.positive(7e-4).describe("step size at the start"),
  learningRateSchedule: option.schedule("linear").describe("how the learning rate moves over the run"),
  optimizer: option.optimizer("rmsprop").describe("adam, rmsprop or sgd; all workers share its statistics"),
  valueCoefficient: option
    .nonNegative(1)
    .describe("weight of ½(V − R̂)² in the joint loss; Stable-Baselines3's 0.5 is 1 here"),
  maxGradientNorm: option.positive(0.5).describe("the norm of all gradients together is clipped to this"),
  vtrace: z
    .boolean()
    .default(false)
    .describe("corrects for what others have changed while a worker played: V-trace with the newest parameters"),
  reportEvery: option.count(5000).describe("steps of all workers between two reports of progress"),
});

interface A3cState extends ActingState {
  readonly workers: readonly A3cWorkerState[];
}

export const a3c: Algorithm<typeof a3cOptions> = {
  name: "a3c",
  title: "A3C",
  summary: "Asynchronous advantage actor-critic: workers push gradients into shared parameters without waiting",
  options: a3cOptions,
  environments: 1,
  presets: a3cPresets,
  metrics: a3cMetrics,
  asynchronous: true,

  create({ options, engine, vectors, policy, copyPolicy, streams, pool }) {
    const n = vectors[0].size; // environments of each worker
    const shared = policy.parameters.map((p) => p.variable);
    const actions = streams("actions").spawn(n * vectors.length);
    const thread = createA3cThread(copyPolicy(), shared, vectors, actions, options);
    const { optimizer } = thread;
    const { normalizer } = policy;
    const board = engine.array("int32", Board.Size);
    const others = Array.from({ length: (pool?.size ?? 1) - 1 }, (_, i) => i + 1);
    const tell = (message: (other: number) => A3cMessage): void => {
      for (const other of others) pool!.send(other, message(other));
    };
    const ask = <Answer>(message: (other: number) => A3cMessage): Answer[] => {
      tell(message);
      return others.map((other) => pool!.receiveNow(other) as Answer);
    };

    /** What the workers stand for together: they step whenever they come to it. */
    const agent = {
      steps: 0,
      finished: [] as FinishedEpisode[],
      reset() {
        const first = [thread.reset(), ...ask<number[]>(() => ({ do: "reset" }))].flat();
        if (normalizer) updateMoments(normalizer, first, first.length / normalizer.mean.length);
      },
      getState(): A3cState {
        const states = [thread.getState(), ...ask<A3cWorkerState[]>(() => ({ do: "getState" }))].flat();
        return {
          steps: agent.steps,
          workers: states,
          observationMoments: normalizer && structuredClone(normalizer),
          rewards: options.normalizeRewards || undefined,
        };
      },
      setState(state: ActingState) {
        const { steps, workers, observationMoments } = state as A3cState;
        if (workers.length !== options.workers)
          throw new InputError(
            `the checkpoint is of ${workers.length} workers, and cannot go on with ${options.workers}: each has ` +
              "environments of its own",
          );
        agent.steps = steps;
        if (normalizer && observationMoments) Object.assign(normalizer, structuredClone(observationMoments));
        thread.setState(workers.slice(0, vectors.length));
        ask((other) => ({ do: "setState", states: [workers[other]] }));
      },
    };

    return {
      agent,
      optimizers: [optimizer],

      *update(remaining) {
        const learningRate = scheduled(options.learningRateSchedule, options.learningRate, remaining);
        const left = options.totalSteps === null ? Infinity : options.totalSteps - agent.steps;
        const order: A3cOrder = {
          learningRate,
          from: agent.steps,
          steps: Math.min(options.reportEvery, left),
          normalizer,
        };
        Atomics.store(board, Board.Version, optimizer.steps);
        Atomics.store(board, Board.Claimed, 0);

        tell(() => ({ do: "learn", board: [board.byteOffset, board.length], order }));
        const reports = [yield* thread.learn(board, order)];
        for (const other of others) reports.push((yield* pool!.receive(other)) as A3cReport);

        optimizer.steps = Atomics.load(board, Board.Version);
        const pushes = reports.flatMap((r) => r.pushes);
        const pushed = pushes.reduce((a, b) => a + b, 0);
        agent.steps += pushed * options.rollout * n;
        agent.finished.push(...reports.flatMap((r) => r.finished).sort((a, b) => a.step - b.step));
        for (const { observed } of reports) if (observed && observed.count > 0) mergeMoments(normalizer!, observed);
        return { ...metricsOf(reports, pushed, agent.steps), ...perWorker(pushes), learningRate };
      },
    };
  },
};

/** Means over the pushes of all workers, and how stale their gradients were. */
function metricsOf(reports: readonly A3cReport[], pushed: number, step: number): Metrics {
  for (const { sums, explanation } of reports) {
    const infinite = infiniteOf(sums);
    if (infinite.length > 0) throw notFinite({ algorithm: "a3c", step }, infinite, explanation);
  }
  const mean = (of: (report: A3cReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0) / pushed;
  const means = Object.keys(reports[0].sums).map((name) => [name, mean((r) => r.sums[name])] as const);
  return {
    ...Object.fromEntries<number>(means),
    staleness: mean((r) => r.stalenessSum),
    stalenessMax: Math.max(...reports.map((r) => r.stalenessMost)),
    pushes: pushed,
  };
}

/** How evenly the workers come to pushing. */
const perWorker = (pushes: readonly number[]): Metrics =>
  Object.fromEntries(pushes.map((count, i) => [`pushesOfWorker${i}`, count]));
