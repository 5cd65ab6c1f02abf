import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { curvesFigure, finalFigure } from "../../src/suites/figures.ts";
import { figureColors } from "../../src/runs/figures.ts";
import type { FigureJob } from "../../src/suites/figures.ts";
import { suiteReport } from "../../src/suites/report.ts";
import type { JobResult } from "../../src/suites/results.ts";
import { parseSuite } from "../../src/suites/suite.ts";
import {
  curvesCsv,
  finalRows,
  jobsCsv,
  learningRows,
  markdownTable,
  optionRows,
  score,
  seedRows,
  seedsCsv,
  shortCount,
  sourceLinks,
  withInterval,
} from "../../src/suites/tables.ts";

const seed = (number: number, mean: number, stepsToGoal: number | null) => ({
  seed: number,
  run: `b/runs/x-${number}`,
  ...{ mean, std: 2.5, min: 0, max: 500, steps: 100_000, episodes: 700, meanReturn100: mean, stepsToGoal },
  ...{ wallSeconds: 12.34, stepsPerSecond: 8000 + number, weightsSha256: "abc" },
});

const job: JobResult = {
  ...{ name: "ppo | x", algorithm: "ppo", env: "CartPole-v1", totalSteps: 100_000, totalEpisodes: null },
  options: { gamma: 0.98, hidden: [64] },
  evaluation: { episodes: 100, seed: 7, deterministic: true },
  seeds: [seed(1, 480, 57_000), seed(2, 500, 61_000), seed(3, 497.25, null)],
  failed: [{ seed: 4, error: "the loss is <NaN>" }],
  missing: [],
  ...{
    mean: 492.4166,
    interval: [480, 500],
    std: 10.8,
    interquartileMean: 492.4166,
    interquartileInterval: [480, 500],
  },
  ...{ min: 480, max: 500, target: 475, reached: false, goal: 475 },
  stepsToGoal: { seeds: 2, median: 59_000, min: 57_000, max: 61_000 },
  ...{ stepsPerSecond: 8002, wallSeconds: 12.34 },
  published: [{ value: 500, std: 0, steps: 100_000, by: "the zoo", source: "https://example.org/a?b&c" }],
};
const empty: JobResult = {
  ...{
    ...job,
    name: "a2c",
    options: {},
    seeds: [],
    failed: [],
    missing: [1, 2],
    mean: null,
    interval: null,
    std: null,
  },
  ...{
    interquartileMean: null,
    interquartileInterval: null,
    min: null,
    max: null,
    target: null,
    reached: null,
    goal: null,
  },
  ...{
    stepsToGoal: null,
    stepsPerSecond: null,
    wallSeconds: null,
    published: [],
    totalSteps: null,
    totalEpisodes: 50,
  },
};
const jobs = [job, empty];

describe("rows", () => {
  test("of the final evaluations", () => {
    expect(finalRows(jobs).slice(1)).toEqual([
      [
        ...["ppo | x", "CartPole-v1", "100k steps", "3 of 4, 1 failed", "492.4 [480.0, 500.0]", "492.4"],
        ...["480.0 to 500.0", "475, missed", "500.0 ± 0.0 at 100k ([the zoo][1])"],
      ],
      ["a2c", "CartPole-v1", "50 episodes", "0 of 2", "–", "–", "–", "–", "–"],
    ]);
    expect(sourceLinks(jobs)).toBe("[1]: https://example.org/a?b&c");
  });

  test("of learning", () => {
    expect(learningRows(jobs).slice(1)).toEqual([
      ["ppo | x", "CartPole-v1", "475: 2 of 4 seeds", "59,000 (57,000–61,000)", "8,002", "12.3"],
      ["a2c", "CartPole-v1", "–", "–", "–", "–"],
    ]);
  });

  test("of seeds", () => {
    expect(seedRows(jobs).slice(1)).toEqual([
      ["1", "480.0 ± 2.5, 57,000", "–"],
      ["2", "500.0 ± 2.5, 61,000", "–"],
      ["3", "497.3 ± 2.5, –", "–"],
      ["4", "failed", "–"],
    ]);
    // The goal of training may be the environment's threshold.
    expect(seedRows([{ ...job, target: null }])[1]).toEqual(["1", "480.0 ± 2.5, 57,000"]);
    expect(seedRows([{ ...job, target: null, goal: null }])[1]).toEqual(["1", "480.0 ± 2.5"]);
  });

  test("of options", () => {
    expect(optionRows(jobs).slice(1)).toEqual([
      ["ppo | x", "CartPole-v1", "gamma 0.98, hidden [64]"],
      ["a2c", "CartPole-v1", "nothing"],
    ]);
  });
});

