import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { algorithms, type Algorithm, type MetricFigure } from "../../src/algorithms/index.ts";
import { InputError } from "../../src/errors.ts";
import { readRun, writeLearningCurve, writeReport, type WriteReportOptions } from "../../src/node.ts";
import { writeConfig } from "../../src/runs/run-folder.ts";
import { resumeRun, trainToRun } from "../../src/runs/train-run.ts";
import { createFakeTraining } from "./fake-training.ts";

const ppo: Algorithm = algorithms.ppo;

let folder: string;
let run: string;
let html: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-report-"));
  const options = { env: "<b>Env</b>", totalSteps: 30_000, evaluateEvery: 8000 };
  const settings = { runDir: folder, command: 'polgrad train ppo "<x>"' };
  ({ run } = (await trainToRun("ppo", options, settings, createFakeTraining)).summary);
  await resumeRun(run, { totalSteps: 60_000 }, createFakeTraining);
  html = readFileSync(join(run, "report.html"), "utf8");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("report.html", () => {
  test("needs nothing from anywhere: no script, no link, no address", () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\bsrc=|\bhref=/i);
    expect(
      html.replaceAll("http://www.w3.org/2000/svg", "").replaceAll("http://www.w3.org/1999/xlink", ""),
    ).not.toMatch(/https?:/);
  });

  test("has the headline numbers, the figures, the configuration and how to go on", () => {
    const { document } = parseHTML(html);
    const { summary } = readRun(run);
    const text = document.body.textContent.replace(/\s+/g, " ");
    expect(document.querySelectorAll(".headline dd").length).toBe(4);
    expect(text).toContain(
      `Return of 195 reached at step${summary?.reachedAtStep?.toLocaleString("en-US")}in training`,
    );
    expect(text).toContain(`over 100 episodes: step ${summary?.solvedAtStep?.toLocaleString("en-US")}`);
    expect(summary!.reachedAtStep).toBeLessThan(summary!.solvedAtStep!);
    expect(text).toContain("seconds of training");
    expect(text).toContain("2 sittings");
    expect([...document.querySelectorAll("h3")].map((title) => title.textContent)).toEqual([
      "Entropy",
      "KL divergence",
      "Clip fraction",
      "Explained variance",
      "Value loss",
      "Policy loss",
      "Gradient norm",
      "Learning rate",
    ]);
    expect(document.querySelectorAll("figure svg").length).toBe(2 * 3 + 8);
    expect(text).toContain("total steps from 30,000 to 60,000; schedules follow the new total");
    const rows = [...document.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent));
    expect(rows).toContainEqual(["hidden", "64, 64"]);
    expect(rows).toContainEqual(["totalSteps given", "60,000"]);
    expect(text).toContain(`npx polgrad evaluate ${run} --episodes 100`);
    expect(text).toContain(`npx polgrad resume ${run} --steps 120000`);
  });

  test("follows the reader's colours and screen", () => {
    expect(html).toContain("prefers-color-scheme:dark");
    expect(html).toContain('name="viewport"');
  });

  test("shows names as text, whatever is in them", () => {
    expect(html).not.toContain("<b>Env");
    expect(html).toContain("PPO on &lt;b&gt;Env&lt;/b&gt;");
    expect(html).toContain("&quot;&lt;x&gt;&quot;");
  });

  test("can be drawn anew from the folder", async () => {
    rmSync(join(run, "report.html"));
    await writeReport(run);
    expect(readFileSync(join(run, "report.html"), "utf8")).toBe(html);
  });
});

