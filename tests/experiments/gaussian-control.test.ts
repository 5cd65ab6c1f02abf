import { expect, test } from "vitest";
import type { Row } from "../../src/experiments/experiment.ts";
import { experiment } from "../../src/experiments/lecture/gaussian-control.ts";
import { expectPage, judgeOf } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = judgeOf(experiment);
const [pendulum, lander] = ["Pendulum-v1", "LunarLanderContinuous-v3"];
const exact = await experiment.carryOut({ exact: true }, {});

test("the entropy's gradient is 1 by each log σ, and 0 by the mean", () => {
  expect(judge("constant-push", exact).verdict).toBe("supported");
  expect(judge("constant-push", [{ ...exact[0], mean: 1e-6 }]).verdict).toBe("not supported");
});

/** n seeds of a setting around these numbers. */
const runs = (n: number, env: string, arm: string, final: number, average: number, std: number): Row[] =>
  Array.from({ length: n }, (_, i) => {
    const noise = ((i * 7) % n) / n;
    return { kind: "run", env, arm, seed: i + 1, steps: 8192, final: final + 10 * noise, average: average + 10 * noise * noise, std: [1, std + noise / 100], returns: [average, final], apart: 1e-7, updates: 2 }; // prettier-ignore
  });
const random = [pendulum, lander].map((env) => ({ kind: "random", env, random: true, best: -190, mean: -200 }));

interface Numbers {
  readonly final: number;
  readonly landed: number;
  /** Mean returns and σ at the end, by arm. */
  readonly averages: readonly number[];
  readonly stds: readonly number[];
}
const all = (n: number, { final, landed, averages, stds }: Numbers): Row[] => [
  ...random,
  ...["parameter", "network", "bonus-0.01", "bonus-0.1"].flatMap((arm, i) => runs(n, pendulum, arm, final, averages[i], stds[i])), // prettier-ignore
  ...runs(n, lander, "parameter", landed, 50, 0.6),
];
const asTold = { final: -170, landed: 150, averages: [-500, -600, -510, -520], stds: [0.4, 0.3, 0.5, 1.7] };
const opposite = { final: -900, landed: 20, averages: [-600, -500, -600, -600], stds: [0.5, 0.3, 0.4, 0.4] };

test("claims follow the data, and fail where data say the opposite", () => {
  for (const id of ["pendulum", "lander", "state-independent", "bonus-widens"]) {
    expect(judge(id, all(20, asTold)).verdict, id).toBe("supported");
    expect(judge(id, all(20, opposite)).verdict, id).toBe("not supported");
    expect(judge(id, all(4, asTold)).verdict, id).toBe("inconclusive");
  }
  expect(judge("formula", all(4, asTold)).verdict).toBe("supported");
  const off = all(4, asTold).map((row, i) => (i === 5 ? { ...row, apart: 1e-3 } : row));
  expect(judge("formula", off).verdict).toBe("not supported");
});

test("a random policy hangs", async () => {
  const [{ best, mean }] = await experiment.carryOut({ random: true, env: pendulum }, {});
  expect(best).toBeLessThan(-1000);
  expect(mean).toBeLessThan(best as number);
  expect(mean).toBeGreaterThan(-1500);
});

test("its protocols are in order, and trials train", { timeout: 20_000 }, async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const rows = all(1, asTold).filter(({ arm }) => arm !== "network" && arm !== "parameter");
  for (const [env, arm] of [
    [pendulum, "parameter"],
    [pendulum, "network"],
  ]) {
    const settings = { env, arm, seed: 1, steps: 8192 };
    for (const row of await experiment.carryOut(settings, {})) rows.push({ ...settings, ...row });
  }
  const [one, network] = rows.slice(-2);
  for (const { apart, std } of [one, network]) {
    expect(apart).toBeLessThan(1e-5);
    expect(std).toHaveLength(2);
  }
  const found = expectPage(experiment, { rows: [...exact, ...rows, ...runs(1, lander, "parameter", 0, 0, 1)], quick: true }); // prettier-ignore
  expect(found.formula.verdict).toBe("supported");
  expect(found.pendulum.verdict).toBe("inconclusive");
});