test("a Markdown table has aligned columns, whatever stands in them", () => {
  expect(
    markdownTable([
      ["a", "b"],
      ["x | y", "−1"],
    ]),
  ).toBe(["| a      | b   |", "| ------ | --- |", "| x \\| y | −1  |"].join("\n"));
});

test.each([
  [500, "500.0"],
  [-172.225, "−172.2"],
  [-1196.04, "−1,196.0"],
  [0.7321, "0.732"],
  [0, "0.0"],
  [-0.05, "−0.050"],
  [null, "–"],
])("the return %d is shown as %s", (value, text) => expect(score(value)).toBe(text));

test("what stands beside a return has its digits", () => {
  expect(withInterval(0.7321, [0.7, 0.76])).toBe("0.732 [0.700, 0.760]");
  expect(withInterval(12, [9.04, 15])).toBe("12.0 [9.0, 15.0]");
  expect(withInterval(12, null)).toBe("12.0");
});

test.each([
  [100_000, "100k"],
  [1_000_000, "1M"],
  [2_500_000, "2.5M"],
  [12_345, "12,345"],
  [900, "900"],
])("%d is shown as %s", (value, text) => expect(shortCount(value)).toBe(text));

const point = (step: number, values: number[]) => ({
  step,
  mean: values.reduce((a, b) => a + b) / values.length,
  interval: values.length > 1 ? ([Math.min(...values), Math.max(...values)] as const) : null,
  values,
});
const curve = Array.from({ length: 20 }, (_, i) => point(i * 5000, [i * 20, i * 22, i * 25]));
const collected: FigureJob[] = [
  { result: job, curve },
  { result: empty, curve: [] },
];

test("CSV holds numbers as they are, and quotes what needs it", () => {
  const rows = jobsCsv(jobs).split("\n");
  const cell = (row: number, name: string) => rows[row].split(",")[rows[0].split(",").indexOf(name)];
  expect(rows).toHaveLength(4);
  expect([cell(1, "mean"), cell(1, "reached"), cell(1, "meanLow")]).toEqual(["492.4166", "false", "480"]);
  expect([cell(2, "mean"), cell(2, "missing"), cell(2, "totalEpisodes")]).toEqual(["", "2", "50"]);
  expect(seedsCsv(jobs).split("\n")[3]).toBe(
    "ppo | x,ppo,CartPole-v1,3,497.25,2.5,0,500,100000,700,497.25,,12.34,8003,abc,b/runs/x-3",
  );
  expect(curvesCsv(collected).split("\n")[2]).toBe("ppo | x,ppo,CartPole-v1,5000,22.3333333,20,25,20 22 25");
});

