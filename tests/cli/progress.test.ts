import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { createProgress, clockTime, fitLine } from "../../src/cli/progress.ts";
import { printableOutput } from "../../src/cli/output.ts";
import type { RunClock } from "../../src/runs/train-run.ts";
import type { UpdateReport } from "../../src/training/index.ts";

const goal = { unit: "steps", total: 100_000 } as const;
const report = (step: number): UpdateReport => {
  return { update: step / 100, step, episodes: 12, finished: [], meanReturn100: 187.25, metrics: {} };
};
const clock = (fraction: number, wallSeconds = fraction * 10): RunClock => {
  return { wallSeconds, stepsPerSecond: 81_234.4, fraction, secondsLeft: 7.2 };
};

function terminal(columns: number) {
  const state = { columns, isTTY: true, text: "" };
  const stream = Object.assign(state, { write: (text: string) => (state.text += text) });
  return { state, output: printableOutput(stream) };
}

/** What a terminal of some width shows after some output: rows of text. Knows the few codes that progress writes. */
function screen(text: string, columns: number): string[] {
  const rows = [""];
  let [row, column] = [0, 0];
  for (const [token, count] of text.replaceAll("\x1b", "␛").matchAll(/␛\[(\d*)[A-Za-z]|[^␛]/gs)) {
    if (token === "\r") column = 0;
    else if (token === "\n") [row, column] = [row + 1, 0];
    else if (token.startsWith("␛") && token.endsWith("A")) row -= Number(count);
    else if (token === "␛[J") {
      rows.length = row + 1;
      rows[row] = rows[row].slice(0, column);
    } else if (!token.startsWith("␛")) {
      if (column === columns) [row, column] = [row + 1, 0];
      rows[row] = (rows[row] ?? "").slice(0, column).padEnd(column) + token + (rows[row] ?? "").slice(column + 1);
      column++;
    }
    rows[row] ??= "";
  }
  return rows;
}

describe("on a terminal", () => {
  test("shows steps, speed, mean return and time left in one line that is redrawn", () => {
    const { state, output } = terminal(120);
    let now = 0;
    const progress = createProgress(output, goal, () => now);
    for (let step = 1000; step <= 43_000; step += 1000, now += 200)
      progress.update(report(step), clock(step / 100_000));
    expect(screen(state.text, 120)).toEqual([
      "━━━━━━━━━━──────────────   43 %  43,000 of 100,000 steps  81,234 steps/s  mean return 187.3  0:08 left",
    ]);
    progress.clear();
    output.write("done\n");
    expect(screen(state.text, 120)).toEqual(["done", ""]);
  });

  test("redraws at most ten times a second", () => {
    const { state, output } = terminal(120);
    let now = 0;
    const progress = createProgress(output, goal, () => now);
    for (; now < 1000; now += 1) progress.update(report(1000), clock(0.01));
    expect(state.text.split("\r").length - 1).toBe(10);
  });

  test("after the window has become narrower, what was drawn is erased on all the rows that it takes now", () => {
    const { state, output } = terminal(110);
    let now = 0;
    const progress = createProgress(output, goal, () => now);
    progress.update(report(1000), clock(0.01));
    state.columns = 50;
    now += 200;
    progress.update(report(2000), clock(0.02));
    const rows = screen(state.text, 50);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain("2 %");
  });

  test("clearing twice, or before anything was drawn, writes nothing", () => {
    const { state, output } = terminal(110);
    const progress = createProgress(output, goal, () => 0);
    progress.clear();
    progress.update(report(1000), clock(0.01));
    progress.clear();
    const { length } = state.text;
    progress.clear();
    expect(state.text.length).toBe(length);
  });

  test("fits into every width, and drops what matters least first", () => {
    for (let width = 0; width <= 130; width++) {
      const line = stripVTControlCharacters(fitLine(report(43_000), clock(0.43), goal, width, true));
      expect(line.length).toBeLessThanOrEqual(width);
      if (width >= 4) expect(line).toContain("43 %");
    }
    expect(fitLine(report(43_000), clock(0.43), goal, 60, false)).toBe(
      "━━━━─────   43 %  43,000 steps  mean return 187.3  0:08 left",
    );
    expect(fitLine(report(43_000), clock(0.43), goal, 20, false)).toBe(" 43 %  0:08 left");
  });

  test("counts episodes where those were asked for, and says nothing that it does not know", () => {
    const early = { ...report(100), meanReturn100: null };
    const line = fitLine(early, { ...clock(0), secondsLeft: null }, { unit: "episodes", total: 2000 }, 200, false);
    expect(line).toMatch(/0 % {2}12 of 2,000 episodes {2}81,234 steps\/s {2}mean return –$/);
  });
});

describe("in a pipe", () => {
  function lines(updates: [step: number, seconds: number][]): string[] {
    let text = "";
    const progress = createProgress(printableOutput({ write: (part) => (text += part) }), goal);
    for (const [step, seconds] of updates) progress.update(report(step), clock(step / 100_000, seconds));
    progress.clear();
    expect(text).toBe(stripVTControlCharacters(text).replaceAll("\r", ""));
    return text.split("\n").slice(0, -1);
  }

  test("writes a plain line at each tenth of the run", () => {
    const written = lines(Array.from({ length: 100 }, (_, i) => [(i + 1) * 1000, i / 100]));
    expect(written).toHaveLength(10);
    expect(written[0]).toBe(" 10 %  10,000 of 100,000 steps  81,234 steps/s  mean return 187.3  0:08 left");
  });

  test("and at least every ten seconds", () => {
    expect(lines(Array.from({ length: 61 }, (_, i) => [i * 10, i]))).toHaveLength(6);
  });
});

test.each([
  [0, "0:00"],
  [6.1, "0:07"],
  [754, "12:34"],
  [3723, "1:02:03"],
  [-1, "0:00"],
])("clockTime(%d) is %s", (seconds, text) => expect(clockTime(seconds)).toBe(text));
