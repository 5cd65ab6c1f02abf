import { expect, test } from "vitest";
import type { Row } from "../../src/experiments/experiment.ts";
import { experiment } from "../../src/experiments/lecture/td-or-monte-carlo.ts";
import { expectPage, judgeOf } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = judgeOf(experiment);
const exact = await experiment.carryOut({ exact: true }, {});

test("the actor-critic's weights change after each step, REINFORCE's after each episode", () => {
  expect(judge("each-step", exact).verdict).toBe("supported");
  const [mc, td] = exact;
  expect(td.changes).toBeGreaterThan(250);
  expect(mc.changes).toBeLessThan(30);
  expect(judge("each-step", [mc, { ...td, changes: mc.changes }]).verdict).toBe("not supported");
});

interface Numbers {
  /** Steps to the goal. */
  readonly steps: number;
  /** Deviations after each stage, of Monte Carlo and of TD. */
  readonly monteCarlo: readonly number[];
  readonly td: readonly number[];
}

/** n seeds of an arm around these numbers. */
const runs = (n: number, arm: string, { steps, monteCarlo, td }: Numbers): Row[] =>
  Array.from({ length: n }, (_, i) => {
    const noise = 1 + ((i * 7) % n) / (10 * n);
    const to = Math.min(100_000, Math.round(steps * noise));
    return { arm, seed: i + 1, steps: 100_000, to100: to, to10: to / 2, final: 400, monteCarlo: monteCarlo.map((x) => x * noise), td, returns: [], lengths: [] }; // prettier-ignore
  });

const loud = [4, 5, 6, 8];
const quiet = [2, 2, 2, 2];
const pair = (n: number, suffix: string, mc: Numbers, td: Numbers) => [
  ...runs(n, `mc${suffix}`, mc),
  ...runs(n, `td${suffix}`, td),
];
const noisy = { steps: 60_000, monteCarlo: loud, td: quiet };

test("claims follow the data, and fail where data say the opposite", () => {
  const asTold = (n: number) => pair(n, "", noisy, { ...noisy, steps: 30_000 });
  const opposite = pair(20, "", noisy, { steps: 100_000, monteCarlo: quiet, td: [...loud] });
  for (const id of ["quieter", "long-episodes", "faster"]) {
    expect(judge(id, asTold(20)).verdict, id).toBe("supported");
    expect(judge(id, opposite).verdict, id).toBe("not supported");
    expect(judge(id, asTold(5)).verdict, id).toBe("inconclusive");
  }
  const equal = pair(20, "-equal", noisy, { ...noisy, steps: 30_000 });
  expect(judge("faster-equal", equal).verdict).toBe("supported");
  expect(judge("faster-equal", pair(20, "-equal", { ...noisy, steps: 30_000 }, noisy)).verdict).toBe("not supported");
});

test("runs that never arrive count as the budget: among themselves they decide nothing", () => {
  const never = { ...noisy, steps: 100_000 };
  const { verdict, measured } = judge("faster", pair(20, "", never, never));
  expect(verdict).toBe("inconclusive");
  expect(measured).toContain("0.5 [0.5, 0.5]");
});

test("its protocols are in order, and trials train", { timeout: 20_000 }, async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const rows = [...exact];
  for (const arm of ["mc", "td"]) {
    const settings = { arm, seed: 1, steps: 1000 };
    for (const row of await experiment.carryOut(settings, {})) rows.push({ ...settings, ...row });
  }
  const [mc, td] = rows.slice(-2);
  expect(mc.to100).toBe(1000); // never
  for (const row of [mc, td]) {
    const [sd] = row.monteCarlo as number[]; // after 25 episodes
    expect(sd).toBeGreaterThan(0);
    expect((row.lengths as number[])[0]).toBeGreaterThan(8);
  }
  const others = ["mc-equal", "td-equal", "td-raw"].flatMap((arm) => runs(1, arm, noisy));
  const found = expectPage(experiment, { rows: [...rows, ...others], quick: true });
  expect(found.faster.verdict).toBe("inconclusive");
});
