import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { printableOutput } from "../../src/cli/output.ts";
import { boardLines, countsLine, createSuiteProgress, doneLine } from "../../src/cli/suite-progress.ts";
import type { BoardRun } from "../../src/suites/run-suite.ts";

const run = (id: number, changes: Partial<BoardRun> = {}): BoardRun =>
  ({
    task: { id: `ppo-CartPole-v1-${id}`, title: `ppo on CartPole-v1, seed ${id}`, options: { totalSteps: 1000 } },
    ...{ seed: id, status: "waiting", progress: null, result: null, error: null },
    ...changes,
  }) as BoardRun;

const training = (fraction: number, seconds = 10) =>
  ({ phase: "training", fraction, step: 1000 * fraction, stepsPerSecond: 9, meanReturn: 187.34, seconds }) as const;

const running = (id: number, fraction: number, seconds = 10) =>
  run(id, { status: "running", progress: training(fraction, seconds) });
const finished = (id: number, wallSeconds = 20) =>
  run(id, { status: "finished", result: { mean: 499.5, std: 1.25, steps: 1000, wallSeconds } });
const failed = (id: number) => run(id, { status: "failed", error: "the loss is no number at step 512; the first\nx" });

describe("the board", () => {
  const board = [finished(1), running(2, 0.43), running(3, 0), run(4), run(5, { status: "earlier" }), failed(6)];

  test("is a line for each run in progress, and the counts", () => {
    expect(boardLines(board, 2, 72, 20, false)).toEqual([
      "  ppo on CartPole-v1, seed 2  ━━━━━━━━━━──────────────   43 %    187.3",
      "  ppo on CartPole-v1, seed 3  ────────────────────────    0 %    187.3",
      "2 of 6 done, 1 failed, 2 running, 0:28 left", // (1 + 1 + 0.57) · (20 + 10 / 0.43) / 2, on two at a time
    ]);
  });

  test("fits into every width and height", () => {
    for (const color of [false, true])
      for (let width = 0; width <= 100; width++)
        for (const rows of [1, 2, 3, 20]) {
          const lines = boardLines(board, 2, width, rows, color).map(stripVTControlCharacters);
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
          if (width > 40 && rows > 2) expect(lines[0]).toContain("43 %");
        }
    expect(boardLines(board, 2, 60, 2, false)[0]).toBe("  and 2 more");
  });

  test("says that a policy is being evaluated", () => {
    const evaluating = run(1, { status: "running", progress: { ...training(1), phase: "evaluating" } });
    expect(boardLines([evaluating], 1, 80, 20, false)[0]).toMatch(/evaluating$/);
  });
});

describe("the time left", () => {
  test("is that of the runs of the same job, shared out", () => {
    expect(countsLine([finished(1, 20), run(2), run(3), run(4)], 1)).toBe("1 of 4 done, 0 running, 1:00 left");
    expect(countsLine([finished(1, 20), run(2), run(3), run(4)], 3)).toBe("1 of 4 done, 0 running, 0:20 left");
    expect(countsLine([finished(1, 20), running(2, 0.25, 6)], 8)).toContain("0:17 left"); // (20 + 24) / 2 · 3/4
  });

  test("of a job that is not known yet follows the steps of others; before any, it is not told", () => {
    const longer = run(1, { task: { ...run(1).task, id: "a2c-1", options: { totalSteps: 5000 } as never } });
    expect(countsLine([finished(1, 20), longer], 1)).toContain("1:40 left");
    expect(countsLine([running(1, 0.001), run(2)], 1)).toBe("0 of 2 done, 1 running");
    expect(countsLine([finished(1)], 1)).toBe("1 of 1 done, 0 running");
  });
});

test.each([
  [finished(1), 100, "✓ ppo on CartPole-v1, seed 1  499.5 ± 1.3  0:20"],
  [failed(2), 100, "✗ ppo on CartPole-v1, seed 2  the loss is no number at step 512"],
  [failed(2), 58, "✗ ppo on CartPole-v1, seed 2  the loss is no number at st…"],
  [run(3, { status: "interrupted", progress: training(0.5) }), 100, "‖ ppo on CartPole-v1, seed 3  saved at step 500"],
])("a run that is over: %#", (over, width, line) => expect(doneLine(over, width, false)).toBe(line));

function written(isTTY: boolean) {
  let text = "";
  const output = printableOutput({ write: (part: string) => (text += part), isTTY, columns: 80, rows: 20 });
  return { output, text: () => text };
}

test("on a terminal, runs that are over stay above the lines that are redrawn", () => {
  const { output, text } = written(true);
  const board = [running(1, 0.1), running(2, 0.1)];
  let now = 0;
  const progress = createSuiteProgress(output, board, 2, () => now);
  progress.change(board[0]);
  const once = text().length;
  progress.change(board[1]); // too soon
  expect(text().length).toBe(once);
  now = 200;
  Object.assign(board[0], finished(1));
  progress.change(board[0]);
  // Two runs and the counts were drawn, so the cursor goes up twice.
  expect(text()).toContain("\x1b[2A\r\x1b[J");
  expect(stripVTControlCharacters(text())).toContain("✓ ppo on CartPole-v1, seed 1  499.5 ± 1.3  0:20\n");
  progress.clear();
  expect(text().endsWith("\x1b[1A\r\x1b[J")).toBe(true);
});

test("in a pipe, a line for each run that is over, and a word each half minute", () => {
  const { output, text } = written(false);
  const board = [running(1, 0.5), run(2)];
  let now = 0;
  const progress = createSuiteProgress(output, board, 1, () => now);
  for (; now < 65_000; now += 1000) progress.change(board[0]);
  Object.assign(board[0], finished(1));
  progress.change(board[0]);
  progress.clear();
  const still = "0 of 2 done, 1 running, 0:30 left: ppo on CartPole-v1, seed 1 50 %\n";
  expect(text()).toBe(`${still}${still}✓ ppo on CartPole-v1, seed 1  499.5 ± 1.3  0:20\n`);
});
