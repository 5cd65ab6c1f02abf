import { expect, test } from "vitest";
import type { Row } from "../../src/experiments/experiment.ts";
import { experiment } from "../../src/experiments/lecture/gaussian-control.ts";
import { expectPage, judgeOf } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = judgeOf(experiment);
const ids = experiment.claims.map(({ id }) => id).filter((id) => id !== "formula");

/** Twenty seeds on the pendulum for each arm, ten on the lander. */
function runs(n: number, of: (arm: string, noise: number) => Row): Row[] {
  const rows = ["preset", "bonus", "head"].flatMap(
    (arm) =>
    Array.from({ length: n }, (_, i) => ({ env: "Pendulum-v1", arm, seed: i + 1, steps: 1000, ...of(arm, ((i * 7) % 20) / 100) })), // prettier-ignore
  );
  const landers = Array.from({ length: n / 2 }, (_, i) => ({ env: "LunarLanderContinuous-v3", arm: "preset", seed: i + 1, steps: 1000, ...of("lander", i / 100) })); // prettier-ignore
  return [...rows, ...landers];
}

const curves = { returns: Array<number>(40).fill(-500), entropies: Array<number>(40).fill(0.5) };
const asTold = (arm: string, noise: number): Row => ({
  ...curves,
  final: arm === "lander" ? 180 + noise : -180 + noise,
  average: -400 + noise,
  firstEntropy: 1.4,
  entropy: 0.3 + noise,
  std: (arm === "bonus" ? 0.5 : 0.3) + noise,
});
const opposite = (arm: string, noise: number): Row => ({
  ...curves,
  final: arm === "lander" ? -80 + noise : -900 + noise,
  average: (arm === "head" ? -400 : -700) + noise,
  firstEntropy: 0.2,
  entropy: 0.9 + noise,
  std: (arm === "bonus" ? 0.2 : 0.6) + noise,
});

test("claims follow the data, either way", () => {
  for (const id of ids) {
    expect(judge(id, runs(20, asTold)).verdict, id).toBe("supported");
    expect(judge(id, runs(20, opposite)).verdict, id).toBe("not supported");
    expect(judge(id, runs(4, asTold)).verdict, id).toBe("inconclusive");
  }
});

test("the formula of the entropy is exact", async () => {
  const rows = await experiment.carryOut({ exact: true }, {});
  expect(judge("formula", rows).verdict).toBe("supported");
  expect(rows[0].least, "a σ of e⁻³ in two components has a negative entropy").toBeLessThan(0);
  expect(judge("formula", [{ ...rows[0], byLogStd: 0.5 }]).verdict).toBe("not supported");
});

test("its protocols are in order, and trials train", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const rows: Row[] = [];
  for (const [env, arm] of [
    ["Pendulum-v1", "preset"],
    ["Pendulum-v1", "bonus"],
    ["Pendulum-v1", "head"],
    ["LunarLanderContinuous-v3", "preset"],
  ]) {
    // prettier-ignore
    const settings = { env, arm, seed: 1, steps: 4096 };
    rows.push(...(await experiment.carryOut(settings, {})).map((row) => ({ ...settings, ...row })));
  }
  const exact = await experiment.carryOut({ exact: true }, {});
  const findings = expectPage(experiment, { rows: [...rows, ...exact], quick: true });
  for (const id of ids) expect(findings[id].verdict, id).toBe("inconclusive");
});
