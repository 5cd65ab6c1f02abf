import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { compareRuns } from "../../src/comparison/compare.ts";
import { InputError } from "../../src/errors.ts";
import { readRun } from "../../src/runs/read-run.ts";
import { runFiles } from "../../src/runs/run-folder.ts";
import { mean, seedInterval } from "../../src/runs/statistics.ts";
import { trainToRun } from "../../src/runs/train-run.ts";
import { fakeContext } from "../cli/fake-library.ts";
import { createFakeTraining } from "../runs/fake-training.ts";

let folder: string;
const at = (name: string) => join(folder, "runs", name);
const finalOf: Record<string, number> = { "fast-1": 400, "fast-2": 500, "fast-3": 450, "slow-1": 100 };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-compare-"));
  const train = async (name: string, options: object) => {
    await trainToRun("ppo", options as never, { runDir: join(folder, "runs"), name }, createFakeTraining);
    const { summary } = runFiles(at(name));
    const final = { episodes: 20, asked: 20, seed: 1, deterministic: true, mean: finalOf[name], std: 0, min: 0, max: 0, meanLength: 1 }; // prettier-ignore
    if (finalOf[name]) writeFileSync(summary, JSON.stringify({ ...readRun(at(name)).summary, finalEvaluation: final }));
  };
  for (const seed of [1, 2, 3]) await train(`fast-${seed}`, { env: "A-v0", seed, totalSteps: 20_000, learningRate: 0.01 }); // prettier-ignore
  await train("slow-1", { env: "A-v0", seed: 1, totalSteps: 20_000, learningRate: 0.0001 });
  await train("other", { env: "<b>B</b>", seed: 1, totalSteps: 5000 });
  cpSync(at("fast-3"), at("fast-again"), { recursive: true }); // the same seed once more tells nothing new
  cpSync(at("fast-2"), at("fast-failed"), { recursive: true });
  const { summary } = runFiles(at("fast-failed"));
  const failed = { ...readRun(at("fast-2")).summary, status: "failed", error: "<i>no</i> finite loss", finalEvaluation: undefined }; // prettier-ignore
  writeFileSync(summary, JSON.stringify(failed));
  mkdirSync(at("empty"));
  writeFileSync(at("notes.txt"), "");
  mkdirSync(at("damaged"));
  writeFileSync(join(at("damaged"), "config.json"), "{");
});
afterAll(() => rmSync(folder, { recursive: true }));

const names = [...Object.keys(finalOf), "other", "fast-again", "fast-failed", "empty", "notes.txt", "damaged"];
const polgrad = async (...argv: string[]) => {
  const { context, written } = fakeContext(["compare", ...argv], folder);
  return { code: await runCli(context), ...written };
};

