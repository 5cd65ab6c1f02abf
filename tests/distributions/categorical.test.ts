// The categorical distribution against enumeration in float64; sampling against its probabilities.

import { describe, expect, test } from "vitest";
import { categorical, modeIndex, sampleIndex } from "../../src/distributions/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { gradients, input, mul, sum, type Tensor } from "../../src/tensor/index.ts";
import { backends } from "../tensor/backends.ts";
import { createRandom, expectClose, uniform } from "../tensor/compare.ts";

function softmax(logits: readonly number[]): number[] {
  const e = logits.map((z) => Math.exp(z));
  const total = e.reduce((a, b) => a + b);
  return e.map((x) => x / total);
}

describe.each(backends)("on the $name", ({ name, run }) => {
  const tolerance = name === "reference" ? 1e-12 : 1e-5;

  test.each([1, 2, 5, 18])("log-probability, entropy and KL of %i actions by enumeration", (n) => {
    const rows = 7;
    const random = createRandom(n);
    const table = (): number[][] => Array.from({ length: rows }, () => Array.from(uniform(random, n, -3, 3), Math.fround)); // prettier-ignore
    const [z, zOld] = [table(), table()];
    const actions = Array.from({ length: rows }, (_, i) => i % n);
    const [logits, oldLogits, action] = [input("logits", ["rows", n]), input("old", ["rows", n]), input("a", ["rows"])];
    const policy = categorical(logits);
    const kl = policy.klFrom(categorical(oldLogits).parameters);
    const [byOld] = gradients(sum(kl), [oldLogits]);
    const outputs = { all: policy.parameters, chosen: policy.logProb(action), entropy: policy.entropy(), kl, byOld }; // prettier-ignore
    const feeds = new Map<Tensor, number[]>([[logits, z.flat()], [oldLogits, zOld.flat()], [action, actions]]); // prettier-ignore
    const actual = run({ outputs }, feeds, rows).outputs;
    const [pi, old] = [z.map(softmax), zOld.map(softmax)];
    const sumOf = (f: (p: number, q: number) => number): number[] =>
      pi.map((row, i) => row.reduce((total, p, a) => total + f(p, old[i][a]), 0));
    expectClose(actual.all, pi.flat().map(Math.log), tolerance, "log π");
    expectClose(actual.chosen, actions.map((a, i) => Math.log(pi[i][a])), tolerance, "log π(a)"); // prettier-ignore
    expectClose(actual.entropy, sumOf((p) => -p * Math.log(p)), tolerance, "entropy"); // prettier-ignore
    expectClose(actual.kl, sumOf((p, q) => q * Math.log(q / p)), tolerance, "KL(old ‖ new)"); // prettier-ignore
    expect(
      Array.from(actual.byOld).every((v) => v === 0),
      "the old policy is a constant",
    ).toBe(true);
  });

  test("E[∇ log π(a) · b] = 0 for any b", () => {
    const logits = input("logits", ["rows", 3]);
    const [action, weight] = [input("a", ["rows"]), input("w", ["rows"])];
    const [g] = gradients(sum(mul(categorical(logits).logProb(action), weight)), [logits]);
    const z = [0.3, -1, 2];
    const pi = softmax(z);
    const feeds = new Map<Tensor, number[]>([[logits, [...z, ...z, ...z]], [action, [0, 1, 2]], [weight, pi.map((p) => 5 * p)]]); // prettier-ignore
    const { g: rows } = run({ outputs: { g } }, feeds, 3).outputs;
    for (let j = 0; j < 3; j++) expect(rows[j] + rows[3 + j] + rows[6 + j]).toBeCloseTo(0, 5);
  });
});

describe("sampling", () => {
  test("frequencies are the probabilities (chi-squared)", () => {
    const probabilities = Float32Array.of(9, 9, 0.1, 0.2, 0, 0.4, 0.3, 9); // four of them, in the middle of an array
    const generator = createGenerator(5);
    const draws = 40_000;
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < draws; i++) counts[sampleIndex(probabilities, 2, 5, generator)]++;
    expect(counts[2]).toBe(0);
    const chiSquared = [0, 1, 3, 4].reduce((total, i) => {
      const expected = draws * probabilities[2 + i];
      return total + (counts[i] - expected) ** 2 / expected;
    }, 0);
    expect(chiSquared).toBeLessThan(16.3); // 99.9 % of 3 degrees of freedom
  });

  test("each action has its interval of the generator's number, in order", () => {
    const at = (u: number): number => sampleIndex(Float32Array.of(0.25, 0.5, 0.25), 0, 3, { random: () => u } as never);
    expect([0, 0.2499, 0.25, 0.7499, 0.75, 0.9999].map(at)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test("an impossible action is never drawn, also where rounding leaves a remainder", () => {
    const at = (p: number[], u: number): number => sampleIndex(Float32Array.from(p), 0, p.length, { random: () => u } as never); // prettier-ignore
    const almost = 1 - 2 ** -53;
    expect(at([0.3, 0.7, 0], almost)).toBe(1);
    expect(at([0.1, 0.2, 0.7, 0, 0], almost)).toBe(2);
    expect(at([0, 0, 1], 0)).toBe(2);
    expect(at([1, 0, 0], almost)).toBe(0);
    expect(at([1], almost)).toBe(0);
    expect(at([0.3, 0.3, 0.3999], almost)).toBe(2); // what is missing to 1 is spread over all
  });

  test("mode: the first of the largest", () => {
    const probabilities = Float32Array.of(0.9, 0.1, 0.4, 0.4, 0.1, 0.9);
    expect(modeIndex(probabilities, 1, 4)).toBe(1);
    expect(modeIndex(probabilities, 0, 6)).toBe(0);
    expect(modeIndex(probabilities, 4, 2)).toBe(1);
  });
});
