import { expect, test } from "vitest";
import type { Data, Row, Settings } from "../../src/experiments/experiment.ts";
import { experiment } from "../../src/experiments/lecture/advantage-estimators.ts";
import { expectCharts } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false }).verdict;

const carryOut = async (settings: Settings) => (await experiment.carryOut(settings, {})).map((row): Row => ({ ...settings, ...row })); // prettier-ignore

const right = await carryOut({ reach: true });
const constant = await carryOut({ kind: "constant", seeds: 1 });
const computed = [...right, ...constant, ...(await carryOut({ kind: "one-sided", seeds: 1 }))];

test("a constant error c biases TD(0) by −(1 − γ)c, and by −c where the episode ends", () => {
  // Of five steps four go on: the mean square is (4 · 0.1² + 1) / 5 of c².
  const { "n bias": biases } = constant.find(({ size }) => size === 2)!;
  expect((biases as number[])[0]).toBeCloseTo(2 * Math.sqrt((4 * 0.01 + 1) / 5), 9);
  expect((biases as number[]).at(-1)).toBeCloseTo(2, 9);
});

test("exact claims come out as they are computed", () => {
  const verdicts = Object.fromEntries(experiment.claims.map(({ id }) => [id, judge(id, computed)]));
  expect(verdicts).toMatchObject({
    "right-critic": "supported",
    "td-biased": "not supported", // a constant error leaves the gradient alone
    "monte-carlo-estimate": "not supported",
    "monte-carlo-gradient": "supported",
    "variance-rises": "not supported", // V(s') of a one-sided critic is noise
    "baseline-bootstraps": "not supported",
  });
});

/** Critics of each kind whose biases fall and whose variances rise, but for what is changed. */
const made = (changes: Readonly<Record<string, number[]>> = {}): Row[] => {
  const n = { "n bias": [4, 3, 2, 1, 0], "n variance": [1, 2, 3, 4, 5], "n gradientBias": [4, 3, 2, 1, 0], "n gradientVariance": [1, 2, 3, 4, 5] }; // prettier-ignore
  const lambda = { "λ bias": [6, 5, 4, 3, 2, 1, 0], "λ variance": [1, 2, 3, 4, 5, 6, 7], "λ gradientBias": [6, 5, 4, 3, 2, 1, 0], "λ gradientVariance": [1, 2, 3, 4, 5, 6, 7] }; // prettier-ignore
  const wrong = ["constant", "shrunk", "one-sided", "random"].flatMap((kind) =>
    [0.25, 0.5, 1, 2].map((size) => ({ part: "critic", kind, size, ...n, ...lambda, ...changes })),
  );
  const zeros = Array<number>(7).fill(0);
  const right = { part: "critic", kind: "constant", size: 0, ...n, ...lambda, "n bias": zeros, "λ bias": zeros, "λ gradientBias": zeros, ...changes }; // prettier-ignore
  return [right, ...wrong, { part: "reach", name: "G − V", moves: 0.9 }, { part: "reach", name: "δ", moves: 0.9 }];
};

test("claims follow the data, and fail where data say the opposite", () => {
  for (const { id } of experiment.claims) expect(judge(id, made()), id).toBe("supported");
  const fails = (id: string, changes: Readonly<Record<string, number[]>>) =>
    expect(judge(id, made(changes)), `${id} ${JSON.stringify(changes)}`).toBe("not supported");
  fails("right-critic", { "n variance": [5, 4, 3, 2, 1] });
  fails("right-critic", { "n bias": [1, 0, 0, 0, 0] });
  fails("td-biased", { "n gradientBias": [0, 0, 0, 0, 0] });
  fails("monte-carlo-estimate", { "n bias": [4, 3, 2, 1, 1] });
  fails("monte-carlo-gradient", { "n gradientBias": [4, 3, 2, 1, 1] });
  fails("bias-falls", { "λ gradientBias": [6, 5, 4, 5, 2, 1, 0] });
  fails("bias-falls", { "n gradientBias": [1, 2, 2, 1, 0] });
  fails("variance-rises", { "n variance": [1, 2, 1, 4, 5] });
  fails("gae-between", { "λ variance": [2, 1, 3, 4, 5, 6, 7] });
  expect(judge("baseline-bootstraps", right)).toBe("not supported");
});

test("its protocols are in order, and what is computed can be drawn and told", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const others = ["shrunk", "random"].flatMap((kind) => constant.map((row) => ({ ...row, kind })));
  const data: Data = { rows: [...computed, ...others], quick: true };
  expectCharts(experiment, data);
  expect(experiment.discussion!(data)).toContain("0 at an error of 0, ");
  expect(experiment.discussion!({ rows: made(), quick: true })).toContain("No critic here is so wrong");
});
