import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { printableOutput } from "../../src/cli/output.ts";
import { createSweepProgress, sweepTable } from "../../src/cli/sweep-progress.ts";
import type { SweepRun } from "../../src/sweeps/run-sweep.ts";
import type { SweepSetting } from "../../src/sweeps/sweep.ts";

const [slow, fast, other] = ["learningRate 0.001", "learningRate 0.01", "a name that is much longer than those of others"].map((name) => ({ name }) as SweepSetting); // prettier-ignore

const run = (setting: SweepSetting, seed: number, changes: Partial<SweepRun> = {}): SweepRun =>
  ({
    ...{ setting, seed, status: "waiting", progress: null, result: null, error: null },
    task: { id: `${setting.name}-${seed}`, title: `${setting.name}, seed ${seed}`, options: { totalSteps: 1000 } },
    ...changes,
  }) as SweepRun;

const running = (setting: SweepSetting, seed: number, fraction: number, seconds = 10) =>
  run(setting, seed, {
    status: "running",
    progress: { phase: "training", fraction, step: 1000 * fraction, stepsPerSecond: 9, meanReturn: 187.34, seconds },
  });
const finished = (setting: SweepSetting, seed: number, mean: number, status: "finished" | "earlier" = "finished") =>
  run(setting, seed, { status, result: { mean, std: 1.25, steps: 1024, wallSeconds: 20 } });
const failed = (setting: SweepSetting, seed: number) => run(setting, seed, { status: "failed", error: "it broke" });

const board = [
  finished(slow, 1, 400),
  finished(slow, 2, 410, "earlier"),
  running(slow, 3, 0.25, 5),
  running(fast, 1, 0.5),
  run(fast, 2),
  failed(fast, 3),
  run(other, 1),
  run(other, 2),
  run(other, 3),
];

describe("the table", () => {
  test("has a row a setting: seeds that are done, steps, mean return so far, time left", () => {
    expect(sweepTable(board, 2, 120, 24, false)).toEqual([
      "  setting                                                     seeds      steps  mean return     left",
      // Of evaluations, 400 and 410; left is three quarters of 20 s.
      "  learningRate 0.001                                         2 of 3      2,298        405.0     0:15  ━━━━━━━━━━━━━━────",
      // The last training returns, as no seed is done; left is half of 20 s and another 20 s, on two places: 20.
      "  learningRate 0.01                                0 of 3, 1 failed        500        187.3     0:20  ━━━───────────────",
      "  a name that is much longer than those of others            0 of 3          0            –           ──────────────────",
      "  2 of 9 done, 1 failed, 2 running, 0:53 left", // (15 + 10 + 20 + 3 · 20) / 2
    ]);
  });

  test("fits into every width and height; names are cut, and columns go", () => {
    for (const color of [false, true])
      for (let width = 0; width <= 130; width++)
        for (const height of [1, 2, 3, 5, 24]) {
          const lines = sweepTable(board, 2, width, height, color).map(stripVTControlCharacters);
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) expect(line.length, `${width}: ${line}`).toBeLessThanOrEqual(width);
        }
    const [head, , , last] = sweepTable(board, 2, 50, 24, false);
    expect(head).not.toContain("steps");
    expect(last).toMatch(/^ {2}a name .*… /);
    expect(sweepTable(board, 2, 80, 4, false)[2]).toBe("  and 2 more, 0 of 3 done");
  });
});

function written(isTTY: boolean) {
  let text = "";
  const output = printableOutput({ write: (part: string) => (text += part), isTTY, columns: 100, rows: 20 });
  return { output, text: () => text };
}

test("on a terminal it is redrawn, and only what failed stays above it", () => {
  const { output, text } = written(true);
  let now = 0;
  const runs = [running(slow, 1, 0.1), running(fast, 1, 0.1)];
  const progress = createSweepProgress(output, runs, () => 2, { now: () => now });
  progress.change(runs[0]);
  const once = text().length;
  progress.change(runs[1]); // too soon
  expect(text().length).toBe(once);
  now = 200;
  Object.assign(runs[0], finished(slow, 1, 400));
  progress.change(runs[0]);
  expect(stripVTControlCharacters(text())).not.toContain("✓");
  Object.assign(runs[1], failed(fast, 1));
  progress.change(runs[1]);
  expect(stripVTControlCharacters(text())).toContain("✗ learningRate 0.01, seed 1  it broke\n");
  progress.clear();
  expect(text().endsWith("\x1b[3A\r\x1b[J")).toBe(true); // of four lines
});

test("in a pipe, a line for each run that is over", () => {
  const { output, text } = written(false);
  const runs = [running(slow, 1, 0.5)];
  const progress = createSweepProgress(output, runs, () => 1, { now: () => 0 });
  progress.change(runs[0]);
  Object.assign(runs[0], finished(slow, 1, 400));
  progress.change(runs[0]);
  progress.clear();
  expect(text()).toBe("✓ learningRate 0.001, seed 1  400.0 ± 1.3  0:20\n");
});
