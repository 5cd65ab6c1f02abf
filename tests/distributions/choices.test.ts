// Distributions over choices (Discrete, MultiDiscrete, MultiBinary; with masks) against enumeration of all joint
// actions.

import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { actionHead, type Distribution } from "../../src/distributions/index.ts";
import { createActorCritic } from "../../src/policies/index.ts";
import { createGenerator, SeedSequence } from "../../src/random/index.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space } from "../../src/spaces/index.ts";
import { add, createEngine, gradients, input, mul, sum, type Tensor } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { backends } from "../tensor/backends.ts";
import { checkGradients, createRandom, expectClose, uniform } from "../tensor/compare.ts";

interface Case {
  space: Space;
  /** What the mask allows, of all choices in their order. */
  mask?: number[];
}

const cases: Record<string, Case> = {
  "Discrete(5)": { space: discrete(5) },
  "Discrete(6), masked": { space: discrete(6), mask: [0, 1, 1, 0, 1, 0] },
  "Discrete(4), one allowed": { space: discrete(4), mask: [0, 0, 1, 0] },
  "MultiDiscrete([3, 2, 4])": { space: multiDiscrete([3, 2, 4]) },
  "MultiDiscrete([3, 2, 4]), masked": { space: multiDiscrete([3, 2, 4]), mask: [1, 0, 1, 1, 1, 0, 0, 1, 1] },
  "MultiDiscrete([2, 3]), one allowed": { space: multiDiscrete([2, 3]), mask: [0, 1, 1, 0, 0] },
  "MultiDiscrete([1, 5])": { space: multiDiscrete([1, 5]) },
  "MultiBinary(1)": { space: multiBinary(1) },
  "MultiBinary(4)": { space: multiBinary(4) },
};

/** The alternatives of each component. */
function countsOf(space: Space): readonly number[] {
  switch (space.kind) {
    case "discrete":
      return [space.n];
    case "multiDiscrete":
      return space.counts;
    case "multiBinary":
      return Array<number>(space.n).fill(2);
    case "box":
      throw new Error("not finite");
  }
}

/** All joint actions, as they are stored. */
const jointActions = (counts: readonly number[]): number[][] =>
  counts.reduce<number[][]>(
    (all, count) => all.flatMap((action) => Array.from({ length: count }, (_, i) => [...action, i])),
    [[]],
  );

/** The probability of each alternative of each component, in float64 and by the definition. */
function alternatives(space: Space, logits: readonly number[], mask: readonly number[] | undefined): number[][] {
  if (space.kind === "multiBinary") return logits.map((z) => [1 / (1 + Math.exp(z)), 1 / (1 + Math.exp(-z))]);
  let start = 0;
  return countsOf(space).map((count) => {
    const part = logits.slice(start, start + count);
    const weights = part.map((z, i) => (mask && mask[start + i] === 0 ? 0 : Math.exp(z)));
    start += count;
    const total = weights.reduce((a, b) => a + b);
    return weights.map((w) => w / total);
  });
}

const product = (p: readonly number[][], action: readonly number[]): number =>
  action.reduce((probability, a, i) => probability * p[i][a], 1);

/** Rows of different logits. */
const settings = 3;

