// The Gaussian policy: against PyTorch's numbers in float64, quadrature, its score in closed form; sampling by its
// moments.

import { describe, expect, test } from "vitest";
import * as losses from "../../src/learning/losses.ts";
import { actionHead, gaussian, type GaussianOptions } from "../../src/distributions/index.ts";
import { createActorCritic } from "../../src/policies/index.ts";
import { createGenerator, SeedSequence } from "../../src/random/index.ts";
import { box } from "../../src/spaces/index.ts";
import { createEngine, exp, gradients, input, mean, sum, variable, type Tensor } from "../../src/tensor/index.ts"; // prettier-ignore
import { runReference } from "../../src/tensor/reference.ts";
import { backends, lossAndGradients } from "../tensor/backends.ts";
import { checkGradients, createRandom, expectClose, golden, uniform } from "../tensor/compare.ts";

interface GoldenLoss {
  loss: number;
  d_mean: number[][];
  d_log_std: number[];
  clip_fraction?: number;
}
type Golden = Record<"mean" | "actions" | "old_mean", number[][]> &
  Record<"log_std" | "old_log_std" | "advantages" | "log_prob" | "old_log_prob", number[]> &
  Record<"reinforce" | "ppo_clip" | "kl_old_new", GoldenLoss> & { entropy: number | number[] };

const data = golden<Golden>("gaussian");
const settings = backends.map((backend) => ({ ...backend, tolerance: backend.name === "reference" ? 1e-9 : 1e-4 }));

describe.skipIf(!data)("golden losses (skipped where ../shared/golden/losses.json is missing)", () => {
  const rows = data?.actions.length ?? 0;
  const k = data?.log_std.length ?? 1;
  const [mu, oldMu, action] = ["mean", "oldMean", "actions"].map((name) => input(name, ["rows", k])) as [Tensor, Tensor, Tensor]; // prettier-ignore
  const [advantages, oldLogProb] = [input("advantages", ["rows"]), input("oldLogProb", ["rows"])];
  const [logStd, oldLogStd] = [variable("logStd", [k]), variable("oldLogStd", [k])];
  const [policy, old] = [gaussian(mu, logStd), gaussian(oldMu, oldLogStd)];
  const logProb = policy.logProb(action);
  const ratio = exp(losses.logRatio(logProb, oldLogProb));
  const feeds = () =>
    new Map<Tensor, ArrayLike<number>>([
      [mu, data!.mean.flat()],
      [oldMu, data!.old_mean.flat()],
      [action, data!.actions.flat()],
      [logStd, data!.log_std],
      [oldLogStd, data!.old_log_std],
      [advantages, data!.advantages],
      [oldLogProb, data!.old_log_prob],
    ]);

  test.each(settings)("log-probabilities and entropy on the $name", ({ run, tolerance }) => {
    const outputs = { logProb, old: old.logProb(action), entropy: policy.entropy() };
    const found = run({ outputs }, feeds(), rows).outputs;
    expectClose(found.logProb, data!.log_prob, tolerance, "log π");
    expectClose(found.old, data!.old_log_prob, tolerance, "log π_old");
    const expected = [data!.entropy].flat();
    expectClose(found.entropy, expected.length === rows ? expected : Array<number>(rows).fill(expected[0]), tolerance);
  });

  const parts = {
    reinforce: losses.policyGradientLoss(logProb, advantages),
    ppo_clip: losses.ppoClipLoss(ratio, advantages, 0.2),
    kl_old_new: mean(policy.klFrom(old.parameters)),
  };
  const each = settings.flatMap((setting) =>
    (Object.keys(parts) as (keyof typeof parts)[]).map((part) => ({ ...setting, part })),
  );
  test.each(each)("$part and its gradients on the $name", ({ run, tolerance, part }) => {
    const expected = data![part];
    const wrt = [mu, logStd, oldMu, oldLogStd];
    const loss = parts[part];
    const { outputs } = run(lossAndGradients(loss, wrt, gradients(loss, wrt)), feeds(), rows);
    expectClose(outputs.loss, [expected.loss], tolerance, "loss");
    expectClose(outputs.mean, expected.d_mean.flat(), tolerance, "gradient by the mean");
    expectClose(outputs.logStd, expected.d_log_std, tolerance, "gradient by log σ");
    for (const name of ["oldMean", "oldLogStd"]) expect(Array.from(outputs[name]).every((g) => g === 0)).toBe(true);
  });
});