describe("figures", () => {
  const parse = (svg: string) => parseHTML(`<html><body>${svg}</body></html>`).document.querySelector("svg")!;
  const size = { width: 840, height: 360 };

  test("learning curves: a line and a band for each algorithm that has one, target and legend", () => {
    const two = [...collected, { result: { ...job, name: "trpo" }, curve }];
    const root = parse(curvesFigure(two, size));
    expect(root.querySelectorAll("g[aria-label=area]").length).toBe(2);
    expect(root.querySelectorAll("g[aria-label=line]").length).toBe(2 + 2 * 3); // each of three seeds, faint
    for (const text of ["ppo | x", "trpo", "target 475"]) expect(root.textContent).toContain(text);
    expect(root.textContent).not.toContain("a2c");
  });

  test("a single algorithm's seeds are lines of their own; a single seed has no band", () => {
    expect(parse(curvesFigure(collected, size)).querySelectorAll("g[aria-label=line]").length).toBe(1 + 3);
    const single = [{ result: job, curve: curve.map(({ step, values }) => point(step, values.slice(0, 1))) }];
    const root = parse(curvesFigure(single, size));
    expect(root.querySelectorAll("g[aria-label=line]").length).toBe(1);
    expect(root.querySelectorAll("g[aria-label=area] path").length).toBe(0);
  });

  test("final evaluations: a dot for each seed, the mean, what was published", () => {
    const root = parse(finalFigure(collected, 840));
    expect(root.querySelectorAll("circle").length).toBe(3 + 1);
    for (const text of ["ppo | x", "published", "target", "mean return"]) expect(root.textContent).toContain(text);
  });

  test("say of how few seeds an interval is", () => {
    const of = (count: number) => ({
      result: { ...job, seeds: Array(count).fill(job.seeds[0]) as typeof job.seeds },
      curve,
    });
    for (const draw of [
      (one: ReturnType<typeof of>) => curvesFigure([one], size),
      (one: ReturnType<typeof of>) => finalFigure([one], 840),
    ]) {
      expect(draw(of(2))).toContain("n = 2");
      expect(draw(of(5))).not.toContain("n = 5");
    }
  });

  test("every line of many has a colour and dashes of its own, and the legend shows them", () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ result: { ...job, name: `job ${i}` }, curve }));
    const root = parse(curvesFigure(many, size));
    const styles = [...root.querySelectorAll("g[aria-label=line]")].map((line) =>
      [line.getAttribute("stroke"), line.getAttribute("stroke-dasharray") ?? "solid"].join(" "),
    );
    expect(new Set(styles).size).toBe(12);
    const keys = [...root.querySelectorAll("path[d$=h24]")].map((line) =>
      [line.getAttribute("stroke"), line.getAttribute("stroke-dasharray") ?? "solid"].join(" "),
    );
    expect(keys.slice(0, 12)).toEqual(styles);
  });

  test("take their colours from variables, and hold no number that is none", () => {
    const many = Array.from({ length: 10 }, (_, i) => ({ result: { ...job, name: `job ${i}` }, curve }));
    for (const svg of [
      curvesFigure(many, size),
      finalFigure(many, 400),
      curvesFigure([], size),
      finalFigure([], 400),
    ]) {
      expect(svg).not.toMatch(/NaN|Infinity|undefined|#[0-9a-f]{6}/i);
      for (const [, name] of svg.matchAll(/var\(--(\w+)\)/g)) expect(Object.keys(figureColors.dark)).toContain(name);
    }
  });
});

test("the report shows it all in one file, and escapes what it is given", () => {
  const suite = parseSuite({ name: "mine", summary: "<b>", jobs: [{ algorithm: "ppo", env: "CartPole-v1" }] }, "x");
  const html = suiteReport(
    "b",
    suite,
    [
      { result: job, curve },
      { result: empty, curve: [] },
    ],
    2,
  );
  const { document } = parseHTML(html);
  expect(document.querySelectorAll("script, link, img").length).toBe(0);
  expect(html).not.toMatch(/NaN(?!&gt;)|undefined|\[object|<b><\/p>/);
  expect(document.querySelector(".headline")!.textContent).toContain("0 of 1");
  expect(document.querySelector('a[href="runs/x-3/report.html"]')!.textContent).toBe("497.3");
  expect(document.querySelector("ul")!.textContent).toContain("seed 4: the loss is <NaN>");
  expect(document.querySelector('a[href="https://example.org/a?b&c"]')!.textContent).toBe("the zoo");
  expect(document.querySelectorAll("figure svg").length).toBe(6);
});