describe.each(Object.entries(cases))("%s", (_, { space, mask }) => {
  const head = actionHead(space);
  const actions = jointActions(countsOf(space));
  const rows = settings * actions.length;
  const table = (seed: number): number[][] => {
    const random = createRandom(seed);
    return Array.from({ length: settings }, () => Array.from(uniform(random, head.outputs, -3, 3), Math.fround));
  };
  /** Each row of a table once for each joint action. */
  const repeated = (rowsOf: number[][]): number[] => rowsOf.flatMap((row) => actions.flatMap(() => row));
  const [z, zOld] = [table(1), table(2)];

  const x = input("logits", ["rows", head.outputs]);
  const old = input("old", ["rows", head.outputs]);
  const action = input("actions", ["rows", head.actionSize]);
  const masks = mask && input("masks", ["rows", mask.length]);
  const policy: Distribution = head.distribution(x, masks);
  const kl = policy.klFrom(head.distribution(old, masks).parameters);
  const logProb = policy.logProb(action);
  const weight = input("weight", ["rows"]);
  const feeds = new Map<Tensor, ArrayLike<number>>([
    [x, repeated(z)],
    [old, repeated(zOld)],
    [action, Array.from({ length: settings }, () => actions).flat(2)],
    [weight, uniform(createRandom(3), rows)],
    ...(masks ? [[masks, repeated(z.map(() => mask))] as const] : []),
  ]);
  /** Joint probabilities of each row of logits. */
  const joint = (rowsOf: number[][]): number[][] =>
    rowsOf.map((row) => actions.map((a) => product(alternatives(space, row, mask), a)));
  const [p, pOld] = [joint(z), joint(zOld)];
  const possible = actions.map((_, a) => p[0][a] > 0);

  describe.each(backends)("on the $name", ({ name, run }) => {
    const tolerance = name === "reference" ? 1e-11 : 1e-5;
    const outputs = { logProb, entropy: policy.entropy(), kl, all: policy.probabilities! };
    const actual = run({ outputs }, feeds, rows).outputs;
    const at = (output: ArrayLike<number>, row: number, a: number): number => output[row * actions.length + a];

    test("log-probabilities are those of the definition, and the probabilities add up to 1", () => {
      for (let row = 0; row < settings; row++) {
        const found = actions.map((_, a) => Math.exp(at(actual.logProb, row, a)));
        expectClose(found, p[row], tolerance);
        expect(found.reduce((a, b) => a + b)).toBeCloseTo(1, name === "reference" ? 11 : 5);
        found.forEach((probability, a) => possible[a] || expect(probability).toBe(0));
      }
    });

    test("probabilities of all choices; exactly 0 where the mask forbids", () => {
      const width = head.distributionSize;
      for (let row = 0; row < settings; row++) {
        const found = Array.from(actual.all).slice(row * actions.length * width, (row * actions.length + 1) * width);
        const parts = alternatives(space, z[row], mask);
        expectClose(found, space.kind === "multiBinary" ? parts.map(([, one]) => one) : parts.flat(), tolerance);
        mask?.forEach((allowed, i) => allowed || expect(found[i]).toBe(0));
      }
    });

    test("entropy is −Σ π log π over joint actions, what is forbidden left out", () => {
      const sumOf = (row: number[]): number => row.reduce((h, q) => (q > 0 ? h - q * Math.log(q) : h), 0);
      p.forEach((row, i) => expectClose([at(actual.entropy, i, 0)], [sumOf(row)], tolerance));
    });

    test("KL is Σ π_old log(π_old/π) over joint actions", () => {
      p.forEach((row, i) => {
        const expected = row.reduce((d, q, a) => (q > 0 ? d + pOld[i][a] * Math.log(pOld[i][a] / q) : d), 0);
        expectClose([at(actual.kl, i, 0)], [expected], tolerance);
      });
    });

    test("no gradient reaches the logit of a forbidden choice, and none the old policy", () => {
      const terms = [mul(logProb, weight), mul(policy.entropy(), 0.3), kl];
      const loss = sum(terms.reduce((a, b) => add(a, b)));
      const [byLogits, byOld] = gradients(loss, [x, old]);
      const { outputs } = run({ outputs: { byLogits, byOld } }, feeds, rows);
      const allowed = Array.from(outputs.byLogits).every((g, i) => !mask || mask[i % mask.length] !== 0 || g === 0);
      expect(allowed).toBe(true);
      expect(Array.from(outputs.byLogits).some((g) => g !== 0)).toBe(true);
      expect(Array.from(outputs.byOld).every((g) => g === 0)).toBe(true);
    });

    test("E[∇ log π] = 0", () => {
      const [score] = gradients(sum(mul(logProb, weight)), [x]);
      const weights = new Map(feeds).set(weight, p.flat());
      const { outputs } = run({ outputs: { score } }, weights, rows);
      for (let row = 0; row < settings; row++)
        for (let j = 0; j < head.outputs; j++) {
          let mean = 0;
          actions.forEach((_, a) => (mean += outputs.score[(row * actions.length + a) * head.outputs + j]));
          expect(mean).toBeCloseTo(0, name === "reference" ? 12 : 5);
        }
    });
  });

  test("gradients and second derivatives of log π, entropy and KL by differences", () => {
    // Of the first joint action that is possible, and one row.
    const chosen = actions[possible.indexOf(true)];
    const fed = new Map<Tensor, ArrayLike<number>>([
      [x, z[0]],
      [old, zOld[0]],
      [action, chosen],
      ...(masks ? [[masks, mask] as const] : []),
    ]);
    checkGradients(logProb, fed, [x], { label: "log π" });
    checkGradients(policy.entropy(), fed, [x], { label: "entropy" });
    checkGradients(kl, fed, [x], { label: "KL" });
  });

  test("the parameters alone give the same distribution", () => {
    const again = head.fromParameters(policy.parameters);
    const outputs = { a: again.logProb(action), b: logProb, c: again.entropy(), d: policy.entropy() };
    const { a, b, c, d } = runReference({ outputs }, feeds, rows).outputs;
    expect(a).toEqual(b);
    expectClose(c, d, 1e-12);
  });

  test("actions are drawn with their probabilities (chi-squared), forbidden ones never; the mode is the likeliest", () => {
    const outputs = { probabilities: policy.probabilities! };
    const { probabilities } = runReference({ outputs }, feeds, rows).outputs;
    const generator = createGenerator(11);
    const draws = 20_000;
    const drawn = new Float32Array(head.actionSize);
    for (let row = 0; row < settings; row++) {
      const numbers = Float32Array.from(probabilities);
      const from = row * actions.length * head.distributionSize;
      const counts = new Map<string, number>();
      for (let i = 0; i < draws; i++) {
        head.sample(numbers, from, generator, drawn, 0);
        counts.set(drawn.join(), (counts.get(drawn.join()) ?? 0) + 1);
      }
      let chiSquared = 0;
      let freedom = -1;
      actions.forEach((a, i) => {
        const expected = draws * p[row][i];
        const count = counts.get(a.join()) ?? 0;
        if (expected === 0) expect(count).toBe(0);
        else {
          chiSquared += (count - expected) ** 2 / expected;
          freedom++;
        }
      });
      // The 99.9 % quantile, by Wilson and Hilferty's cube.
      const spread = 2 / (9 * freedom);
      expect(chiSquared).toBeLessThan(freedom > 0 ? freedom * (1 - spread + 3.09 * Math.sqrt(spread)) ** 3 : 1e-12);

      head.mode(numbers, from, drawn, 0);
      expect(p[row][actions.findIndex((a) => a.join() === drawn.join())]).toBe(Math.max(...p[row]));
    }
  });
});