describe("diagnostics", () => {
  /** The titles of a report whose updates have these metrics. */
  async function titles(
    algorithm: string,
    metricsOf: (update: number) => Record<string, number>,
    options: WriteReportOptions = {},
  ): Promise<(string | null)[]> {
    const other = join(folder, "other");
    cpSync(run, other, { recursive: true });
    writeConfig(other, { ...readRun(run).config, algorithm });
    const path = join(other, "metrics.jsonl");
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const changed = lines.map((line, i) => {
      const { update, step, episodes, meanReturn100, finished } = JSON.parse(line) as Record<string, unknown>;
      return JSON.stringify({ update, step, episodes, meanReturn100, ...metricsOf(i), finished });
    });
    writeFileSync(path, changed.join("\n") + "\n");
    await writeReport(other, options);
    const { document } = parseHTML(readFileSync(join(other, "report.html"), "utf8"));
    rmSync(other, { recursive: true });
    return [...document.querySelectorAll("h3")].map((title) => title.textContent);
  }

  test("the pushes of A3C's workers share a figure; a single worker has none", async () => {
    const pushes = { staleness: 0.5, stalenessMax: 2, pushes: 80 };
    expect(
      await titles("a3c", (i) => ({ ...pushes, pushesOfWorker0: 80, pushesOfWorker1: 0, pushesOfWorker10: i })),
    ).toEqual(["Staleness", "Pushes", "Pushes of each worker"]);
    expect(await titles("a3c", () => ({ ...pushes, pushesOfWorker0: 80 }))).toEqual(["Staleness", "Pushes"]);
  });

  test("a setting is shown where it changes, and a metric without a title by its name", async () => {
    expect(await titles("ppo", (i) => ({ clip: 0.2, someNumber: i }))).toEqual(["Some number"]);
    expect(await titles("ppo", (i) => ({ clip: 0.2 / (i + 1) }))).toEqual(["Clip range"]);
  });

  test("metrics of an algorithm that is not built in are shown by their names, or as it describes them", async () => {
    const metricsOf = (i: number) => ({ rewardGap: i, entropy: -i });
    expect(await titles("dream", metricsOf)).toEqual(["Reward gap", "Entropy"]);
    const metrics: MetricFigure[] = [
      { title: "Entropy of dreams", note: "in nats", metrics: { entropy: "entropy" } },
      { title: "Never reported", note: "", metrics: { nothing: "nothing" } },
    ];
    const algorithm: Algorithm = { ...ppo, name: "dream", metrics };
    expect(await titles("dream", metricsOf, { algorithm })).toEqual(["Entropy of dreams", "Reward gap"]);
  });
});

test("a run without an environment has no returns, no curve and nothing to evaluate", async () => {
  const reader: Algorithm = { ...ppo, name: "reader", title: "Reader", environments: 0, presets: {} };
  const settings = { runDir: folder };
  const { summary } = await trainToRun(reader, { totalSteps: 3000 }, settings, createFakeTraining);
  const page = readFileSync(join(summary.run, "report.html"), "utf8");
  const { document } = parseHTML(page);
  const text = document.body.textContent.replace(/\s+/g, " ");
  expect(document.querySelector("h1")?.textContent).toBe("Reader");
  expect([...document.querySelectorAll(".headline dt")].map((name) => name.textContent)).toEqual([
    "Steps",
    "Steps per second",
    "Wall time",
  ]);
  expect([...document.querySelectorAll("h2")].map((title) => title.textContent)).toEqual([
    "Diagnostics",
    "Configuration",
    "Next steps",
  ]);
  expect(document.querySelector("figure svg")?.textContent).toContain("steps");
  expect(text).not.toMatch(/Mean return|evaluate |preset|null|undefined|NaN/);
  expect(text).toContain(`await resumeRun("${summary.run}", { algorithm, totalSteps: 6000 })`);
  await expect(writeLearningCurve(summary.run, join(folder, "none.svg"))).rejects.toThrow(/plays in no environment/);
});

test("writeLearningCurve writes an SVG that stands alone", async () => {
  const path = join(folder, "curve.svg");
  await writeLearningCurve(run, path);
  const svg = readFileSync(path, "utf8");
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*><title>Learning curve of PPO on &lt;b/);
  await expect(writeLearningCurve(join(folder, "nope"), path)).rejects.toThrow(InputError);
});

