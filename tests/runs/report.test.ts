import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { readRun, writeLearningCurve, writeReport } from "../../src/node.ts";
import { resumeRun, trainToRun } from "../../src/runs/train-run.ts";
import { createFakeTraining } from "./fake-training.ts";

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
    expect(text).toContain(`Solved at step${summary?.solvedAtStep?.toLocaleString("en-US")}`);
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
    expect(document.querySelectorAll("figure svg").length).toBe(2 + 8);
    expect(text).toContain("total steps from 30,000 to 60,000; schedules follow the new total");
    const rows = [...document.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent));
    expect(rows).toContainEqual(["hidden", "64, 64"]);
    expect(rows).toContainEqual(["totalSteps given", "60,000"]);
    expect(text).toContain("mean return of 195 over 100 episodes");
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

test("writeLearningCurve writes an SVG that stands alone", async () => {
  const path = join(folder, "curve.svg");
  await writeLearningCurve(run, path);
  const svg = readFileSync(path, "utf8");
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*><title>Learning curve of PPO on &lt;b/);
  await expect(writeLearningCurve(join(folder, "nope"), path)).rejects.toThrow(InputError);
});