describe("by quadrature, in two dimensions", () => {
  const [mu, oldMu] = [[0.3, -1.2], [0.5, -0.9]]; // prettier-ignore
  const [logStd, oldLogStd] = [[0.2, -0.7], [0.1, -0.4]]; // prettier-ignore
  // The trapezoid rule converges faster than any power of the step, for what falls off on both sides.
  const points = 120;
  const steps = oldLogStd.map((l) => (20 * Math.exp(l)) / points);
  const cell = steps[0] * steps[1];
  const grid: number[][] = [];
  for (let i = 0; i <= points; i++)
    for (let j = 0; j <= points; j++)
      grid.push([i, j].map((index, axis) => oldMu[axis] + (index - points / 2) * steps[axis]));
  const rows = grid.length;

  const [m, l] = [input("mean", ["rows", 2]), input("logStd", ["rows", 2])];
  const [oldM, oldL] = [input("oldMean", ["rows", 2]), input("oldLogStd", ["rows", 2])];
  const action = input("actions", ["rows", 2]);
  const [policy, old] = [gaussian(m, l), gaussian(oldM, oldL)];
  const [byMean, byLogStd] = gradients(sum(policy.logProb(action)), [m, l]);
  const all = (row: number[]): number[] => grid.flatMap(() => row);
  const feeds = new Map<Tensor, number[]>([[m, all(mu)], [l, all(logStd)], [oldM, all(oldMu)], [oldL, all(oldLogStd)], [action, grid.flat()]]); // prettier-ignore
  const outputs = {
    logProb: policy.logProb(action),
    old: old.logProb(action),
    byMean,
    byLogStd,
    entropy: policy.entropy(),
    kl: policy.klFrom(old.parameters),
  };
  const found = runReference({ outputs }, feeds, rows).outputs;
  const density = found.logProb.map(Math.exp);
  const integral = (f: (i: number) => number): number => {
    let total = 0;
    for (let i = 0; i < rows; i++) total += f(i) * cell;
    return total;
  };

  test("densities integrate to 1", () => {
    expect(integral((i) => density[i])).toBeCloseTo(1, 9);
    expect(integral((i) => Math.exp(found.old[i]))).toBeCloseTo(1, 9);
  });

  test("entropy is −∫ π log π, KL is ∫ π_old log(π_old/π)", () => {
    expect(integral((i) => -density[i] * found.logProb[i])).toBeCloseTo(found.entropy[0], 8);
    const divergence = integral((i) => Math.exp(found.old[i]) * (found.old[i] - found.logProb[i]));
    expect(divergence).toBeCloseTo(found.kl[0], 8);
    expect(found.kl[0]).toBeGreaterThan(0.1);
  });

  test("the score is (a − μ)/σ² and z² − 1; its mean is 0, its covariance the Fisher information", () => {
    const z = (i: number, axis: number): number => (grid[i][axis] - mu[axis]) / Math.exp(logStd[axis]);
    for (const axis of [0, 1]) {
      const [score, scale] = [(i: number) => found.byMean[2 * i + axis], (i: number) => found.byLogStd[2 * i + axis]]; // prettier-ignore
      const sigma = Math.exp(logStd[axis]);
      for (let i = 0; i < rows; i += 997) {
        expectClose([score(i), scale(i)], [z(i, axis) / sigma, z(i, axis) * z(i, axis) - 1], 1e-12);
      }
      expect(integral((i) => density[i] * score(i))).toBeCloseTo(0, 8);
      expect(integral((i) => density[i] * scale(i))).toBeCloseTo(0, 8);
      expect(integral((i) => density[i] * score(i) * score(i))).toBeCloseTo(1 / (sigma * sigma), 7);
      expect(integral((i) => density[i] * scale(i) * scale(i))).toBeCloseTo(2, 7);
      expect(integral((i) => density[i] * score(i) * scale(i))).toBeCloseTo(0, 7);
    }
  });
});

describe.each<[string, GaussianOptions]>([
  ["a log σ of its own", {}],
  ["log σ of the network", { logStd: "network", initialLogStd: -0.5 }],
])("%s", (_, options) => {
  const k = 3;
  const head = actionHead(box(-1, 1, [k]), options);
  const x = input("outputs", ["rows", head.outputs]);
  const action = input("actions", ["rows", k]);
  const old = input("old", ["rows", 2 * k]);
  const policy = head.distribution(x);
  const trained = head.trained.map(({ variable }) => variable);
  const rows = 4;
  const random = createRandom(9);
  const feeds = new Map<Tensor, ArrayLike<number>>([
    [x, uniform(random, rows * head.outputs)],
    [action, uniform(random, rows * k, -2, 2)],
    [old, uniform(random, rows * 2 * k)],
    ...trained.map((v): [Tensor, ArrayLike<number>] => [v, uniform(random, k)]),
  ]);

  test("gradients and second derivatives of log π, entropy and KL by differences", () => {
    const wrt = [x, ...trained];
    checkGradients(policy.logProb(action), feeds, wrt, { rows, label: "log π" });
    checkGradients(policy.entropy(), feeds, wrt, { rows, label: "entropy" });
    checkGradients(policy.klFrom(old), feeds, wrt, { rows, label: "KL" });
    const [byOld] = gradients(sum(policy.klFrom(old)), [old]);
    expect(runReference({ outputs: { byOld } }, feeds, rows).outputs.byOld.every((g) => g === 0)).toBe(true);
  });

  test("the parameters, mean then log σ, alone give the same distribution", () => {
    const again = head.fromParameters(policy.parameters);
    const outputs = { parameters: policy.parameters, a: policy.logProb(action), b: again.logProb(action), c: policy.entropy(), d: again.entropy(), kl: again.klFrom(policy.parameters) }; // prettier-ignore
    const found = runReference({ outputs }, feeds, rows).outputs;
    expect(found.a).toEqual(found.b);
    expectClose(found.c, found.d, 1e-12);
    for (const kl of found.kl) expect(Math.abs(kl)).toBeLessThan(1e-14);
    const expected = Array.from({ length: rows }, (_, row) => {
      const outputs = Array.from(feeds.get(x)!).slice(row * head.outputs, (row + 1) * head.outputs);
      const logStd = trained[0] ? Array.from(feeds.get(trained[0])!) : outputs.slice(k).map((l) => l - 0.5);
      return [...outputs.slice(0, k), ...logStd];
    });
    expectClose(found.parameters, expected.flat(), 1e-12);
  });
});

