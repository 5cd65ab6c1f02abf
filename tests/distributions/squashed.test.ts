// Gaussian policies within bounds, scaled and squashed: against the formula in float64 and numeric integrals, far out and
// at the bounds; sampling by moments; what an environment gets, and what a policy file keeps.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actionHead, gaussianKinds, unitsOf, type GaussianOptions } from "../../src/distributions/index.ts";
import { createVectorEnv, type Env } from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { createPlayer } from "../../src/experience/index.ts";
import { createActorCritic, type ActorCritic } from "../../src/policies/index.ts";
import { createGenerator, SeedSequence } from "../../src/random/index.ts";
import { box, contains, type Box } from "../../src/spaces/index.ts";
import { createEngine, gradients, input, sum, type Tensor } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { decodeSafetensors, encodeSafetensors, loadPolicy, savePolicy, trainPpo } from "../../src/training/index.ts";
import { backends } from "../tensor/backends.ts";
import { checkGradients, createRandom, expectClose, uniform } from "../tensor/compare.ts";

const kinds = ["scaled", "squashed"] as const;
type Kind = (typeof kinds)[number];
const onAll = kinds.flatMap((kind) =>
  backends.map((backend) => ({ kind, ...backend, tolerance: backend.name === "reference" ? 1e-9 : 1e-5 })),
);

/** Bounds that float32 rounds, far from 0, and close together. */
const odd = box([5, -0.1, 0, -1], [35, 0.3, 1e-3, 1]);
const halfOf = ({ low, high }: Box): number[] => Array.from(low, (l, i) => (high[i] - l) / 2);
const centerOf = ({ low, high }: Box): number[] => Array.from(low, (l, i) => (l + high[i]) / 2);

// The same in float64, written independently: 1 − tanh² u = 1/cosh² u loses no digits far out.
const logNormal = (u: number, mean: number, std: number): number =>
  -0.5 * ((u - mean) / std) ** 2 - Math.log(std) - 0.5 * Math.log(2 * Math.PI);
const logSlope = (u: number): number => -2 * (Math.abs(u) + Math.log1p(Math.exp(-2 * Math.abs(u))) - Math.LN2);

/** ∫ N(u) f(u) du by the trapezoid rule, which converges faster than any power of the step. */
function expectation(mean: number, std: number, f: (u: number) => number, points = 4000): number {
  const step = 24 / points; // in σ
  let total = 0;
  for (let i = 0; i <= points; i++) {
    const z = -12 + i * step;
    total += f(mean + std * z) * Math.exp(logNormal(z, 0, 1)) * step;
  }
  return total;
}

/** −∫ π log π of one component. */
const entropyOf = (kind: Kind, half: number, mean: number, std: number): number =>
  expectation(mean, std, (u) => -logNormal(u, mean, std) + Math.log(half) + (kind === "squashed" ? logSlope(u) : 0));

/** log π of draws of N(0, 1), or of the given parameters, [rows, k]. */
function scored(space: Box, options: GaussianOptions) {
  const head = actionHead(space, options);
  const k = head.actionSize;
  const [parameters, u] = [input("parameters", ["rows", 2 * k]), input("actions", ["rows", k])];
  const policy = head.fromParameters(parameters);
  return { head, k, parameters, u, policy, logProb: policy.logProb(u) };
}

