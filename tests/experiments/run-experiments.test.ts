import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runExperiments, type TrialJob } from "../../src/experiments/run-experiments.ts";
import carryOutTrial, { type TrialTask } from "../../src/experiments/trial.ts";
import type { JobControls } from "../../src/jobs/run-jobs.ts";

let out: string;
beforeEach(() => (out = join(mkdtempSync(join(tmpdir(), "experiments-")), "out")));
afterEach(() => rmSync(join(out, ".."), { recursive: true, force: true }));

/** Carries out trials in this process, and notes which. */
function carrying(carried: string[]) {
  return (task: TrialTask, controls: JobControls<number>) => {
    carried.push(task.trial.id);
    if (task.trial.settings.exact) return carryOutTrial(task, controls);
    // Rows as a training would leave them, whose curves rise with λ.
    const { lambda, seed } = task.trial.settings as { lambda: number; seed: number };
    const rows = [{ average: 100 * lambda + seed, final: 0, stepsToGoal: null, seconds: 1, returns: Array<number>(50).fill(lambda), clock: Array<number>(50).fill(1) }]; // prettier-ignore
    return writeRows(task, rows);
  };
}

function writeRows(task: TrialTask, rows: readonly unknown[]) {
  mkdirSync(join(task.file, ".."), { recursive: true });
  const heading = { experiment: task.experiment, trial: task.trial.id, settings: task.trial.settings, quick: task.quick, seconds: 1 }; // prettier-ignore
  writeFileSync(task.file, [heading, ...rows].map((row) => `${JSON.stringify(row)}\n`).join(""));
  return Promise.resolve("finished" as const);
}

describe("experiments", () => {
  test("leave pages, data, figures and verdicts", async () => {
    const result = await runExperiments(["gae-lambda"], {
      out,
      quick: true,
      carryOut: carrying([]),
      command: "polgrad experiment",
    });
    expect(result.status).toBe("finished");
    const [{ claims }] = result.experiments;
    expect(claims.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["zero-is-td", "supported"],
      ["one-is-monte-carlo", "supported"],
      ["around-095", "inconclusive"],
      ["better-than-td", "inconclusive"],
      ["better-than-monte-carlo", "inconclusive"],
    ]);
    const file = (name: string) => readFileSync(join(out, name), "utf8");
    const page = file("gae-lambda/index.html");
    for (const { measured } of claims) expect(page).toContain(measured);
    expect(page).toContain("<math");
    expect(page).toContain("export function gae(");
    expect(page).not.toMatch(/<script|(src|href)="https?:/);
    expect(file("index.html")).toContain('href="gae-lambda/index.html"');
    expect(file("gae-lambda/curves.svg")).toMatch(/^<svg/);
    expect(file("gae-lambda/data.jsonl").trim().split("\n")).toHaveLength(2 + 12);
    const saved = JSON.parse(file("results.json")) as {
      experiments: { name: string; claims: { verdict: string }[] }[];
    };
    expect(saved.experiments[0].claims.map(({ verdict }) => verdict)).toEqual(claims.map(({ verdict }) => verdict));
  });

  test("go on where they were stopped, and do nothing twice", async () => {
    const controller = new AbortController();
    const first: string[] = [];
    const stopped = await runExperiments(["gae-lambda"], {
      out,
      quick: true,
      jobs: 1,
      signal: controller.signal,
      carryOut: carrying(first),
      onChange: (job: TrialJob) => job.status === "finished" && first.length === 5 && controller.abort(),
    });
    expect(stopped.status).toBe("interrupted");
    expect(stopped.experiments).toEqual([]);
    expect(existsSync(join(out, "gae-lambda/index.html"))).toBe(false);
    const second: string[] = [];
    const resumed = await runExperiments(["gae-lambda"], { out, quick: true, carryOut: carrying(second) });
    expect(resumed.status).toBe("finished");
    expect([...first, ...second].sort()).toEqual([...new Set([...first, ...second])].sort());
    expect(first.length + second.length).toBe(13);
    const third: string[] = [];
    await runExperiments(["gae-lambda"], { out, quick: true, carryOut: carrying(third) });
    expect(third).toEqual([]);
  });

  test("do not take the short protocol's data for the full one's", async () => {
    await runExperiments(["gae-lambda"], { out, quick: true, carryOut: carrying([]) });
    const carried: string[] = [];
    const controller = new AbortController();
    const onChange = (job: TrialJob) => job.status === "finished" && controller.abort();
    let board = 0;
    const onStart = (all: readonly TrialJob[]) =>
      void (board = all.filter(({ status }) => status === "waiting").length);
    await runExperiments(["gae-lambda"], { out, jobs: 1, signal: controller.signal, onStart, onChange, carryOut: carrying(carried) }); // prettier-ignore
    expect([board, carried.length]).toEqual([121, 1]);
  });

  test("say what failed, and keep the rest", async () => {
    const carryOut = (task: TrialTask, controls: JobControls<number>) =>
      task.trial.id === "lambda-1-2" ? Promise.reject(new Error("no luck")) : carrying([])(task, controls);
    const result = await runExperiments(["gae-lambda"], { out, quick: true, carryOut });
    expect(result.failures).toEqual([{ trial: "gae-lambda, lambda-1-2", error: "no luck" }]);
    expect(result.experiments).toEqual([]);
  });

  test("refuse names and folders that are not theirs", async () => {
    await expect(runExperiments(["gae-lamda"], { out })).rejects.toThrow('Did you mean "gae-lambda"?');
    mkdirSync(out);
    writeFileSync(join(out, "Thesis.docx"), "");
    await expect(runExperiments(["gae-lambda"], { out })).rejects.toThrow("Thesis.docx");
  });
});
