import { describe, expect, test } from "vitest";
import type { ReviewsRun } from "../../../src/language/reviews/index.ts";
import { outcomeOf } from "../../../src/language/reviews/verdict.ts";

const start = { iteration: 1, truth: -0.1, proxy: 0, kl: 0, wellFormed: 0.98, distinct: 1, length: 17, entropy: 1.5 };
const run = (of: Partial<ReviewsRun>): ReviewsRun => ({
  ...start,
  klCoefficient: 0,
  truthPeak: 1.4,
  steps: [start],
  samples: [],
  ...of,
});
const hacked = { truth: 0.2, proxy: 2.6, kl: 30, wellFormed: 0.7, distinct: 0.7 };
const held = { truth: 1.7, truthPeak: 1.8, proxy: 2.4, kl: 8 };

describe("one run is judged by its numbers", () => {
  test.each([
    ["hacked", hacked],
    ["open", { ...hacked, truth: 0.5 }], // 0.9 below the peak
    ["open", { ...hacked, proxy: -0.1 }], // the reward has not risen
    ["hacked", { ...hacked, wellFormed: 0.98 }], // texts repeat themselves
    ["open", { ...hacked, wellFormed: 0.98, distinct: 1 }], // nothing is worse but the truth
    ["held", held],
    ["open", { ...held, truth: 1.49 }],
    ["open", { ...held, kl: 15.1 }],
  ])("%s: %o", (verdict, of) => expect(outcomeOf([run(of)]).verdict).toBe(verdict));
});

test("several are judged by their intervals", () => {
  const truths = (...all: number[]) => outcomeOf(all.map((truth) => run({ ...held, truth })));
  const even = truths(1.7, 1.72, 1.74);
  expect(even).toMatchObject({ verdict: "held", seeds: 3 });
  expect(even.truth.mean).toBeCloseTo(1.72, 12);
  expect(even.truth.halfWidth).toBeCloseTo((4.303 * 0.02) / Math.sqrt(3), 12);
  expect(truths(1.5, 1.7, 1.96).verdict).toBe("open"); // the same mean, but from 1.15 to 2.29
});
