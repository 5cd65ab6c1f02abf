// What an RLHF warns of: a sampler that is not the scorer, a biased penalty, updates that learned nothing; once each.

import { describe, expect, test } from "vitest";
import { createRlhfWarnings, isPersistentlyNegative } from "../../src/language/warnings.ts";
import { createRandom, uniform } from "../tensor/compare.ts";

/** log p of each word, with logits divided by a temperature and all but the `topK` likeliest left out. */
function distribution(logits: ArrayLike<number>, temperature = 1, topK = logits.length): number[] {
  const least = [...Array.from(logits)].sort((a, b) => b - a)[topK - 1];
  const x = Array.from(logits, (z) => (z >= least ? z / temperature : -Infinity));
  const logSum = Math.log(x.reduce((total, z) => total + Math.exp(z), 0));
  return x.map((z) => z - logSum);
}

const random = createRandom(7);
const reference = uniform(random, 20, -1, 1);
const policy = reference.map((x) => 2.5 * x);

/** The KL of updates of 64 texts of 10 tokens each, drawn from one distribution and scored by others. */
const sampled = (drawn: readonly number[], scored: readonly number[], ofReference: readonly number[], updates: number) =>
  Array.from({ length: updates }, () => {
    const texts = Array.from({ length: 64 }, () => {
      let kl = 0;
      for (let t = 0; t < 10; t++) {
        let left = random();
        let token = 0;
        while (token < 19 && (left -= Math.exp(drawn[token])) >= 0) token++;
        kl += scored[token] - ofReference[token];
      }
      return kl;
    });
    const kl = texts.reduce((a, b) => a + b) / 64;
    return { kl, klError: Math.sqrt(texts.reduce((s, x) => s + (x - kl) * (x - kl), 0) / 63 / 64) };
  }); // prettier-ignore

describe("a sampled KL that stays below 0", () => {
  const [p, q] = [distribution(policy), distribution(reference)];
  const alarms = (updates: readonly { kl: number; klError: number }[]): number =>
    updates.filter((_, i) => isPersistentlyNegative(updates.slice(0, i + 1))).length;

  test("is told where texts are drawn at another temperature than they are scored at", () => {
    expect(alarms(sampled(distribution(policy, 4), p, q, 10))).toBe(6);
  });
  test("or from fewer tokens", () => {
    const low = distribution(policy.map((x) => -x)); // what is drawn has become unlikely
    expect(alarms(sampled(distribution(reference, 1, 5), low, q, 10))).toBe(6);
  });
  test("is not told where it is chance, or true", () => {
    expect(alarms(sampled(p, p, q, 50))).toBe(0);
    expect(alarms(sampled(q, q, q, 50))).toBe(0);
    const near = distribution(reference.map((x, i) => x + 0.02 * Math.sin(i))); // a KL of 1e-4 a token
    expect(alarms(sampled(near, near, q, 300))).toBe(0);
  });
  test("needs five updates in a row, and more than chance in all of them together", () => {
    const below = { kl: -1, klError: 0.5 };
    expect(isPersistentlyNegative(Array(5).fill(below) as (typeof below)[])).toBe(true); // −5 ± 1.1
    expect(isPersistentlyNegative(Array(4).fill(below) as (typeof below)[])).toBe(false);
    expect(isPersistentlyNegative([below, below, { kl: 0, klError: 0.01 }, below, below])).toBe(false);
    expect(isPersistentlyNegative([{ kl: 9, klError: 1 }, ...(Array(5).fill(below) as (typeof below)[])])).toBe(true);
    expect(isPersistentlyNegative(Array(5).fill({ kl: -1, klError: 0.6 }) as (typeof below)[])).toBe(false); // −5 ± 1.34
    expect(isPersistentlyNegative(Array(5).fill({ kl: -1, klError: 0 }) as (typeof below)[])).toBe(false); // of single texts
  });
});

describe("warnings", () => {
  const options = { klPenalty: "k1-in-reward", klCoefficient: 0.1, missingEnd: "subtract" } as const;
  const good = { kl: 1, klError: 0.1, ended: 1 };
  const bad = { kl: -1, klError: 0.1, ended: 1 };

  test("name top-k, top-p and the temperature, once, in a run that is resumed too", () => {
    const warnings = createRlhfWarnings(options);
    for (let i = 0; i < 3; i++) expect(warnings.after(bad)).toEqual([]);
    const resumed = createRlhfWarnings(options);
    resumed.setState(JSON.parse(JSON.stringify(warnings.getState())));
    expect(resumed.after(bad)).toEqual([]);
    expect(resumed.after(bad)).toEqual([expect.stringMatching(/^kl has been below 0 for 5 updates.*Top-k, top-p and the temperature/)]); // prettier-ignore
    expect(resumed.after(bad)).toEqual([]);
    const again = createRlhfWarnings(options);
    again.setState(JSON.parse(JSON.stringify(resumed.getState())));
    expect(again.after(bad)).toEqual([]);
    expect(warnings.after(good)).toEqual([]); // what was resumed from has a state of its own
  });

  test("of a biased penalty, where it has a weight", () => {
    for (const klPenalty of ["k1-in-loss", "k3-in-loss"] as const) {
      const warnings = createRlhfWarnings({ ...options, klPenalty });
      expect(warnings.after(good)).toEqual([expect.stringContaining(`the KL penalty "${klPenalty}" is biased: its expected gradient is`)]); // prettier-ignore
      expect(warnings.after(good)).toEqual([]);
      expect(createRlhfWarnings({ ...options, klPenalty, klCoefficient: 0 }).after(good)).toEqual([]);
    }
    for (const klPenalty of ["k1-in-reward", "k2-in-loss", "weighted-k3-in-loss"] as const)
      expect(createRlhfWarnings({ ...options, klPenalty }).after(good)).toEqual([]);
  });

  test("of an update from which all texts were left out", () => {
    const warnings = createRlhfWarnings({ ...options, missingEnd: "leave-out" });
    expect(warnings.after({ ...good, ended: 0.01 })).toEqual([]);
    expect(warnings.after({ ...good, ended: 0 })).toEqual([expect.stringContaining("no text of this update came to its end")]); // prettier-ignore
    expect(createRlhfWarnings(options).after({ ...good, ended: 0 })).toEqual([]);
  });
});