test("far out, nothing overflows: the logits of a policy that is certain", () => {
  for (const space of [discrete(2), multiDiscrete([2, 2]), multiBinary(2)]) {
    const head = actionHead(space);
    const [x, action] = [input("logits", ["rows", head.outputs]), input("a", ["rows", head.actionSize])];
    const policy = head.distribution(x);
    const loss = add(sum(policy.logProb(action)), sum(policy.entropy()));
    const outputs = {
      logProb: policy.logProb(action),
      entropy: policy.entropy(),
      kl: policy.klFrom(policy.parameters),
      gradient: gradients(loss, [x])[0],
    };
    const logits = Array.from({ length: head.outputs }, (_, i) => (i % 2 ? 200 : -200));
    for (const { run } of backends) {
      const zeros = Array<number>(head.actionSize).fill(0);
      const feeds = new Map<Tensor, number[]>([[x, logits], [action, zeros]]); // prettier-ignore
      const found = run({ outputs }, feeds, 1).outputs;
      for (const [name, values] of Object.entries(found))
        expect(Array.from(values).every(Number.isFinite), `${space.kind}: ${name}`).toBe(true);
      expect(found.entropy[0]).toBeCloseTo(0, 10);
      expect(found.kl[0]).toBe(0);
    }
  }
});

test("a policy draws what its mask allows; a mask that fits no action is an InputError", async () => {
  const spaces = { observationSpace: box(-1, 1, [2]), seed: new SeedSequence(2) };
  const policy = createActorCritic(await createEngine(), {
    ...spaces,
    actionSpace: multiDiscrete([2, 3]),
    masked: true,
  });
  const observation = [0.5, -0.5];
  const mask = [0, 1, 1, 0, 1];
  const drawn = new Set(Array.from({ length: 200 }, () => String(policy.act(observation, { mask }))));
  expect([...drawn].sort()).toEqual(["1,0", "1,2"]);
  const probabilities = policy.probabilities(observation, { mask });
  expect(Array.from(probabilities, (p) => p > 0)).toEqual([false, true, true, false, true]);
  expect(policy.probabilities(observation)).toEqual(policy.probabilities(observation, { mask: [1, 1, 1, 1, 1] }));
  expect(() => policy.act(observation, { mask: [1, 1, 0, 0, 0] })).toThrow(
    new InputError("the action mask forbids every choice of component 1"),
  );
  expect(() => policy.act(observation, { mask: [1, 1] })).toThrow("the action mask has 2 entries, but");
});
