import { expect, test } from "vitest";
import type { Row } from "../../src/experiments/experiment.ts";
import { arms, experiment } from "../../src/experiments/lecture/entropy-bonus.ts";
import { expectPage, judgeOf } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = judgeOf(experiment);
const exact = await experiment.carryOut({ exact: true }, {});

test("what is exact holds, with numbers known in closed form", () => {
  expect(judge("vanishes", exact).verdict).toBe("supported");
  expect(judge("uniform", exact).verdict).toBe("supported");
  const three = exact.find(({ odds }) => odds === 3)!;
  const p = 1 / (1 + Math.exp(3));
  expect(three.reward).toBeCloseTo(p * (1 - p), 12);
  expect(three.entropy).toBeCloseTo(3 * p * (1 - p), 12);
});

test("exact claims fail where numbers are off", () => {
  const flat = exact.map((row) => (row.kind === "two" ? { ...row, reward: 0.25 } : row));
  expect(judge("vanishes", flat).verdict).toBe("not supported");
  const wrong = exact.map((row) => (row.kind === "uniform" ? { ...row, right: 299 } : row));
  expect(judge("uniform", wrong).verdict).toBe("not supported");
});

test("a bandit has one arm that pays 1, drawn with the others from its seed", () => {
  const { best, make } = arms(16, 3);
  const pays = Array.from({ length: 16 }, (_, arm) => make().step(arm).reward);
  expect(pays[best]).toBe(1);
  expect(Math.max(...pays.filter((_, arm) => arm !== best))).toBeLessThan(0.9);
  expect(arms(16, 3).make().step(0).reward).toBe(pays[0]);
  expect(arms(16, 4).make().step(0).reward).not.toBe(pays[0]);
});

/** Numbers of n seeds for each part and coefficient: shares that end badly, entropies, returns. */
function runs(
  n: number,
  { bad, entropy, returns, missed, pole }: Record<string, Readonly<Record<string, number>>>,
): Row[] {
  return Array.from({ length: n }, (_, i): Row[] => {
    const noise = ((i * 7) % n) / n;
    const fails = (share: number) => Number(noise < share);
    const curve = { returns: Array<number>(25).fill(0), entropies: Array<number>(25).fill(1), steps: 1000 };
    return [
      ...[0, 0.001, 0.01, 0.1].map((c) => ({ part: "lake", coefficient: c, entropy: entropy[c] + noise / 10, final: returns[c] + noise / 10, collapsed: fails(bad[c]), ...curve })), // prettier-ignore
      ...[0, 0.01, 0.1].map((c) => ({ part: "cliff", coefficient: c, episodes: 1 - fails(bad[c]), final: -20, collapsed: 0 })), // prettier-ignore
      ...[0, 0.01].map((c) => ({ part: "pole", coefficient: c, average: pole[c] + 10 * noise, collapsed: 0 })),
      ...[4, 16, 64].flatMap((n) =>
        [0, 0.01].map((c) => ({ part: "arms", arms: n, coefficient: c, collapsed: fails(missed[`${n} ${c}`]) })),
      ),
    ];
  }).flat();
}

const asTold = {
  bad: { 0: 0.6, 0.001: 0.4, 0.01: 0.1, 0.1: 0 },
  entropy: { 0: 0, 0.001: 0, 0.01: 0.1, 0.1: 0.8 },
  returns: { 0: 0.2, 0.001: 0.3, 0.01: 0.6, 0.1: 0.4 },
  missed: { "4 0": 0, "4 0.01": 0, "16 0": 0.2, "16 0.01": 0.1, "64 0": 0.8, "64 0.01": 0.2 },
  pole: { 0: 300, 0.01: 350 },
};
const opposite = {
  bad: { 0: 0.1, 0.001: 0.1, 0.01: 0.6, 0.1: 0.9 },
  entropy: { 0: 0.5, 0.001: 0.4, 0.01: 0.8, 0.1: 0.1 },
  returns: asTold.returns,
  missed: { "4 0": 0.8, "4 0.01": 0.2, "16 0": 0.2, "16 0.01": 0.1, "64 0": 0, "64 0.01": 0 },
  pole: { 0: 350, 0.01: 300 },
};

test("claims follow the data, and fail where data say the opposite", () => {
  for (const id of ["prevents", "explores", "trade-off", "many-actions", "everywhere"]) {
    expect(judge(id, runs(20, asTold)).verdict, id).toBe("supported");
    expect(judge(id, runs(20, opposite)).verdict, id).toBe("not supported");
    expect(judge(id, runs(5, asTold)).verdict, id).toBe("inconclusive");
  }
  // More entropy, but no less return.
  const free = runs(20, { ...asTold, returns: { ...asTold.returns, 0.1: 0.7 } });
  expect(judge("trade-off", free).verdict).toBe("not supported");
  expect(experiment.discussion!({ rows: runs(20, asTold), quick: false })).toContain(
    "60 % of the\nruns collapse without",
  );
});

test("its protocols are in order, and trials train", { timeout: 20_000 }, async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const made = runs(1, asTold).filter(({ part }) => part === "cliff" || part === "pole");
  const rows = [...exact, ...made];
  for (const part of ["lake", "arms"]) {
    const settings = { part, seed: 1, steps: 100 };
    for (const row of await experiment.carryOut(settings, {})) rows.push({ ...settings, ...row });
  }
  const lake = rows.filter((row) => row.part === "lake");
  expect(lake.map(({ coefficient }) => coefficient)).toEqual([0, 0.001, 0.01, 0.1]);
  for (const { entropy } of lake) expect(entropy).toBeGreaterThan(1.3); // hardly begun: of log 4 = 1.386
  const found = expectPage(experiment, { rows, quick: true });
  expect(found.prevents.verdict).toBe("inconclusive");
});