describe("log π", () => {
  test.each(onAll)("$kind on the $name: log N(u) − Σ log(half · (1 − tanh² u))", ({ kind, run, tolerance }) => {
    const { k, parameters, u, logProb } = scored(odd, { kind });
    const rows = 50;
    const random = createRandom(3);
    const [means, logStds, draws] = [uniform(random, rows * k), uniform(random, rows * k), uniform(random, rows * k, -4, 4)]; // prettier-ignore
    const fed = Array.from({ length: rows }, (_, row) => [means, logStds].flatMap((x) => [...x.slice(row * k, (row + 1) * k)])); // prettier-ignore
    const feeds = new Map<Tensor, ArrayLike<number>>([[parameters, fed.flat()], [u, draws]]); // prettier-ignore
    const half = halfOf(odd);
    const expected = Array.from({ length: rows }, (_, row) =>
      half.reduce((total, h, i) => {
        const at = row * k + i;
        const slope = kind === "squashed" ? 1 - Math.tanh(draws[at]) ** 2 : 1;
        return total + logNormal(draws[at], means[at], Math.exp(logStds[at])) - Math.log(h * slope);
      }, 0),
    );
    expectClose(run({ outputs: { logProb } }, feeds, rows).outputs.logProb, expected, tolerance);
  });

  const far = [0, 1e-4, 0.5, 3, 5, 9, 12, 20, 30].flatMap((u) => [u, -u]);

  test.each(onAll)("$kind on the $name: finite and right near the bounds and at them", ({ kind, run, tolerance }) => {
    const { head, k, parameters, u, logProb } = scored(odd, { kind });
    const feeds = new Map<Tensor, ArrayLike<number>>([[parameters, far.flatMap(() => Array<number>(2 * k).fill(0))], [u, far.flatMap((x) => Array<number>(k).fill(x))]]); // prettier-ignore
    const [byParameters, byDraw] = gradients(sum(logProb), [parameters, u]);
    const { outputs } = run({ outputs: { logProb, byParameters, byDraw } }, feeds, far.length);
    const logHalf = halfOf(odd).reduce((total, h) => total + Math.log(h), 0);
    const near = (found: ArrayLike<number>, expected: number, what: string): void =>
      Array.from(found).forEach((y) =>
        expect(Math.abs(y - expected) / Math.max(1, Math.abs(expected)), what).toBeLessThan(tolerance),
      );
    far.forEach((x, row) => {
      const part = (of: ArrayLike<number>, at: number): number[] => Array.from(of).slice(at, at + k);
      const expected = k * (logNormal(x, 0, 1) - (kind === "squashed" ? logSlope(x) : 0)) - logHalf;
      near([outputs.logProb[row]], expected, `log π at u = ${x}`);
      const slope = -x + (kind === "squashed" ? 2 * Math.tanh(x) : 0);
      near(part(outputs.byDraw, row * k), slope, `∂/∂u at ${x}`);
      near(part(outputs.byParameters, row * 2 * k), x, `∂/∂μ at ${x}`);
      near(part(outputs.byParameters, row * 2 * k + k), x * x - 1, `∂/∂log σ at ${x}`);
      const action = head.toAction(new Float32Array(k).fill(x), 0) as Float32Array;
      expect(contains(odd, action), `u = ${x}: ${action.join()}`).toBe(true);
    });
    expect(head.toAction(new Float32Array(k).fill(30), 0)).toEqual(odd.high);
    expect(head.toAction(new Float32Array(k).fill(-30), 0)).toEqual(odd.low);
  });

  test.each(kinds)("%s: no action lies beyond any bounds, and all ways to it agree", (kind) => {
    const bound = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) });
    const draw = fc.oneof(fc.float({ min: -30, max: 30, noNaN: true }), fc.float({ min: -2, max: 2, noNaN: true }));
    fc.assert(
      fc.property(bound, bound, fc.array(draw, { minLength: 2, maxLength: 5 }), (a, b, draws) => {
        const space = box(Math.min(a, b), Math.max(a, b));
        const head = actionHead(space, { kind });
        const given = new Float32Array(draws.length);
        head.transform!(Float32Array.from(draws), draws.length, given);
        const sorted = draws.map((u, i) => {
          const action = head.toAction(Float32Array.of(u), 0) as Float32Array;
          expect(contains(space, action)).toBe(true);
          // What the environments of a training get is clipped by them.
          const clipped = Math.max(space.low[0], Math.min(space.high[0], given[i]));
          expect(clipped + 0).toBe(action[0] + 0);
          return [u, action[0]];
        });
        sorted.sort(([u], [v]) => u - v);
        for (let i = 1; i < sorted.length; i++) expect(sorted[i][1]).toBeGreaterThanOrEqual(sorted[i - 1][1]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("densities integrate to 1", () => {
  const intervals: [number, number][] = [[5, 35], [-0.1, 0.3], [0, 1e-3], [-1, 1]]; // prettier-ignore
  const parameters = [[0, 0.3], [0.7, 1], [-1.5, 0.8], [0.2, 2]]; // prettier-ignore

  test.each(kinds.flatMap((kind) => intervals.map(([low, high]) => ({ kind, low, high }))))(
    "$kind, $low … $high",
    ({ kind, low, high }) => {
      const space = box(low, high);
      const { parameters: fed, u, logProb } = scored(space, { kind });
      const cells = 4000;
      const [center, half] = [centerOf(space)[0], halfOf(space)[0]];
      const place = (x: number): number => center + half * (kind === "squashed" ? Math.tanh(x) : x);
      for (const [mean, std] of parameters) {
        const edges = Array.from({ length: cells + 1 }, (_, i) => mean + std * (-9 + (18 * i) / cells));
        const middles = edges.slice(1).map((edge, i) => (edge + edges[i]) / 2);
        const feeds = new Map<Tensor, ArrayLike<number>>([[fed, middles.flatMap(() => [mean, Math.log(std)])], [u, middles]]); // prettier-ignore
        const { outputs } = runReference({ outputs: { logProb } }, feeds, cells);
        const widths = edges.slice(1).map((edge, i) => place(edge) - place(edges[i]));
        expect(widths.reduce((total, width, i) => total + Math.exp(outputs.logProb[i]) * width, 0)).toBeCloseTo(1, 4);
      }
    },
  );

  test("in a plane, with one component squashed", () => {
    const { parameters: fed, u, logProb } = scored(box([-1, -Infinity], [5, 2]), { kind: "squashed" });
    const [mean, std] = [[0.4, -1], [0.9, 3]]; // prettier-ignore
    const cells = 160;
    const edge = (axis: number, i: number): number => mean[axis] + std[axis] * (-6 + (12 * i) / cells);
    const place = (axis: number, i: number): number => (axis === 0 ? 2 + 3 * Math.tanh(edge(0, i)) : edge(1, i));
    const grid = Array.from({ length: cells * cells }, (_, at) => [Math.floor(at / cells), at % cells]);
    const feeds = new Map<Tensor, ArrayLike<number>>([[fed, grid.flatMap(() => [...mean, ...std.map(Math.log)])], [u, grid.flatMap((cell) => cell.map((i, axis) => edge(axis, i + 0.5)))]]); // prettier-ignore
    const { outputs } = runReference({ outputs: { logProb } }, feeds, grid.length);
    const mass = grid.map((cell, at) => {
      const areas = cell.map((i, axis) => place(axis, i + 1) - place(axis, i));
      return Math.exp(outputs.logProb[at]) * areas[0] * areas[1];
    });
    expect(mass.reduce((a, b) => a + b)).toBeCloseTo(1, 3);
  });
});

describe("entropy", () => {
  const stds = [0.05, 0.3, 1, 2];
  const means = Array.from({ length: 33 }, (_, i) => -4 + i / 4);
  const all = stds.flatMap((std) => means.map((mean) => ({ mean, std })));
  /** What `transformed` promises, and for small deviations what its quadrature is capable of. */
  const promised = (kind: Kind, std: number): number =>
    kind === "scaled" ? 0 : std <= 0.3 ? 1e-8 : std <= 1 ? 1e-3 : 0.02;

  test.each(onAll)("$kind on the $name is −∫ π log π", ({ kind, run, tolerance }) => {
    const space = box(5, 35);
    const { parameters, policy } = scored(space, { kind });
    const feeds = new Map([[parameters, all.flatMap(({ mean, std }) => [mean, Math.log(std)])]]);
    const found = run({ outputs: { entropy: policy.entropy() } }, feeds, all.length).outputs.entropy;
    all.forEach(({ mean, std }, row) => {
      const error = Math.abs(found[row] - entropyOf(kind, 15, mean, std));
      expect(error, `mean ${mean}, σ ${std}`).toBeLessThan(promised(kind, std) + 10 * tolerance);
    });
  });

  test("squashed: components add up", () => {
    const { k, parameters, policy } = scored(odd, { kind: "squashed" });
    const [mean, std] = [[0.3, -1, 2, 0], [0.6, 0.2, 0.4, 0.9]]; // prettier-ignore
    const feeds = new Map([[parameters, [...mean, ...std.map(Math.log)]]]);
    const [found] = runReference({ outputs: { entropy: policy.entropy() } }, feeds, 1).outputs.entropy;
    const expected = halfOf(odd).map((half, i) => entropyOf("squashed", half, mean[i], std[i]));
    expect(k).toBe(4);
    expect(Math.abs(found - expected.reduce((a, b) => a + b))).toBeLessThan(1e-3);
  });

  test("squashed: its slope is that of −∫ π log π: a wider Gaussian has more only up to a point", () => {
    const { parameters, policy } = scored(box(-1, 1), { kind: "squashed" });
    const [slope] = gradients(sum(policy.entropy()), [parameters]);
    const places = [0.05, 0.3, 1].flatMap((std) => [-2, -0.5, 0, 1].map((mean) => ({ mean, std })));
    const feeds = new Map([[parameters, places.flatMap(({ mean, std }) => [mean, Math.log(std)])]]);
    const found = runReference({ outputs: { slope } }, feeds, places.length).outputs.slope;
    places.forEach(({ mean, std }, row) => {
      const h = 1e-4;
      const byMean = (entropyOf("squashed", 1, mean + h, std) - entropyOf("squashed", 1, mean - h, std)) / (2 * h);
      const byLogStd = (entropyOf("squashed", 1, mean, std * Math.exp(h)) - entropyOf("squashed", 1, mean, std * Math.exp(-h))) / (2 * h); // prettier-ignore
      expect(Math.abs(found[2 * row] - byMean), `by the mean ${mean}, σ ${std}`).toBeLessThan(0.01);
      expect(Math.abs(found[2 * row + 1] - byLogStd), `by log σ, mean ${mean}, σ ${std}`).toBeLessThan(0.01);
    });
    const at = (mean: number, std: number): number => found[2 * places.findIndex((p) => p.mean === mean && p.std === std) + 1]; // prettier-ignore
    expect(at(0, 0.3)).toBeGreaterThan(0.5);
    expect(at(0, 1)).toBeLessThan(0);
  });
});

describe.each(kinds.flatMap((kind) => (["parameter", "network"] as const).map((logStd) => ({ kind, logStd }))))(
  "$kind, log σ of the $logStd",
  (options) => {
    const space = box([5, -0.1, -Infinity], [35, 0.3, 1]);
    const k = 3;
    const head = actionHead(space, { ...options, initialLogStd: -0.5 });
    const x = input("outputs", ["rows", head.outputs]);
    const [action, old] = [input("actions", ["rows", k]), input("old", ["rows", 2 * k])];
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
    const wrt = [x, ...trained];

    test("gradients and second derivatives of log π, entropy and KL by differences", () => {
      expect(trained.length).toBe(options.logStd === "network" ? 0 : 1);
      expect(head.outputs).toBe(options.logStd === "network" ? 2 * k : k);
      checkGradients(policy.logProb(action), feeds, wrt, { rows, label: "log π" });
      checkGradients(policy.entropy(), feeds, wrt, { rows, label: "entropy" });
      checkGradients(policy.klFrom(old), feeds, wrt, { rows, label: "KL" });
    });

    test.each(backends)("gradients of log π and entropy on the $name are those of the reference", ({ run }) => {
      const slopes = [policy.logProb(action), policy.entropy()].flatMap((t) => gradients(sum(t), wrt));
      const outputs = Object.fromEntries(slopes.map((slope, i) => [`slope${i}`, slope]));
      const expected = runReference({ outputs }, feeds, rows).outputs;
      const found = run({ outputs }, feeds, rows).outputs;
      for (const name of Object.keys(outputs)) expectClose(found[name], expected[name], 1e-5, name);
    });

    test("KL is that of the Gaussians of u, and the parameters alone give the same distribution", () => {
      const parameters = input("parameters", ["rows", 2 * k]);
      const plain = actionHead(space, { kind: "clipped" }).fromParameters(parameters);
      const bounded = head.fromParameters(parameters);
      const again = head.fromParameters(policy.parameters);
      const fed = new Map(feeds).set(parameters, uniform(random, rows * 2 * k));
      const outputs = { kl: bounded.klFrom(old), klOfU: plain.klFrom(old), a: policy.logProb(action), b: again.logProb(action), c: policy.entropy(), d: again.entropy() }; // prettier-ignore
      const found = runReference({ outputs }, fed, rows).outputs;
      expect(found.kl).toEqual(found.klOfU);
      expect(Math.min(...found.kl)).toBeGreaterThan(0.01);
      expect(found.a).toEqual(found.b);
      expectClose(found.c, found.d, 1e-12);
    });
  },
);

describe("bounds that leave no center or width", () => {
  const low = [-3, -Infinity, 0, -Infinity, 2];
  const high = [1, Infinity, Infinity, 5, 2];
  const mixed = box(low, high);

  test.each(kinds)("%s: the other components are u, clipped, with the density of u", (kind) => {
    const { head, parameters, u, policy, logProb } = scored(mixed, { kind });
    const draws = [[0.3, -2, 1, 4, 7], [-40, -50, -60, 70, -80]]; // prettier-ignore
    const numbers = [0.1, 0.2, 0.3, 0.4, 0.5, -0.1, -0.2, -0.3, -0.4, -0.5];
    const feeds = new Map<Tensor, ArrayLike<number>>([[parameters, [...numbers, ...numbers]], [u, draws.flat()]]); // prettier-ignore
    const found = runReference({ outputs: { logProb, entropy: policy.entropy() } }, feeds, 2).outputs;
    const bounded = (x: number): number => Math.log(2) + (kind === "squashed" ? logSlope(x) : 0);
    const expected = draws.map((row) =>
      row.reduce((total, x, i) => total + logNormal(x, numbers[i], Math.exp(numbers[5 + i])), -bounded(row[0])),
    );
    expectClose(found.logProb, expected, 1e-12);
    const plain = numbers.slice(6).reduce((total, logStd) => total + logStd + 0.5 * Math.log(2 * Math.PI * Math.E), 0);
    expect(Math.abs(found.entropy[0] - plain - entropyOf(kind, 2, 0.1, Math.exp(-0.1)))).toBeLessThan(1e-3);

    const first = -1 + 2 * (kind === "squashed" ? Math.tanh(Math.fround(0.3)) : Math.fround(0.3));
    expect(head.toAction(Float32Array.from(draws[0]), 0)).toEqual(Float32Array.of(first, -2, 1, 4, 2));
    expect(head.toAction(Float32Array.from(draws.flat()), 5)).toEqual(Float32Array.of(-3, -50, 0, 5, 2));
  });

  test("clipped has no units at all", () => {
    expect(unitsOf(mixed)).toEqual(unitsOf(box(-Infinity, Infinity, [5]), "squashed"));
    expect(actionHead(mixed, { kind: "clipped" }).transform).toBeUndefined();
  });

  const largest = 3.4028234663852886e38;
  test.each(kinds)("%s: the largest numbers of float32 as bounds, which some environments call unbounded", (kind) => {
    const space = box([-largest, 0, -largest], [largest, largest, -1]);
    const { head, parameters, u, policy, logProb } = scored(space, { kind });
    const draws = [[0, 0, 0], [1.5, 2, 3], [-1.5, -2, -3], [30, 30, 30]]; // prettier-ignore
    const feeds = new Map<Tensor, ArrayLike<number>>([[parameters, draws.flatMap(() => Array<number>(6).fill(0))], [u, draws.flat()]]); // prettier-ignore
    for (const { run } of backends) {
      const { outputs } = run({ outputs: { logProb, entropy: policy.entropy() } }, feeds, draws.length);
      expect([...Array.from(outputs.logProb), ...Array.from(outputs.entropy)].every(Number.isFinite)).toBe(true);
    }
    // As a training does: an environment refuses what is not finite.
    const transformed = new Float32Array(12);
    head.transform?.(Float32Array.from(draws.flat()), draws.length, transformed);
    draws.forEach((_, row) => {
      const action = head.toAction(Float32Array.from(draws.flat()), 3 * row) as Float32Array;
      expect(contains(space, action), action.join()).toBe(true);
      expect(Array.from(transformed.subarray(3 * row, 3 * row + 3)).every(Number.isFinite), transformed.join()).toBe(true); // prettier-ignore
    });
  });
});

/** A policy of three observations with weights of its own. */
async function policyOf(actionSpace: Box, options: GaussianOptions, scale = 0.6): Promise<ActorCritic> {
  const spaces = { observationSpace: box(-2, 2, [3]), actionSpace };
  const policy = createActorCritic(await createEngine(), { ...spaces, gaussian: options, networks: { hidden: [8] }, seed: new SeedSequence(4) }); // prettier-ignore
  const random = createRandom(7);
  for (const { variable } of policy.parameters)
    policy.engine.write(variable, uniform(random, policy.engine.read(variable).length, -scale, scale));
  return policy;
}
const observation = [0.5, -1, 1.5];

describe("acting", () => {
  test.each(kinds)("%s: draws and actions have the moments of the integrals", (kind) => {
    const space = box([5, -0.1], [35, 0.3]);
    const head = actionHead(space, { kind });
    const [mean, std] = [[0.4, -1], [0.5, 1.3]]; // prettier-ignore
    const parameters = Float32Array.from([9, ...mean, ...std.map(Math.log), 9]); // in the middle of an array
    const generator = createGenerator(21);
    const draws = 30_000;
    const stored = new Float32Array(3);
    const sums = [0, 0].map(() => ({ z: 0, zz: 0, y: 0, yy: 0 }));
    const [center, half] = [centerOf(space), halfOf(space)];
    for (let n = 0; n < draws; n++) {
      head.sample(parameters, 1, generator, stored, 1);
      const action = head.toAction(stored, 1) as Float32Array;
      sums.forEach((total, i) => {
        const [z, y] = [(stored[1 + i] - mean[i]) / std[i], (action[i] - center[i]) / half[i]];
        total.z += z / draws;
        total.zz += (z * z) / draws;
        total.y += y / draws;
        total.yy += (y * y) / draws;
      });
    }
    const bounded = kind === "squashed" ? Math.tanh : (u: number) => Math.max(-1, Math.min(1, u));
    const error = 5 / Math.sqrt(draws); // five standard errors, of numbers whose deviation is 1
    sums.forEach(({ z, zz, y, yy }, i) => {
      const moment = (p: number): number => expectation(mean[i], std[i], (u) => bounded(u) ** p);
      expect(Math.abs(z)).toBeLessThan(error);
      expect(Math.abs(zz - 1)).toBeLessThan(error * Math.SQRT2);
      expect(Math.abs(y - moment(1))).toBeLessThan(error * Math.sqrt(moment(2) - moment(1) ** 2));
      expect(Math.abs(yy - moment(2))).toBeLessThan(error * Math.sqrt(moment(4) - moment(2) ** 2));
    });
    expect(stored[0]).toBe(0);
  });

  test.each(kinds)("%s: act stays within bounds, and reaches far in them", async (kind) => {
    const policy = await policyOf(odd, { kind, initialLogStd: 1 });
    const logStd = policy.parameters.find(({ variable }) => variable.name === "actor.logStd")!;
    policy.engine.write(logStd.variable, [2, 2, 2, 2]);
    const [center, half] = [centerOf(odd), halfOf(odd)];
    const furthest = [0, 0, 0, 0];
    for (let n = 0; n < 300; n++) {
      const action = policy.act(observation) as Float32Array;
      expect(contains(odd, action), action.join()).toBe(true);
      furthest.forEach((far, i) => (furthest[i] = Math.max(far, Math.abs(action[i] - center[i]) / half[i])));
    }
    for (const far of furthest) expect(far).toBeGreaterThan(0.999);
  });

  test.each(kinds)(
    "%s: the mode of mean 0 is the center, that of another mean lies where it stands for",
    async (kind) => {
      const policy = await policyOf(odd, { kind });
      const { mean } = policy.gaussian(observation);
      const bounded = kind === "squashed" ? Math.tanh : (u: number) => Math.max(-1, Math.min(1, u));
      const [center, half] = [centerOf(odd), halfOf(odd)];
      const expected = Array.from(mean, (m, i) => center[i] + half[i] * bounded(m));
      const found = policy.act(observation, { deterministic: true }) as Float32Array;
      found.forEach((a, i) => expect(Math.abs(a - expected[i]) / (Math.abs(expected[i]) + half[i])).toBeLessThan(1e-6));
      expect(Math.max(...mean.map(Math.abs))).toBeGreaterThan(0.1);

      for (const { variable } of policy.parameters) policy.engine.write(variable, policy.engine.read(variable).fill(0));
      expect(policy.act(observation, { deterministic: true })).toEqual(Float32Array.from(center));
    },
  );

  test.each(kinds)("%s: environments get the actions in their units, and log π is of the draws", async (kind) => {
    const policy = await policyOf(odd, { kind });
    const seen: number[][] = [];
    const env = (): Env => ({
      observationSpace: policy.observationSpace,
      actionSpace: odd,
      reset: () => ({ observation, info: {} }),
      step(action) {
        seen.push(Array.from(action as Float32Array));
        return { observation, reward: 0, terminated: false, truncated: false, info: {} };
      },
    });
    const player = createPlayer(createVectorEnv([env(), env()], new SeedSequence(1)), policy, new SeedSequence(2).spawn(2)); // prettier-ignore
    player.reset();
    const { parameters, u, logProb } = scored(odd, { kind });
    for (let t = 0; t < 20; t++) {
      player.step();
      for (const i of [0, 1])
        expect(seen[2 * t + i]).toEqual(Array.from(policy.head.toAction(player.actions, 4 * i) as Float32Array));
      const feeds = new Map<Tensor, ArrayLike<number>>([[parameters, player.distributions], [u, player.actions]]); // prettier-ignore
      expectClose(player.logProbs, runReference({ outputs: { logProb } }, feeds, 2).outputs.logProb, 1e-5);
    }
    expect(seen.every(([a]) => a >= 5 && a <= 35)).toBe(true);
    const firsts = seen.map(([a]) => a);
    expect(new Set(firsts).size).toBeGreaterThan(20);
    expect(Math.max(...firsts) - Math.min(...firsts)).toBeGreaterThan(15);
  });
});

describe("policy files and seeds", () => {
  const actionsOf = (policy: { act(o: number[]): unknown; seed(seed: number): void }, seed = 5): number[][] => {
    policy.seed(seed);
    return Array.from({ length: 20 }, () => Array.from(policy.act(observation) as Float32Array));
  };
  const cases = gaussianKinds.flatMap((kind) =>
    (["parameter", "network"] as const).map((logStd) => ({ kind, logStd })),
  );

  test.each(cases)("$kind, log σ of the $logStd: a saved policy does the same, seed for seed", async (options) => {
    const policy = await policyOf(odd, options);
    const loaded = (await loadPolicy(savePolicy(policy))) as ActorCritic;
    expect(loaded.gaussianOptions.kind).toBe(options.kind);
    const actions = actionsOf(policy);
    expect(actionsOf(loaded)).toEqual(actions);
    expect(actionsOf(loaded), "the same seed again").toEqual(actions);
    expect(actionsOf(loaded, 6), "another seed").not.toEqual(actions);
    expect(loaded.act(observation, { deterministic: true })).toEqual(policy.act(observation, { deterministic: true }));
    expect(savePolicy(loaded)).toEqual(savePolicy(policy));
  });

  test("a file that does not say how draws become actions is of version 0.1, which clipped them", async () => {
    const policy = await policyOf(odd, { kind: "squashed" });
    const { tensors, metadata } = decodeSafetensors(savePolicy(policy), "test");
    const description = JSON.parse(metadata.polgrad) as { gaussian?: { kind?: string } };
    expect(description.gaussian!.kind).toBe("squashed");
    const clipped = await policyOf(odd, { kind: "clipped" });
    for (const given of [{ logStd: "parameter" }, undefined]) {
      const old = encodeSafetensors([...tensors], { polgrad: JSON.stringify({ ...description, gaussian: given }) });
      const loaded = await loadPolicy(old);
      expect(actionsOf(loaded)).toEqual(actionsOf(clipped));
      expect(actionsOf(loaded)).not.toEqual(actionsOf(policy));
    }
  });

  test("option gaussian: reaches the policy, is seeded like all, and is one of the three", async () => {
    const options = { env: "Pendulum-v1", envs: 2, rollout: 32, hidden: [8], totalSteps: 128 };
    const shas: string[] = [];
    for (const kind of gaussianKinds) {
      const { policy, summary } = await trainPpo({ ...options, gaussian: kind, seed: 3 });
      expect((policy as ActorCritic).gaussianOptions.kind).toBe(kind);
      shas.push(summary.weightsSha256);
    }
    expect(new Set(shas).size).toBe(3);
    const [again, other] = [await trainPpo({ ...options, gaussian: "squashed", seed: 3 }), await trainPpo({ ...options, gaussian: "squashed", seed: 4 })]; // prettier-ignore
    expect(again.summary.weightsSha256).toBe(shas[2]);
    expect(other.summary.weightsSha256).not.toBe(shas[2]);
    await expect(trainPpo({ ...options, gaussian: "beta" as "clipped" })).rejects.toThrow(InputError);
  });
});
