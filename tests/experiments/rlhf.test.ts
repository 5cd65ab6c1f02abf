import { expect, test } from "vitest";
import type { Experiment, Row } from "../../src/experiments/experiment.ts";
import { experiment as drift } from "../../src/experiments/lecture/rlhf-drift.ts";
import { experiment as penalty } from "../../src/experiments/lecture/rlhf-penalty.ts";
import { protocolProblems } from "./protocol.ts";

const judge = ({ claims }: Experiment, id: string, rows: readonly Row[]) =>
  claims.find((claim) => claim.id === id)!.judge({ rows, quick: false }).verdict;

const curve = (from: number, to: number) => Array.from({ length: 100 }, (_, i) => from + ((to - from) * i) / 99);

/** Twenty seeds of each β, which differ a little. */
const runs = (of: (beta: number, noise: number) => Row): Row[] =>
  [0, 0.03, 0.1, 0.3].flatMap((beta) =>
    Array.from({ length: 20 }, (_, i) => ({ beta, seed: i + 1, ...of(beta, ((i * 7) % 20) / 100) })),
  );

const penaltyIds = penalty.claims.map(({ id }) => id);
const driftIds = drift.claims.map(({ id }) => id).filter((id) => id !== "samples-die-out");

test("their protocols are in order", () => {
  expect(protocolProblems(penalty)).toEqual([]);
  expect(protocolProblems(drift)).toEqual([]);
});

test("hacking without a penalty supports the claims about it, and a penalty that ruins all refutes them", () => {
  const common = (noise: number) => ({ proxy: 2.9 + noise, firstProxy: 0, truths: curve(0, 1), proxies: curve(0, 2), kls: curve(0, 9), sample: "" }); // prettier-ignore
  const hacked = runs((beta, noise) => ({
    ...common(noise),
    truth: beta === 0 ? -0.4 + noise : 1.7 - 2 * beta + noise,
    truthPeak: 1.9 + noise,
    kl: 40 / (1 + 50 * beta) + noise,
    wellFormed: 0.99,
    distinct: beta === 0 ? 0.4 + noise : 0.99,
  }));
  const reversed = runs((beta, noise) => ({
    ...common(noise),
    proxy: -1 - noise,
    truth: beta === 0 ? 1.7 + noise : beta - 1 + noise,
    truthPeak: 1.9 + noise,
    kl: 40 * (1 + beta) + noise,
    wellFormed: 0.5 + noise,
    distinct: beta === 0 ? 0.99 : 0.4 + noise,
  }));
  for (const id of penaltyIds) {
    expect(judge(penalty, id, hacked), id).toBe("supported");
    expect(judge(penalty, id, reversed), id).toBe("not supported");
    const few = hacked.filter(({ seed }) => (seed as number) <= 2);
    expect(judge(penalty, id, few), id).toBe("inconclusive");
  }
  for (const { draw } of penalty.charts({ rows: hacked, quick: false }))
    for (const size of [
      { width: 1040, height: 400 },
      { width: 400, height: 330 },
    ])
      expect(draw(size)).toContain("<svg");
  expect(penalty.discussion!({ rows: hacked, quick: false })).toContain("truth −0.4");
});

test("drift away from the reference supports the claims about it, and a policy that stays refutes them", () => {
  const drifts = runs((beta, noise) => ({
    within: curve(0.01 + noise / 100, 0.02),
    kls: curve(noise, beta === 0 ? 40 : 10),
    truths: beta === 0 ? curve(1.5 + noise, -0.5) : curve(0, 1.7),
    scores: curve(1 + noise, 3),
    entropies: beta === 0 ? curve(1.5, 0.1 + noise) : curve(1.5, 1),
  }));
  const stays = runs((beta, noise) => ({
    within: curve(0.2 + noise, 0.5),
    kls: beta === 0 ? curve(20 + noise, 5) : curve(0, 30 + noise),
    truths: curve(0, 1.7 + noise),
    scores: curve(3, 1 + noise),
    entropies: beta === 0 ? curve(1.5, 1 + noise) : curve(1.5, 0.1),
  }));
  for (const id of driftIds) {
    expect(judge(drift, id, drifts), id).toBe("supported");
    expect(judge(drift, id, stays), id).toBe("not supported");
    expect(
      judge(
        drift,
        id,
        drifts.filter(({ seed }) => seed === 1),
      ),
      id,
    ).toBe("inconclusive");
  }
  for (const { draw } of drift.charts({ rows: drifts, quick: false }))
    for (const size of [
      { width: 1040, height: 400 },
      { width: 400, height: 330 },
    ])
      expect(draw(size)).toContain("<svg");
});

test("samples die out with the distance as the formula says", async () => {
  const rows = await drift.carryOut({ exact: true }, {});
  expect(judge(drift, "samples-die-out", rows)).toBe("supported");
  expect(judge(drift, "samples-die-out", [{ exact: true, apart: 0.1 }])).toBe("not supported");
});

test("a few iterations run end to end", async () => {
  for (const [experiment, settings] of [
    [penalty, { beta: 0, seed: 1, iterations: 1 }],
    [drift, { beta: 0, seed: 1, iterations: 1 }],
  ] as const) {
    const rows = (await experiment.carryOut(settings, {})).map((row) => ({ ...settings, ...row }));
    expect(rows).toHaveLength(1);
    const data = { rows: [...rows, ...rows.map((row) => ({ ...row, beta: 0.03 })), ...rows.map((row) => ({ ...row, beta: 0.1 }))], quick: true }; // prettier-ignore
    for (const { id, judge } of experiment.claims.filter(({ id }) => id !== "samples-die-out"))
      expect(judge(data).verdict, id).toBe("inconclusive");
    for (const { draw } of experiment.charts(data)) expect(draw({ width: 400, height: 330 })).toContain("<svg");
  }
});