describe("a report that has something else to show", () => {
  /** The text of a report whose summary and updates are changed. */
  async function reportOf(
    name: string,
    summaryOf: object,
    lineOf: (line: Record<string, unknown>, i: number) => object,
  ) {
    const other = join(folder, name);
    cpSync(run, other, { recursive: true });
    const { files } = readRun(other);
    const summary = JSON.parse(readFileSync(files.summary, "utf8")) as object;
    writeFileSync(files.summary, JSON.stringify({ ...summary, ...summaryOf }));
    const lines = readFileSync(files.metrics, "utf8").trimEnd().split("\n");
    const changed = lines.map((line, i) => JSON.stringify(lineOf(JSON.parse(line) as Record<string, unknown>, i)));
    writeFileSync(files.metrics, `${changed.join("\n")}\n`);
    await writeReport(other);
    const page = readFileSync(join(other, "report.html"), "utf8");
    return { page, files, text: parseHTML(page).document.body.textContent.replace(/\s+/g, " "), other };
  }

  test("of a failure it tells what ran away, since when, and what to try", async () => {
    const error = "the loss is not finite at step 60,032";
    const { text } = await reportOf("failed", { status: "failed", error }, (line, i) =>
      i < 400 ? line : { ...line, gradientNorm: 10 ** (i - 398) },
    );
    expect(text).toContain(`What went wrong ${error}`);
    expect(text).toMatch(/Gradient norm was about 0\.\d+ and came to 1e70: it left its usual size at step 51,328\./);
    expect(text).toContain("--learning-rate 0.0003 instead of 0.001");
    expect(html).not.toContain("What went wrong");
  });

  test("where no episode has ended, rewards per step, and how to limit episodes", async () => {
    const { text, page } = await reportOf("endless", { meanReturn100: null, episodes: 0, solvedAtStep: null }, (line) => ({ ...line, episodes: 0, meanReturn100: null, finished: [], rewardPerStep: 0.5 + Number(line.step) / 1e6 })); // prettier-ignore
    expect(text).toContain("Reward per step No episode has ended yet");
    expect(text).toContain("--max-episode-steps 1000");
    expect(page).toContain("reward per step");
    expect(text).not.toContain("mean of the last 100");
  });

  test("the final evaluation is its headline; an episode is an image that cannot act, and can be stopped", async () => {
    const final = { episodes: 3, asked: 20, seed: 1_000_000, deterministic: true, mean: -1.25e9, std: 0, min: 0, max: 0, meanLength: 5, note: "no more ended within 2 s" }; // prettier-ignore
    const { other, files } = await reportOf("evaluated", { finalEvaluation: final }, (line) => line);
    writeFileSync(files.episode, `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><circle r="1"><animate attributeName="cx" values="0;1"/></circle></svg>`); // prettier-ignore
    await writeReport(other);
    const page = readFileSync(join(other, "report.html"), "utf8");
    const { document } = parseHTML(page);
    expect(document.querySelector(".headline div")!.textContent).toBe("Final evaluation−1.25B ± 0mean return, likeliest actions, 3 of 20 episodes: no more ended within 2 s"); // prettier-ignore
    expect(page).not.toContain("<script");
    const sources = [...document.querySelectorAll(".episode img")].map((image) => image.getAttribute("src")!);
    const [moving, resting] = sources.map((source) => decodeURIComponent(source.replace("data:image/svg+xml,", "")));
    expect(moving).toContain("<animate");
    expect(resting).toContain("<circle");
    expect(resting).not.toContain("<animate");
    expect(page).toContain("prefers-reduced-motion:reduce");
    writeFileSync(files.episode, `<svg>${" ".repeat(150_000)}</svg>`); // too large for a page
    await writeReport(other);
    expect(readFileSync(join(other, "report.html"), "utf8")).not.toContain("<img");
  });
});
