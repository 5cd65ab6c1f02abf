// A library whose algorithms learn nothing, and a context that keeps what is written.

import type { Library, Surroundings } from "../../src/cli/context.ts";
import { InputError } from "../../src/errors.ts";
import type { Drawing } from "../../src/envs/index.ts";
import * as option from "../../src/learning/options.ts";
import type { Moment, PlayRunOptions } from "../../src/runs/play-run.ts";
import { readConfig } from "../../src/runs/run-folder.ts";
import { createFakeTraining } from "../runs/fake-training.ts";

const options = option.schema({
  stepsPerUpdate: option.count(128, "environment steps of an update"),
  learningRate: option.positive(1e-3, "step size of the optimizer"),
  learningRateSchedule: option.choice(["constant", "linear"], "linear", "how the step size changes"),
  gamma: option.fraction(0.99, "discount of future rewards"),
  hidden: {
    type: "array",
    items: { type: "integer", minimum: 1 },
    default: [64, 64],
    description: "sizes of the hidden layers",
  },
  anneal: option.flag(true, "lower the learning rate"),
  targetKl: {
    anyOf: [{ type: "number", minimum: 0 }, { type: "null" }],
    default: null,
    description: "stop an update at this KL",
  },
  slow: option.nonNegative(0, "milliseconds of an update"),
  failAt: { type: "integer", description: "fail at this step" },
});

const create = (): never => {
  throw new Error("createTraining of the fake library makes no learner");
};

const algorithms: Library["algorithms"] = {
  ppo: {
    name: "ppo",
    title: "PPO",
    summary: "proximal policy optimization",
    options,
    environments: 4,
    presets: { "CartPole-v1": { learningRate: 2.5e-3, stepsPerUpdate: 512 } },
    metrics: [],
    create,
  },
  reinforce: {
    name: "reinforce",
    title: "REINFORCE",
    summary: "Monte Carlo policy gradient",
    options: option.schema({
      ...options.shape,
      baseline: option.choice(["none", "constant", "learned"], "none", "what is subtracted"),
    }),
    environments: 1,
    presets: { "CartPole-v1": { anneal: false, hidden: [8, 8] }, "Other-v0": { anneal: true } },
    metrics: [],
    create,
  },
};

export const fakeLibrary: Library = {
  async createTraining(algorithm, given, resume) {
    const { env } = given;
    if (typeof env === "string" && env !== "CartPole-v1") throw new InputError(`unknown environment "${env}".`);
    return createFakeTraining(algorithm, given, resume);
  },
  checkEnvironment: async () => {},
  algorithms,
  environments: () => [
    {
      id: "CartPole-v1",
      summary: "balance a pole",
      maxEpisodeSteps: 500,
      rewardThreshold: 475,
      make: () => Promise.reject(),
    },
  ],
  playRun: (run, options) => {
    readConfig(run);
    return fakeEpisodes(run, options);
  },
  evaluateRun: async (_, { episodes = 0, deterministic } = {}) => {
    const returns = Array.from({ length: episodes }, (_, i) => (deterministic ? 500 : 400 + i));
    const mean = returns.reduce((a, b) => a + b) / episodes;
    return { returns, lengths: returns, mean, std: 0, min: Math.min(...returns), max: Math.max(...returns) };
  },
};

/** One step a second across a field, drawn or not: `run` tells which; "long" never ends by itself. */
async function* fakeEpisodes(run: string, options: PlayRunOptions = {}): AsyncGenerator<Moment, void> {
  const { episodes = 1, maxSteps = 5000, signal } = options;
  for (let episode = 1; episode <= episodes && !signal?.aborted; episode++) {
    for (let step = 0; step <= maxSteps && !signal?.aborted; step++) {
      const terminated = step === 5 && !run.includes("long");
      yield {
        env: "CartPole-v1",
        episode,
        step,
        action: step === 0 ? null : 1,
        observation: Float32Array.of(step, 0.123456),
        reward: step === 0 ? 0 : 1,
        return: step,
        terminated,
        truncated: false,
        over: terminated || step === maxSteps,
        drawing: run.includes("blind") ? null : fieldWith(step),
      };
      if (terminated) break;
    }
  }
}

const fieldWith = (x: number): Drawing => ({
  view: { x: -1, y: -1, width: 8, height: 2 },
  shapes: [{ kind: "circle", x, y: 0, radius: 0.8, fill: "body" }],
  fps: 200,
});

/** A context that keeps what is written; `interrupt` is the user's Ctrl-C. */
export function fakeContext(argv: readonly string[], cwd: string, overrides: Partial<Surroundings> = {}) {
  const written = { stdout: "", stderr: "" };
  const controller = new AbortController();
  const context: Surroundings = {
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
    cwd,
    argv,
    library: fakeLibrary,
    interruption: () => ({ signal: controller.signal, exitCode: 130 }),
    ...overrides,
  };
  return { context, written, interrupt: () => controller.abort() };
}
