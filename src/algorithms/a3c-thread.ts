// One thread of A3C: copies the shared parameters to its own, plays a few steps, and applies its gradient to the shared
// ones, whatever others have done to them meanwhile. Worker threads run this file too.

import { gae, lambdaReturns, vtrace } from "../advantages/index.ts";
import type { VectorEnv } from "../envs/index.ts";
import { adam, clipScale, globalNorm, rmsProp, sgd, type Optimizer } from "../optimizers/index.ts";
import { createMoments, updateMoments, type Moments } from "../math/moments.ts";
import type { ActorCritic } from "../policies/index.ts";
import type { SeedSequence } from "../random/index.ts";
import {
  createPlayer,
  createRecorder,
  createRewardScaler,
  createRollout,
  type FinishedEpisode,
  type PlayerState,
  type RewardScalerState,
} from "../experience/index.ts";
import { add, assign, gradients, input, mean, mul, named, sub, type Variable } from "../tensor/index.ts";
import { createDiagnostics } from "../learning/diagnostics.ts";
import { infiniteOf } from "../learning/failures.ts";
import { policyGradientLoss, valueLoss as valueLossOf } from "../learning/losses.ts";
import { policySteps } from "../experience/steps.ts";

/** The options that a thread reads. */
export interface A3cThreadOptions {
  readonly rollout: number;
  readonly gamma: number;
  readonly lambda: number;
  readonly vtrace: boolean;
  readonly optimizer: "adam" | "rmsprop" | "sgd";
  readonly valueCoefficient: number;
  readonly entropyCoefficient: number;
  readonly maxGradientNorm: number;
  readonly normalizeRewards: boolean;
}

/** The words that all threads count in together. */
export const enum Board {
  /** Gradients that have been pushed, in the whole run. */
  Version,
  /** Environment steps of this update that somebody plays or has played. */
  Claimed,
  Size = 16,
}

/** One update's worth of learning. */
export interface A3cOrder {
  readonly learningRate: number;
  /** Environment steps before it and, over all threads, in it. */
  readonly from: number;
  readonly steps: number;
  /** Moments of the observations, which hold still meanwhile. */
  readonly normalizer: Moments | undefined;
}

/** What came of it on one thread. */
export interface A3cReport {
  /** Gradients pushed, of each of the thread's workers. */
  readonly pushes: number[];
  /** Pushes by others between the reading of parameters and the push of their gradient: sum and largest. */
  stalenessSum: number;
  stalenessMost: number;
  readonly finished: FinishedEpisode[];
  /** Sums of the diagnostics over the pushes. */
  sums: Record<string, number>;
  /** The first tensor with a NaN, where the sums are not finite. */
  explanation?: string;
  /** Moments of what was observed. */
  readonly observed: Moments | undefined;
}

/** The state of one worker: its environments, and what scales its rewards. */
export interface A3cWorkerState {
  readonly player: PlayerState;
  readonly rewards?: RewardScalerState;
}

export interface A3cThread {
  readonly optimizer: Optimizer;
  /** Starts the environments; their first observations, before normalization. */
  reset(): number[];
  /** Learns until the order's steps are played, by all threads together. */
  learn(board: Int32Array, order: A3cOrder): Generator<void, A3cReport>;
  getState(): A3cWorkerState[];
  setState(states: readonly A3cWorkerState[]): void;
}

/**
 * @param policy θ': acts, and is what gradients are taken at
 * @param shared θ: a variable for each parameter of the policy, in that order, that all threads write to
 * @param vectors the environments of the workers that this thread plays, in turn: one, where there are threads enough
 * @param actions where each environment's actions are drawn from, vector after vector
 */
