import { beforeAll, expect, test } from "vitest";
import { experiment } from "../../src/experiments/lecture/ppo-objective.ts";
import type { Row } from "../../src/experiments/experiment.ts";
import { expectPage } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false });

let exact: readonly Row[];
beforeAll(async () => (exact = await experiment.carryOut({ exact: true }, {})));

const wrong = (wanted: Readonly<Record<string, unknown>>, change: Row): Row[] =>
  exact.map((row) => (Object.entries(wanted).every(([name, value]) => row[name] === value) ? { ...row, ...change } : row)); // prettier-ignore

test("the four cases, by hand", () => {
  const slope = (ratio: number, advantage: number, column = "slope") =>
    0 + (exact.find((row) => row.kind === "case" && row.ratio === ratio && row.advantage === advantage)![column] as number); // prettier-ignore
  expect([0.5, 0.9, 1, 1.1, 1.5].map((ratio) => slope(ratio, 1))).toEqual([1, 1, 1, 1, 0]);
  expect([0.5, 0.9, 1, 1.1, 1.5].map((ratio) => slope(ratio, -1))).toEqual([0, -1, -1, -1, -1]);
  expect([0.5, 1.1, 1.5].map((ratio) => slope(ratio, -1, "symmetricSlope"))).toEqual([0, -1, 0]);
  const shape = exact.find(({ kind, advantage, objective }) => kind === "shape" && advantage === -1 && objective === "min")!; // prettier-ignore
  const at = (ratio: number) => (shape.values as number[])[Math.round(20 * ratio)];
  expect([at(0), at(1), at(2)]).toEqual([-0.8, -1, -2]);
});

test("exact claims hold, and fail where numbers are wrong", () => {
  for (const id of ["four-cases", "pessimistic", "mistake-stays"])
    expect(judge(id, exact).verdict, id).toBe("supported");
  expect(judge("four-cases", wrong({ kind: "case", ratio: 1.5, advantage: 1 }, { slope: 1e-30 })).verdict).toBe("not supported"); // prettier-ignore
  expect(judge("four-cases", wrong({ kind: "case", ratio: 1.5, advantage: -1 }, { engineSlope: 0 })).verdict).toBe("not supported"); // prettier-ignore
  expect(judge("pessimistic", wrong({ kind: "excess", objective: "min" }, { largest: 0.1 })).verdict).toBe("not supported"); // prettier-ignore
  const stays = { kind: "bandit", objective: "symmetric" };
  expect(judge("mistake-stays", wrong(stays, { largestGradient: 1e-9 })).verdict).toBe("not supported");
  expect(judge("mistake-stays", wrong(stays, { probabilities: [0.8, 0.7] })).verdict).toBe("not supported");
  expect(judge("mistake-stays", wrong({ kind: "bandit", objective: "min" }, { probabilities: [0.8, 0.7] })).verdict).toBe("not supported"); // prettier-ignore
});

/** Trainings with mean returns and shares of stuck steps, at all learning rates. */
const runs = (objective: string, average: number, stuck: number, n = 20): Row[] =>
  [0.001, 0.003, 0.01].flatMap(
    (rate) =>
    Array.from({ length: n }, (_, i) => ({ objective, rate, seed: i + 1, average: average + ((i * 7) % 20), stuck: stuck + 0.001 * ((i * 7) % 20), final: average })), // prettier-ignore
  );

test("claims about trainings follow the data, and fail where data say the opposite", () => {
  const asTold = [...runs("min", 300, 0.05), ...runs("symmetric", 150, 0.2)];
  const reversed = [...runs("min", 150, 0.2), ...runs("symmetric", 300, 0.05)];
  const few = [...runs("min", 300, 0.05, 3), ...runs("symmetric", 150, 0.2, 3)];
  for (const id of ["more-stuck", "costs-return"]) {
    expect(judge(id, asTold).verdict, id).toBe("supported");
    expect(judge(id, reversed).verdict, id).toBe("not supported");
    expect(judge(id, few).verdict, id).toBe("inconclusive");
  }
});

test("its protocols are in order, and trials train", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const rows = [...exact];
  for (const objective of ["min", "symmetric"]) {
    const settings = { objective, seed: 1, steps: 2048 };
    rows.push(...(await experiment.carryOut(settings, {})).map((row) => ({ ...settings, ...row })));
  }
  const trained = rows.filter(({ rate }) => rate !== undefined);
  expect(trained).toHaveLength(6);
  for (const { stuck } of trained) expect(stuck).toBeLessThan(0.5);
  expect(trained[0].average).not.toBe(trained[3].average);
  expect(judge("costs-return", rows).verdict).toBe("inconclusive");
  expectPage(experiment, { rows, quick: true });
});
