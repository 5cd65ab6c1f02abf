import { expect, test } from "vitest";
import type { Data, Row } from "../../src/experiments/experiment.ts";
import { errorsOf, experiment } from "../../src/experiments/lecture/critic-underestimates.ts";
import { terracesMdp } from "../../src/experiments/small-mdps.ts";
import { expectCharts } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false }).verdict;

const exact: Row[] = (await experiment.carryOut({ exact: true }, {})).map((row) => ({ exact: true, ...row }));
const exactIds = ["formula", "next-state", "systematic", "lambda-removes", "costs-variance", "lasts-longer"];

test("biases are the hand-computed ones: γ times the next error less the own", () => {
  const [oneStep, everywhere] = exact.map(({ byStep }) => byStep as number[]);
  expect(oneStep.map((bias) => Number(bias.toFixed(9)))).toEqual([0, -0, -0.9, 1, -0]);
  expect(everywhere.map((bias) => Number(bias.toFixed(9)))).toEqual([0.1, 0.1, 0.1, 0.1, 1]);
});

test("a critic's error goes as a hand computes it", () => {
  // Two steps, an untrained policy: both terraces of a step are met half of the time and stay alike. With λ = 1 each
  // state's advantage is −e: e falls by the factor 1 − 0.1/2 an episode.
  const whole = errorsOf(terracesMdp({ length: 2 }), 1, 3, -1);
  expect(whole.map((error) => Number(error.toFixed(9)))).toEqual([1, 0.95, 0.9025, 0.857375]);
  // With λ = 0 the last step's e does the same, and the first one's goes by −0.05 (e − 0.9 e'): −1 + 0.05 · 0.1.
  const [, once] = errorsOf(terracesMdp({ length: 2 }), 0, 1, -1);
  expect(once).toBeCloseTo(Math.sqrt((0.995 ** 2 + 0.95 ** 2) / 2), 9);
});

test("exact claims come out as they are computed, and fail on other numbers", () => {
  const verdicts = exactIds.map((id) => [id, judge(id, exact)]);
  expect(Object.fromEntries(verdicts)).toEqual({
    formula: "supported",
    "next-state": "supported",
    systematic: "not supported", // too low everywhere, the advantage is too high
    "lambda-removes": "supported",
    "costs-variance": "supported",
    "lasts-longer": "supported",
  });
  const changed = (changes: Row) => exact.map((row) => ({ ...row, ...changes }));
  expect(judge("formula", changed({ formula: 0.1 }))).toBe("not supported");
  expect(judge("next-state", changed({ byStep: [0, 0, 0.5, 0, 0] }))).toBe("not supported");
  expect(judge("systematic", changed({ average: -0.1 }))).toBe("supported");
  expect(judge("lambda-removes", changed({ bias: [1, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1] }))).toBe("not supported");
  expect(judge("lambda-removes", changed({ bias: [1, 1.5, 0.4, 0.3, 0.2, 0.1, 0] }))).toBe("not supported");
  expect(judge("costs-variance", changed({ variance: [2, 1, 1, 1, 1, 1, 1] }))).toBe("not supported");
  expect(judge("lasts-longer", changed({ half: 20 }))).toBe("not supported");
});

/** Twenty seeds with mean and final returns by shift and λ. */
const runs = (of: (shift: number, lambda: number) => { average: number; final: number }, n = 20): Row[] =>
  Array.from({ length: n }, (_, i) =>
    [20, 0, -20].flatMap((shift) =>
      [0, 0.5, 0.95, 1].map((lambda) => {
        const { average, final } = of(shift, lambda);
        return { part: "cartpole", seed: i + 1, shift, lambda, average: average + (i % 5) / 5, final: final + (i % 5) / 5, value: shift + 30 }; // prettier-ignore
      }),
    ),
  ).flat();

test("claims about trainings follow the data", () => {
  const asTold = runs((shift, lambda) => ({ average: shift < 0 && lambda < 1 ? 10 : 100, final: shift < 0 && lambda < 1 ? 9 : 200 })); // prettier-ignore
  const reversed = runs((shift, lambda) => ({ average: shift < 0 && lambda > 0 ? 10 : 100, final: shift < 0 && lambda > 0 ? 9 : 200 })); // prettier-ignore
  for (const id of ["holds-back", "seeks-the-end"]) {
    expect(judge(id, asTold), id).toBe("supported");
    expect(judge(id, reversed), id).toBe("not supported");
    expect(judge(id, asTold.filter(({ seed }) => (seed as number) <= 2)), id).toBe("inconclusive"); // prettier-ignore
  }
});

test("its protocols are in order, and a trial runs from end to end", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const settings = { seed: 1, steps: 512, shifts: [-20] };
  const rows = (await experiment.carryOut(settings, {})).map((row): Row => ({ ...settings, ...row }));
  expect(rows.map(({ lambda }) => lambda)).toEqual([0, 0.5, 0.95, 1]);
  // The critic begins at the shift, and has not moved far in four updates.
  for (const { shift, value } of rows) expect(Math.abs((value as number) - (shift as number))).toBeLessThan(5);
  const others = [0, 20].flatMap((shift) => rows.map((row) => ({ ...row, shift })));
  const data: Data = { rows: [...exact, ...rows, ...others], quick: true };
  for (const { id, judge } of experiment.claims.slice(6)) expect(judge(data).verdict, id).toBe("inconclusive");
  expectCharts(experiment, data);
  expect(experiment.discussion!(data)).toContain("too high by 0.1, and that of the last step by 1");
});