export function createA3cThread(
  policy: ActorCritic,
  shared: readonly Variable[],
  vectors: readonly VectorEnv[],
  actions: readonly SeedSequence[],
  options: A3cThreadOptions,
): A3cThread {
  const { engine, normalizer } = policy;
  const n = vectors[0].size;
  const size = options.rollout * n;

  // The graph of one rollout: rows are its entries.
  const advantages = input("advantages", ["rows"]);
  const returns = input("returns", ["rows"]);
  const steps = policySteps(policy);
  const policyLoss = named("policy loss", policyGradientLoss(steps.logProb, advantages));
  const valueLoss = named("value loss", valueLossOf(steps.value, returns));
  const entropy = named("entropy", mean(steps.entropy));
  const loss = named(
    "loss",
    sub(add(policyLoss, mul(valueLoss, options.valueCoefficient)), mul(entropy, options.entropyCoefficient)),
  );
  const own = policy.parameters.map((p) => p.variable);
  const gradient = gradients(loss, own);
  const gradientNorm = named("gradient norm", globalNorm(gradient));
  const diagnostics = createDiagnostics({ policyLoss, valueLoss, entropy, gradientNorm });
  // The gradient is of θ', the step is θ's.
  const optimizer = { adam, rmsprop: rmsProp, sgd }[options.optimizer]({
    variables: shared,
    gradients: gradient,
    gradientScale: diagnostics.guard(clipScale(gradientNorm, options.maxGradientNorm)),
  });
  // Compiled at the first use: until then the thread may still attach variables.
  const compile = () => ({
    pull: engine.compile({ outputs: {}, updates: own.map((v, i) => assign(v, shared[i])) }),
    push: engine.compile({ outputs: {}, updates: [...optimizer.updates, ...diagnostics.updates] }, { capacity: size }),
    look: options.vtrace
      ? engine.compile({ outputs: { logProb: steps.logProb, value: steps.value } }, { capacity: size })
      : undefined,
  });
  let programs: ReturnType<typeof compile> | undefined;

  const rollout = createRollout(options.rollout, n, policy);
  const advantage = new Float64Array(size);
  const target = new Float64Array(size);
  const logProbs = new Float32Array(size);
  const workers = vectors.map((vector, i) => ({
    player: createPlayer(vector, policy, actions.slice(i * n, (i + 1) * n)),
    scaler: options.normalizeRewards ? createRewardScaler(n, options.gamma) : undefined,
  }));

  /** Off-policy correction: what was played with the θ' of then, seen with the newest θ. */
  const correct = (recorder: { finish(): void }): void => {
    const { pull, look } = programs!;
    pull.run();
    steps.write(look!, rollout, size);
    look!.run(size);
    look!.read("logProb", logProbs);
    const values = look!.read("value");
    for (let k = 0; k < size; k++) {
      rollout.values[k] = values[k];
      if (k >= n) rollout.nextValues[k - n] = values[k];
    }
    recorder.finish(); // what followed the last step and the truncated ones
    for (let k = 0; k < size; k++) logProbs[k] -= rollout.logProbs[k];
    vtrace(rollout, logProbs, options, { targets: target, advantages: advantage });
  };

  return {
    optimizer,
    reset() {
      for (const { player } of workers) player.reset();
      return workers.flatMap(({ player }) => Array.from(player.vector.observations));
    },

    *learn(board, order) {
      programs ??= compile();
      const { pull, push } = programs;
      if (normalizer) {
        Object.assign(normalizer, order.normalizer);
        for (const { player } of workers) player.observe();
      }
      const observed = normalizer && { ...createMoments(policy.observationSize), count: 0 };
      const report: A3cReport = {
        pushes: workers.map(() => 0),
        stalenessSum: 0,
        stalenessMost: 0,
        finished: [],
        sums: {},
        observed,
      };
      diagnostics.reset(engine);
      for (;;) {
        const played = Atomics.add(board, Board.Claimed, size);
        if (played >= order.steps) break;
        const version = Atomics.load(board, Board.Version);
        const turn = version % workers.length; // on one thread the workers take turns
        const { player, scaler } = workers[turn];

        pull.run();
        const recorder = createRecorder(player, rollout);
        recorder.record(0, options.rollout);
        scaler?.scaleAll(rollout);
        if (options.vtrace) correct(recorder);
        else {
          recorder.finish();
          gae(rollout, options, advantage);
          lambdaReturns(advantage, rollout.values, target);
        }

        steps.write(push, rollout, size);
        push.write(advantages, advantage);
        push.write(returns, target);
        const before = Atomics.add(board, Board.Version, 1);
        optimizer.steps = before;
        optimizer.prepare(push, order.learningRate);
        push.run(size);

        report.pushes[turn]++;
        report.stalenessSum += before - version;
        report.stalenessMost = Math.max(report.stalenessMost, before - version);
        for (const { t, environment, return: total, length } of recorder.ended)
          report.finished.push({ return: total, length, step: order.from + played + t * n + environment + 1 });
        if (observed) updateMoments(observed, rollout.rawObservations!, size);
        yield;
      }
      report.sums = diagnostics.read(engine, 1);
      if (infiniteOf(report.sums).length > 0) {
        diagnostics.reset(engine); // else what they summed up would be the first NaN
        report.explanation = push.explainNaN();
      }
      return report;
    },

    getState: () =>
      workers.map(({ player, scaler }) => ({
        player: player.getState(),
        ...(scaler && { rewards: scaler.getState() }),
      })),
    setState(states) {
      workers.forEach(({ player, scaler }, i) => {
        player.setState(states[i].player);
        if (states[i].rewards) scaler?.setState(states[i].rewards);
      });
    },
  };
}

/** What a worker thread is told. */
export type A3cMessage =
  | { readonly do: "reset" }
  | { readonly do: "learn"; readonly board: readonly [byteOffset: number, length: number]; readonly order: A3cOrder }
  | { readonly do: "getState" }
  | { readonly do: "setState"; readonly states: readonly A3cWorkerState[] };

/** What it answers. */
export function answerA3c(thread: A3cThread, { engine }: ActorCritic): (message: unknown) => unknown {
  return (raw) => {
    const message = raw as A3cMessage;
    switch (message.do) {
      case "reset":
        return thread.reset();
      case "learn": {
        const slices = thread.learn(engine.arrayAt("int32", ...message.board), message.order);
        let slice = slices.next();
        while (!slice.done) slice = slices.next();
        return slice.value; // in JSON a sum that is not finite becomes null
      }
      case "getState":
        return thread.getState();
      case "setState":
        thread.setState(message.states);
        return null;
    }
  };
}
