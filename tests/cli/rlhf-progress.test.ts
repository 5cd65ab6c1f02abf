import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { printableOutput } from "../../src/cli/output.ts";
import type { RlhfProgress } from "../../src/cli/rlhf-job.ts";
import { createGroupProgress, groupTable, type RlhfJob } from "../../src/cli/rlhf-progress.ts";

const job = (klCoefficient: number, status: RlhfJob["status"], progress: RlhfProgress | null = null, seed = 1): RlhfJob =>
  ({
    task: { options: { klCoefficient, iterations: 100, seed } },
    ...{ status, progress, result: null, error: null },
  }) as unknown as RlhfJob; // prettier-ignore

const at = (update: number, more: Record<string, number> = {}): RlhfProgress => ({
  update,
  metrics: { score: 1.234, kl: 5.43, length: 12.34, ...more },
  tokensPerSecond: 4321.4,
  secondsLeft: 42,
});
const judged = { truth: -0.004, wellFormed: 0.98 };

const jobs = [job(0, "running", at(12)), job(0.03, "finished", at(100)), job(0.1, "waiting"), job(0.3, "failed")];

test("a row for each β, with a bar where there is room", () => {
  expect(groupTable(jobs, 117, 20, false)).toEqual([
    "       β   iteration  reward     KL  length  tokens/s   left",
    "       0   12 of 100    1.23    5.4    12.3     4,321   0:42  ━━━─────────────────────",
    "    0.03  100 of 100    1.23    5.4    12.3     4,321         ━━━━━━━━━━━━━━━━━━━━━━━━",
    "     0.1     waiting                                          ────────────────────────",
    "     0.3      failed                                          ────────────────────────",
  ]);
});

test("of the built-in language the truth too, and where there is no room what matters least is left out", () => {
  const known = [job(0, "running", at(12, judged)), job(0.3, "waiting")];
  expect(groupTable(known, 77, 20, false)).toEqual([
    "       β   iteration  reward  truth     KL  length  tokens/s   left",
    "       0   12 of 100    1.23   0.00    5.4    12.3     4,321   0:42  ━───────",
    "     0.3     waiting                                                 ────────",
  ]);
  expect(groupTable(known, 85, 20, false)[1]).toBe(
    "       0   12 of 100    1.23   0.00    5.4         98 %    12.3     4,321   0:42",
  );
  for (let width = 0; width < 130; width++)
    for (const rows of [1, 2, 3, 20]) {
      const lines = groupTable(known, width, rows, true).map(stripVTControlCharacters);
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }
});

test("of more runs than rows those in progress, and how many more there are", () => {
  const many = Array.from({ length: 40 }, (_, i) => job(0.1, i < 3 ? "finished" : i < 5 ? "running" : "waiting", i < 5 ? at(9) : null, i)); // prettier-ignore
  const lines = groupTable(many, 77, 10, false);
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^ {2}seed {7}β/);
  expect(lines.at(-1)).toBe("  and 38 more, 3 of 40 done");
});

function written(isTTY: boolean) {
  let text = "";
  const output = printableOutput({ write: (part: string) => (text += part), isTTY, columns: 80, rows: 20 });
  return { output, text: () => text };
}

test("on a terminal the table is redrawn, and cleared", () => {
  const { output, text } = written(true);
  let now = 0;
  const progress = createGroupProgress(output, jobs, () => now);
  progress.change(jobs[0]);
  const once = text().length;
  progress.change(jobs[0]); // too soon
  expect(text().length).toBe(once);
  now = 200;
  progress.change(jobs[0]);
  expect(text()).toContain("\x1b[4A\r\x1b[J");
  progress.clear();
  expect(text().endsWith("\x1b[4A\r\x1b[J")).toBe(true);
});

test("in a pipe a line at the first iteration and at each tenth, each once", () => {
  const { output, text } = written(false);
  const run = job(0.03, "running");
  const progress = createGroupProgress(output, [run]);
  progress.change(run);
  for (let update = 1; update <= 20; update++)
    for (let k = 0; k < 2; k++) {
      run.progress = at(update, judged);
      progress.change(run);
    }
  expect(text().split("\n")).toEqual([
    "β 0.03  iteration   1 of 100  reward  1.23  truth  0.00  KL   5.4  well-formed  98 %  length 12.3",
    "β 0.03  iteration  10 of 100  reward  1.23  truth  0.00  KL   5.4  well-formed  98 %  length 12.3",
    "β 0.03  iteration  20 of 100  reward  1.23  truth  0.00  KL   5.4  well-formed  98 %  length 12.3",
    "",
  ]);
});
