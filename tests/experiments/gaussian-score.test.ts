import { expect, test } from "vitest";
import type { Row } from "../../src/experiments/experiment.ts";
import { experiment } from "../../src/experiments/lecture/gaussian-score.ts";
import { expectPage, judgeOf } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = judgeOf(experiment);
const exact = await experiment.carryOut({ exact: true }, {});
const kind = (name: string) => exact.filter((row) => row.kind === name);

test("what is exact holds, with numbers known in closed form", () => {
  for (const id of ["formula", "direction", "size", "entropy"]) expect(judge(id, exact).verdict, id).toBe("supported");
  const two = kind("size").find(({ sigma }) => sigma === 2)!;
  expect(two.given).toBeCloseTo(0.25, 12); // (1.5 − 0.5) / 2²
  expect(two.own).toBeCloseTo(0.3989422804, 9); // √(2/π) / 2
  expect(two.weighted).toBeCloseTo(1, 9); // E|(a − μ)²/σ²|
  const one = kind("entropy").filter(({ sigma }) => sigma === 1);
  expect(one.map(({ mu }) => mu)).toEqual([-3, 0, 4]);
  for (const { integral } of one) expect(integral).toBeCloseTo(1.4189385332, 9); // ½ log 2πe
});

test("exact claims fail where numbers are off", () => {
  const changed = (name: string, change: (row: Row) => Row) => exact.map((row) => (row.kind === name ? change(row) : row)); // prettier-ignore
  const off: Record<string, readonly Row[]> = {
    formula: changed("score", (row) => ({ ...row, difference: 1e-6 })),
    direction: changed("sign", (row) => ({ ...row, right: 999 })),
    size: changed("size", (row) => ({ ...row, own: 1 / ((row.sigma as number) * (row.sigma as number)) })),
    entropy: changed("entropy", (row) => ({ ...row, entropy: (row.entropy as number) + 1e-3 * (row.mu as number) })),
  };
  for (const [id, rows] of Object.entries(off)) expect(judge(id, rows).verdict, id).toBe("not supported");
});

/** Trainings of seeds 1 … n: σ goes from 1 to `end`, and correlations are around `moved`. */
const runs = (n: number, end: number, moved: number): Row[] =>
  Array.from({ length: n }, (_, i): Row[] => {
    const noise = ((i * 7) % n) / (10 * n);
    return [
      { kind: "run", logStd: "parameter", seed: i + 1, std: [1, end + noise] },
      { kind: "run", logStd: "network", seed: i + 1, std: [1, end], spread: 1.5, score: -0.2, term: 0, moved: moved + noise }, // prettier-ignore
    ];
  }).flat();

test("claims of trainings follow the data, and the text with them", () => {
  for (const [id, asTold, opposite] of [
    ["focuses", runs(10, 0.5, 0), runs(10, 1.2, 0)],
    ["smaller-updates", runs(10, 1, -0.5), runs(10, 1, 0.3)],
  ] as const) {
    expect(judge(id, asTold).verdict, id).toBe("supported");
    expect(judge(id, opposite).verdict, id).toBe("not supported");
    expect(judge(id, asTold.slice(0, 8)).verdict, id).toBe("inconclusive"); // four seeds
  }
  const text = (moved: number) => experiment.discussion!({ rows: [...exact, ...runs(10, 1, moved)], quick: false });
  expect(text(0.3)).toContain("moves further where");
  expect(text(-0.5)).toContain("does move less where");
  expect(text(-0.045)).toContain("nothing certain");
});

test("its protocols are in order, and trials train", { timeout: 20_000 }, async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const rows = [...exact];
  for (const logStd of ["parameter", "network"]) {
    const settings = { logStd, seed: 1, steps: 8192 };
    for (const row of await experiment.carryOut(settings, {})) rows.push({ ...settings, ...row });
  }
  const [one, network] = rows.slice(-2);
  expect(one.std).toHaveLength(2);
  expect(network.spread).toBeGreaterThan(1);
  expect(Math.abs(network.moved as number)).toBeLessThan(1);
  const found = expectPage(experiment, { rows, quick: true });
  expect(found.focuses.verdict).toBe("inconclusive");
});
