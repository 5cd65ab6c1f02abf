// What an environment reports of its episodes is taken, averaged, and kept: in metrics, in a run's logs, in evaluations.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { meansOfOwnValues, ownValues, type Env } from "../../src/envs/index.ts";
import { trainToRun } from "../../src/node.ts";
import { runFiles } from "../../src/runs/run-folder.ts";
import { evaluateSync, train } from "../../src/training/index.ts";
import { readEvents } from "../runs/read-events.ts";
import { walk } from "./toys.ts";

test("numbers, true and false are taken, and nothing else", () => {
  const info = { success: true, lost: false, score: 2.5, name: "x", list: [1], none: null, far: Infinity, nan: NaN };
  expect(ownValues(info)).toEqual({ success: 1, lost: 0, score: 2.5 });
  for (const nothing of [
    {},
    { episode: { return: 1 } },
    undefined,
    null,
    3,
    { prob: 1 / 3, "TimeLimit.truncated": true },
  ])
    expect(ownValues(nothing)).toBeUndefined();
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`v${i}`, i]));
  expect(Object.keys(ownValues(many)!)).toHaveLength(16);
  expect(ownValues({ ["x".repeat(65)]: 1, y: 1 })).toEqual({ y: 1 });
});

test("means are over the episodes that have a value", () => {
  expect(meansOfOwnValues([{ values: { a: 1 } }, { values: { a: 4, b: 5 } }, {}])).toEqual({ a: 2.5, b: 5 });
});

/** The walk, which reports whether it ended at the right end; in the middle of an episode it reports more. */
function reporting(): Env<number[], number> {
  const env = walk();
  return {
    ...env,
    step(action) {
      const result = env.step(action);
      const over = result.terminated || result.truncated;
      return { ...result, info: over ? { success: result.observation[0] > 1 } : { step: 1 } };
    },
  };
}

const options = { env: reporting, seed: 3, hidden: [8], envs: 2, totalSteps: 300 };
const goals = ({ return: total }: { return: number }): number => Number(total > 1 - 0.5);

test.each([
  ["ppo", { rollout: 16 }],
  ["a3c", { workers: 1 }],
  ["reinforce", { envs: 1 }],
  ["actor-critic", {}],
] as const)("%s reports them", async (algorithm, more) => {
  let seen = 0;
  await train(algorithm, {
    ...options,
    ...more,
    onUpdate({ finished, metrics }) {
      const mean = finished.reduce((sum, { values }) => sum + values!.success, 0) / finished.length;
      if (finished.length === 0) expect(metrics).not.toHaveProperty("info.success");
      else expect(metrics["info.success"]).toBeCloseTo(mean, 12);
      // Who comes beyond 1 from a start below 0.5 has earned more than 0.5.
      for (const episode of finished) if (episode.values!.success === 1) expect(goals(episode)).toBe(1);
      seen += finished.length;
    },
  });
  expect(seen).toBeGreaterThan(5);
});

test("an evaluation has their means", async () => {
  const { policy } = await train("a2c", options);
  const { values } = evaluateSync(policy, reporting(), { episodes: 20, deterministic: false });
  expect(Object.keys(values!)).toEqual(["success"]);
  expect(values!.success * 20).toBeCloseTo(Math.round(values!.success * 20), 9);
  expect(evaluateSync(policy, walk(), { episodes: 2 })).not.toHaveProperty("values");
});

test("a run's logs have them, also where the first update ended no episode", async () => {
  const folder = mkdtempSync(join(tmpdir(), "polgrad-own-"));
  try {
    // 4 steps of 2 environments an update: the first episodes end later.
    const { summary } = await trainToRun("a2c", { ...options, rollout: 4, normalizeObservations: false, normalizeRewards: false }, { runDir: folder }); // prettier-ignore
    const files = runFiles(summary.run);
    const lines = readFileSync(files.metrics, "utf8").trim().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
    expect(lines[0]).not.toHaveProperty(["info.success"]);
    const [header, ...rows] = readFileSync(files.progress, "utf8").trim().split("\n").map((line) => line.split(",")); // prettier-ignore
    expect(header.at(-1)).toBe("info.success");
    expect(rows).toHaveLength(lines.length);
    rows.forEach((row, i) => {
      expect(row).toHaveLength(header.length);
      expect(row.at(-1)).toBe(lines[i]["info.success"] === undefined ? "" : String(Number(lines[i]["info.success"].toPrecision(6)))); // prettier-ignore
    });
    const events = readdirSync(summary.run).find((name) => name.startsWith("events."))!;
    const scalars = readEvents(readFileSync(join(summary.run, events))).flatMap(({ scalars }) => scalars);
    const ended = lines.flatMap(({ finished }) => finished);
    expect(scalars.filter(([tag]) => tag === "episode/success").map(([, value]) => value)).toEqual(ended.map(({ values }) => values.success)); // prettier-ignore
    expect(scalars.filter(([tag]) => tag === "info/success").length).toBe(lines.filter((line) => "info.success" in line).length); // prettier-ignore
  } finally {
    rmSync(folder, { recursive: true });
  }
});