describe("runs side by side", () => {
  test("are groups of an algorithm, an environment and options, the best first", () => {
    const { environments } = compareRuns(names.map(at));
    expect(environments.map(({ env, varies, threshold }) => [env, varies, threshold])).toEqual([
      ["A-v0", ["learningRate"], 195],
      ["<b>B</b>", [], 195],
    ]);
    const [{ groups }] = environments;
    const [fast, slow] = groups.map(({ group }) => group);
    expect([fast.name, slow.name]).toEqual(["ppo, learningRate 0.01", "ppo, learningRate 0.0001"]);
    expect(fast.runs).toHaveLength(5);
    expect(fast.seeds.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    const finals = [400, 500, 450];
    expect(fast).toMatchObject({ finalMean: 450, finalInterquartileMean: 450, finalInterval: seedInterval(finals) });
    expect(fast.trainingMean).toBeCloseTo(mean([1, 2, 3].map((seed) => readRun(at(`fast-${seed}`)).summary!.meanReturn100!)), 9); // prettier-ignore
    expect(slow).toMatchObject({ finalMean: 100, finalInterval: null });
    expect(groups[0].curve.at(-1)!.step).toBe(fast.seeds[0].steps);
    expect(groups[0].curve[50].interval).toEqual([Math.min(...groups[0].curve[50].values), Math.max(...groups[0].curve[50].values)]); // prettier-ignore
    const seconds = Math.min(...fast.seeds.map(({ wallSeconds }) => wallSeconds));
    expect(groups[0].timed.at(-1)!.step).toBeLessThanOrEqual(seconds + 0.01);
  });

  test("what is no run is left out, and why is told", () => {
    const { skipped } = compareRuns(names.map(at));
    expect(skipped.map(({ path }) => path)).toEqual([at("empty"), at("notes.txt"), at("damaged")]);
    expect(skipped.map(({ reason }) => reason)).toEqual([
      "it holds no run",
      "it is a file, not the folder of a run",
      expect.stringContaining("config.json is not JSON"),
    ]);
    expect(compareRuns([join(folder, "runs")]).environments[0].groups[0].group.runs).toHaveLength(5);
    expect(() => compareRuns([at("empty"), at("nowhere")])).toThrow(
      new InputError(`there are no runs to compare. Name their folders, as polgrad compare runs/*\n- ${at("empty")}: it holds no run\n- ${at("nowhere")}: there is no such folder`), // prettier-ignore
    );
  });

  test("a group in which nothing is finished counts what it has; a run without an update is no obstacle", () => {
    const { environments } = compareRuns([at("fast-failed")]);
    const [{ group, curve }] = environments[0].groups;
    expect(group).toMatchObject({ name: "ppo", finalMean: null, finalInterval: null });
    expect(group.seeds[0]).toMatchObject({ status: "failed", error: "<i>no</i> finite loss", finalMean: null });
    expect(curve.length).toBeGreaterThan(90);
    const bare = at("bare");
    mkdirSync(bare);
    cpSync(runFiles(at("slow-1")).config, runFiles(bare).config);
    expect(compareRuns([bare]).environments[0].groups[0]).toMatchObject({ curve: [], timed: [], group: { trainingMean: null, runs: [{ status: "open", steps: 0 }] } }); // prettier-ignore
    rmSync(bare, { recursive: true });
  });
});

describe("polgrad compare", () => {
  test("prints a table and writes a page, in which texts of others are texts", async () => {
    const { code, stdout, stderr } = await polgrad(...names.map(at));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^A-v0\n.*final \[95 %\].*\n {2}ppo, learningRate 0\.01 +3 +450\.0 \[325\.8, 574\.2\] .* 1 not finished\n {2}ppo, learningRate 0\.0001 +1 +100\.0 /); // prettier-ignore
    expect(stdout).toContain("Student's t of the mean");
    expect(stdout).toContain(`Left out: ${at("empty")}: it holds no run.`);
    const page = readFileSync(join(folder, "comparison.html"), "utf8");
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|<b>B<|<i>no</);
    const { document } = parseHTML(page);
    expect([...document.querySelectorAll("h2")].map((title) => title.textContent)).toEqual([
      ...["A-v0", "A-v0: what they came to", "A-v0: options that differ", "A-v0: each run"],
      ...["<b>B</b>", "<b>B</b>: what they came to", "<b>B</b>: each run", "Left out", "How to read it"],
    ]);
    expect(document.querySelectorAll("figure svg")).toHaveLength(2 * 2 * 3);
    expect(document.querySelector("a")!.getAttribute("href")).toBe("runs/fast-1/report.html");
    expect(document.body.textContent).toContain("seconds of training");
    expect(document.body.textContent).toContain("fast-failed failed: <i>no</i> finite loss");
  });

  test("--json gives the figures; a file that is no comparison stays as it is", async () => {
    const { code, stdout } = await polgrad(join(folder, "runs"), "--json");
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const { environments, page } = JSON.parse(stdout) as { environments: { groups: object[] }[]; page: string };
    expect(environments[0].groups[0]).toMatchObject({ name: "ppo, learningRate 0.01", seeds: [1, 2, 3], finalMean: 450 }); // prettier-ignore
    expect(page).toBe("comparison.html");
    const wrong = await polgrad(at("other"), "--out", at("notes.txt"));
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toContain("is there already, and is no comparison: name another file with --out");
    expect((await polgrad()).stderr).toBe("polgrad: which runs? For example: polgrad compare runs/*\n");
  });
});