describe("acting", () => {
  const space = box([-0.5, -Infinity], [0.25, 1]);
  const head = actionHead(space);
  const parameters = Float32Array.of(9, 0.2, -0.7, Math.log(0.5), Math.log(2), 9); // μ and log σ, in the middle of an array

  test("draws have the mean, the variance, the tails and the independence of the Gaussian", () => {
    const generator = createGenerator(21);
    const draws = 50_000;
    const actions = new Float32Array(3);
    const z: [number[], number[]] = [[], []];
    for (let i = 0; i < draws; i++) {
      head.sample(parameters, 1, generator, actions, 1);
      z[0].push((actions[1] - 0.2) / 0.5);
      z[1].push((actions[2] + 0.7) / 2);
    }
    const average = (f: (i: number) => number): number => z[0].reduce((total, _, i) => total + f(i), 0) / draws;
    // Five standard errors: of zᵖ they are √(Var[zᵖ]/n), of z³ √(15/n), of z⁴ √(96/n).
    const error = 5 / Math.sqrt(draws);
    for (const part of z) {
      expect(Math.abs(average((i) => part[i]))).toBeLessThan(error);
      expect(Math.abs(average((i) => part[i] ** 2) - 1)).toBeLessThan(error * Math.SQRT2);
      expect(Math.abs(average((i) => part[i] ** 3))).toBeLessThan(error * Math.sqrt(15));
      expect(Math.abs(average((i) => part[i] ** 4) - 3)).toBeLessThan(error * Math.sqrt(96));
    }
    expect(Math.abs(average((i) => z[0][i] * z[1][i]))).toBeLessThan(error);
    expect(actions[0]).toBe(0);
  });

  test("what is stored is unclipped, what the environment gets lies within its bounds; the mode is the mean", () => {
    const stored = Float32Array.of(3, -2, -7, 5);
    expect(head.toAction(stored, 0)).toEqual(Float32Array.of(0.25, -2));
    expect(head.toAction(stored, 2)).toEqual(Float32Array.of(-0.5, 1));
    expect([...stored]).toEqual([3, -2, -7, 5]);
    const mode = new Float32Array(3);
    head.mode(parameters, 1, mode, 1);
    expect(mode).toEqual(Float32Array.of(0, 0.2, -0.7));
  });

  test("log σ is one of the actor's parameters, and starts where it was asked to", async () => {
    const options = { observationSpace: box(-1, 1, [3]), actionSpace: space, seed: new SeedSequence(4) };
    const policy = createActorCritic(await createEngine(), { ...options, gaussian: { initialLogStd: -1 } });
    expect(policy.actorVariables.map(({ name }) => name)).toContain("actor.logStd");
    expect(policy.criticVariables.map(({ name }) => name)).not.toContain("actor.logStd");
    const { std } = policy.gaussian([0.1, 0.2, 0.3]);
    expectClose(std, [Math.exp(-1), Math.exp(-1)], 1e-6);
    const network = createActorCritic(await createEngine(), { ...options, gaussian: { logStd: "network" } });
    expect(network.actorVariables.map(({ name }) => name)).not.toContain("actor.logStd");
    const [first, second] = [[1, 1, 1], [-1, -1, -1]].map((s) => network.gaussian(s).std); // prettier-ignore
    expect(first).not.toEqual(second);
  });
});

test("a σ that does not depend on the state counts in each row's entropy", () => {
  const [m, logStd] = [input("mean", ["rows", 2]), variable("logStd", [2])];
  const policy = gaussian(m, logStd);
  const [g] = gradients(sum(policy.entropy()), [logStd]);
  for (const rows of [1, 5]) {
    const feeds = new Map<Tensor, ArrayLike<number>>([[m, uniform(createRandom(1), rows * 2)], [logStd, [0.1, 0.2]]]); // prettier-ignore
    for (const { run } of backends) expectClose(run({ outputs: { g } }, feeds, rows).outputs.g, [rows, rows], 1e-6);
  }
});
