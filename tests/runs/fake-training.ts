// A training that learns nothing: numbers that look like learning, drawn from a state that its checkpoint holds.

import { createHash } from "node:crypto";
import type { Algorithm } from "../../src/algorithms/index.ts";
import type { EnvSource } from "../../src/envs/index.ts";
import type { Beginning, Evaluation, Training, UpdateReport } from "../../src/training/index.ts";
import { decodeSafetensors } from "../../src/read-safetensors.ts";
import { encodeSafetensors, storedTensor } from "../../src/safetensors.ts";

export interface FakeOptions {
  totalSteps?: number;
  totalEpisodes?: number | null;
  seed?: number;
  env?: EnvSource;
  stepsPerUpdate?: number;
  evaluateEvery?: number;
  /** The step at which an update throws. */
  failAt?: number;
  failWith?: Error;
  /** The step of whose update there is a warning, of which its state knows. */
  warnAt?: number;
  /** Milliseconds that an update takes. */
  slow?: number;
}

interface State {
  update: number;
  step: number;
  episodes: number;
  random: number;
  returns: number[];
  solvedAtStep: number | null;
  openLength: number;
  warned: boolean;
}

/** As createTraining of src/training, for any algorithm. */
export async function createFakeTraining(
  chosen: string | Algorithm,
  options: object,
  beginning?: Beginning,
): Promise<Training> {
  const algorithm = typeof chosen === "object" ? chosen.name : chosen;
  const plays = typeof chosen === "string" || chosen.environments > 0;
  const given = options as FakeOptions;
  const resolved = {
    ...(plays && { env: "Fake-v0" }),
    seed: 1,
    totalSteps: 10_000,
    totalEpisodes: null,
    stepsPerUpdate: 128,
    learningRate: 1e-3,
    hidden: [64, 64],
    anneal: true,
    ...given,
  };
  const {
    failAt = Infinity,
    failWith = new Error("the fake fails"),
    slow = 0,
    ...kept
  } = resolved as typeof resolved & FakeOptions;
  let state: State = {
    update: 0,
    step: 0,
    episodes: 0,
    random: resolved.seed,
    returns: [],
    solvedAtStep: null,
    openLength: 0,
    warned: false,
  };
  const checkpoint = beginning && "checkpoint" in beginning ? beginning.checkpoint : undefined;
  if (checkpoint) state = JSON.parse(decodeSafetensors(checkpoint).metadata.state) as State;
  const threshold = 195;
  const random = () => {
    state.random = (Math.imul(state.random, 1664525) + 1013904223) >>> 0;
    return state.random / 2 ** 32;
  };
  const mean = () => (state.returns.length === 0 ? null : state.returns.reduce((a, b) => a + b) / state.returns.length);

  const training: Training = {
    algorithm,
    envName: plays ? (typeof kept.env === "string" ? kept.env : "custom") : null,
    options: kept,
    policy: {} as Training["policy"],
    get updates() {
      return state.update;
    },
    close: () => undefined,
    savePolicy: () => encodeSafetensors([["w", storedTensor(new Float32Array([1]))]], { polgrad: "a policy" }),
    saveWeights: () => encodeSafetensors([["w", storedTensor(new Float32Array([1]))]]),
    get step() {
      return state.step;
    },
    get episodes() {
      return state.episodes;
    },
    get fractionDone() {
      const ofEpisodes = resolved.totalEpisodes === null ? 0 : state.episodes / resolved.totalEpisodes;
      return Math.min(1, Math.max(state.step / (resolved.totalSteps ?? Infinity), ofEpisodes));
    },
    get done() {
      return training.fractionDone >= 1;
    },
    get meanReturn100() {
      return mean();
    },
    get solvedAtStep() {
      return state.solvedAtStep;
    },
    threads: 1,
    threadsNote: undefined,
    rewardThreshold: plays ? threshold : null,
    // eslint-disable-next-line require-yield
    *updateInSlices() {
      return training.update();
    },
    update(): UpdateReport {
      const until = performance.now() + slow;
      while (performance.now() < until);
      const finished = [];
      const start = state.step;
      state.update++;
      state.step += resolved.stepsPerUpdate;
      if (state.step > failAt) throw failWith;
      const progress = state.step / resolved.totalSteps;
      for (let step = start + 1; plays && step <= state.step; step++) {
        state.openLength++;
        const expected = 20 + 480 / (1 + Math.exp(-14 * (progress - 0.35)));
        if (state.openLength < 500 && random() > 1 / expected) continue;
        finished.push({ return: state.openLength, length: state.openLength, step });
        state.returns.push(state.openLength);
        if (state.returns.length > 100) state.returns.shift();
        state.episodes++;
        state.openLength = 0;
        if (state.returns.length === 100 && (mean() as number) >= threshold) state.solvedAtStep ??= step;
      }
      const noise = () => random() - 0.5;
      const metrics: Record<string, number> = {
        policyLoss: 0.02 * noise(),
        valueLoss: 30 * Math.exp(-4 * progress) * (1 + noise()),
        entropy: 0.69 - 0.3 * progress + 0.04 * noise(),
        approxKl: 0.01 * (1 - progress) * (1 + noise()),
        approxKlK1: 0.01 * (1 - progress) * (1 + 3 * noise()),
        clipFraction: Math.max(0, 0.2 * (1 - progress) + 0.1 * noise()),
        explainedVariance: state.update === 1 ? NaN : 1 - 3 * Math.exp(-9 * progress) + 0.1 * noise(),
        gradientNorm: 0.5 + 0.4 * noise(),
        learningRate: resolved.learningRate * (1 - start / resolved.totalSteps),
      };
      let evaluation: Evaluation | undefined;
      const every = resolved.evaluateEvery ?? 0;
      if (every > 0 && Math.floor(state.step / every) > Math.floor(start / every))
        evaluation = { returns: [], lengths: [], mean: 400 * progress, std: 0, min: 0, max: 400 };
      const warnings = !state.warned && state.step >= (resolved.warnAt ?? Infinity) ? [`a warning of step ${state.step}`] : []; // prettier-ignore
      state.warned ||= warnings.length > 0;
      return {
        update: state.update,
        step: state.step,
        episodes: state.episodes,
        finished,
        meanReturn100: mean(),
        metrics,
        ...(evaluation ? { evaluation } : {}),
        ...(warnings.length > 0 && { warnings }),
      };
    },
    checkpoint: () =>
      encodeSafetensors([["w", storedTensor(new Float32Array([state.random, state.step]))]], {
        state: JSON.stringify(state),
      }),
    weightsSha256: () => createHash("sha256").update(String(state.random)).digest("hex"),
  };
  return training;
}
