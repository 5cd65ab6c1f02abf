import { expect, test } from "vitest";
import { outcomesOf, verdicts } from "../../src/cli/rlhf-verdict.ts";
import type { reviews } from "../../src/language/index.ts";

const start = { iteration: 1, truth: -0.1, proxy: 0, kl: 0, wellFormed: 0.98, distinct: 1, length: 17, entropy: 1.5 };
const run = (klCoefficient: number, truth: number, wellFormed: number): reviews.ReviewsRun => ({
  ...start,
  klCoefficient,
  truth,
  wellFormed,
  proxy: 2.5,
  kl: 10,
  truthPeak: 1.8,
  steps: [start],
  samples: [],
});

test("says in numbers that one was hacked and another was not", () => {
  const lines = verdicts(outcomesOf([run(0, -0.4, 0.5), run(0.03, 1.7, 0.97)]));
  expect(lines[0]).toBe(
    "β = 0 was hacked: reward 2.50, truth -0.40, which is 2.20 below its peak, at 10.0 nats from the reference; " +
      "50 % of the texts are well-formed, 100 % of their clauses distinct",
  );
  expect(lines[1]).toMatch(/^β = 0.03 was not hacked: reward 2.50, truth 1.70, /);
  expect(lines.at(-1)).toBe("So β = 0 was hacked, and β = 0.03 was not.");
});

test("says that neither can be said", () => {
  const lines = verdicts(outcomesOf([run(0, 1.2, 0.98), run(0.03, 1.4, 0.98)]));
  expect(lines[0]).toMatch(/^β = 0 is open: neither hacked nor held by the limits: /);
  expect(lines.at(-1)).toBe("So these runs do not show both that β = 0 is hacked and that a larger β is not.");
});

test("gives intervals over seeds, and no conclusion about a β = 0 that was not run", () => {
  const lines = verdicts(outcomesOf([run(0.03, 1.7, 0.97), run(0.03, 1.72, 0.97)]));
  expect(lines[0]).toContain("truth 1.71 ± 0.13, ");
  expect(lines).toHaveLength(3);
});
