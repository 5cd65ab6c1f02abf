// The results of a suite as tables: Markdown for documents, CSV for other programs.

import { csvLine, textCell } from "../runs/progress-csv.ts";
import { decimal, whole } from "../text/numbers.ts";
import { inOneLine } from "../text/printable.ts";
import type { CurvePoint } from "./curves.ts";
import type { Interval } from "../runs/statistics.ts";
import type { JobResult } from "./results.ts";
import type { Published } from "./suite.ts";

/** Text of others in Markdown: in one line, and no HTML. */
export const markdownText = (text: string): string => inOneLine(text).replaceAll("<", "\\<");

/** Rows of texts as a Markdown table with aligned columns: readable on a terminal as well. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [header = []] = rows;
  const escaped = rows.map((row) => row.map((cell) => markdownText(cell).replaceAll("|", "\\|")));
  const widths = header.map((_, column) => Math.max(3, ...escaped.map((row) => [...(row[column] ?? "")].length)));
  const pad = (cell: string, width: number) => cell + " ".repeat(Math.max(0, width - [...cell].length));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => pad(cell, widths[i])).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(escaped[0] ?? []), rule, ...escaped.slice(1).map(line)].join("\n");
}

/** The final evaluations: a row a job. What was published refers to `sourceLinks`. */
export function finalRows(jobs: readonly JobResult[]): string[][] {
  const sources = sourcesOf(jobs);
  const header = [
    "algorithm",
    "environment",
    "trained for",
    "seeds",
    "mean [95 %]",
    "IQM",
    "lowest–highest seed",
    "target",
    "published",
  ];
  return [
    header,
    ...jobs.map((job) => [
      job.name,
      job.env,
      trainedFor(job),
      seedCount(job),
      withInterval(job.mean, job.interval),
      score(job.interquartileMean),
      job.min === null ? "–" : `${score(job.min, job.mean)} to ${score(job.max, job.mean)}`,
      targetText(job),
      job.published.map((one) => publishedText(one, sources.indexOf(one.source) + 1)).join("; ") || "–",
    ]),
  ];
}

/** How fast it was learned, in steps and in time: a row a job. */
export function learningRows(jobs: readonly JobResult[]): string[][] {
  return [
    ["algorithm", "environment", "goal in training", "median step (range)", "steps/s", "s per run"],
    ...jobs.map((job) => [
      job.name,
      job.env,
      job.goal === null
        ? "–"
        : `${plain(job.goal)}: ${job.stepsToGoal?.seeds ?? 0} of ${job.seeds.length + job.failed.length} seeds`,
      job.stepsToGoal === null
        ? "–"
        : `${whole(job.stepsToGoal.median)} (${whole(job.stepsToGoal.min)}–${whole(job.stepsToGoal.max)})`,
      job.stepsPerSecond === null ? "–" : whole(job.stepsPerSecond),
      job.wallSeconds === null ? "–" : job.wallSeconds.toFixed(1),
    ]),
  ];
}

/** Each seed's final evaluation, and the step at which it reached the goal: a row a seed and a column a job. */
export function seedRows(jobs: readonly JobResult[]): string[][] {
  const seeds = [...new Set(jobs.flatMap((job) => [...job.seeds, ...job.failed].map(({ seed }) => seed)))];
  return [
    ["seed", ...jobs.map(({ name, env }) => `${name}, ${env}`)],
    ...seeds
      .sort((a, b) => a - b)
      .map((seed) => [
        String(seed),
        ...jobs.map((job) => {
          if (job.failed.some((one) => one.seed === seed)) return "failed";
          const found = job.seeds.find((one) => one.seed === seed);
          if (!found) return "–";
          const at = job.goal === null ? "" : found.stepsToGoal === null ? ", –" : `, ${whole(found.stepsToGoal)}`;
          return `${withSpread(found.mean, found.std)}${at}`;
        }),
      ]),
  ];
}

/** What differs from the defaults, by presets or by the suite: a row a job. */
export function optionRows(jobs: readonly JobResult[]): string[][] {
  return [
    ["algorithm", "environment", "what differs from the defaults"],
    ...jobs.map(({ name, env, options }) => [
      name,
      env,
      Object.entries(options)
        .map(([option, value]) => `${option} ${typeof value === "string" ? value : JSON.stringify(value)}`)
        .join(", ") || "nothing",
    ]),
  ];
}

function publishedText({ value, std, steps, by }: Published, source: number): string {
  const at = steps === undefined ? "" : ` at ${shortCount(steps)}`;
  return `${std === undefined ? score(value) : withSpread(value, std)}${at} ([${by}][${source}])`;
}

/** Where the published numbers stand, as Markdown's definitions of links, to be put below the table. */
export function sourceLinks(jobs: readonly JobResult[]): string {
  return sourcesOf(jobs)
    .map((source, index) => `[${index + 1}]: ${inOneLine(source)}`)
    .join("\n");
}

function sourcesOf(jobs: readonly JobResult[]): string[] {
  return [...new Set(jobs.flatMap(({ published }) => published.map(({ source }) => source)))];
}

/** "100k steps", "2,000 episodes". */
export function trainedFor({ totalSteps, totalEpisodes }: Pick<JobResult, "totalSteps" | "totalEpisodes">): string {
  const parts = [
    ...(totalSteps === null ? [] : [`${shortCount(totalSteps)} steps`]),
    ...(totalEpisodes === null ? [] : [`${whole(totalEpisodes)} episodes`]),
  ];
  return parts.join(" or ");
}

/** "5", or "3 of 5" where some are missing or failed. */
export function seedCount({ seeds, failed, missing }: Pick<JobResult, "seeds" | "failed" | "missing">): string {
  const all = seeds.length + failed.length + missing.length;
  const why = failed.length > 0 ? `, ${failed.length} failed` : "";
  return seeds.length === all ? String(all) : `${seeds.length} of ${all}${why}`;
}

/** A target, and whether it was reached. */
export function targetText({ target, reached }: Pick<JobResult, "target" | "reached">): string {
  if (target === null) return "–";
  return `${plain(target)}${reached === null ? "" : reached ? ", reached" : ", missed"}`;
}

/** "487.3 [480.1, 495.0]"; the value alone of a single seed. */
export function withInterval(value: number | null, interval: Interval | null): string {
  if (value === null) return "–";
  return interval === null
    ? score(value)
    : `${score(value)} [${score(interval[0], value)}, ${score(interval[1], value)}]`;
}

/**
 * A return with as many digits as tell it apart: one after the point, or three where it is small.
 *
 * @param like the number beside it, whose digits it takes
 */
export function score(value: number | null, like = value): string {
  if (value === null) return "–";
  const digits = Math.abs(like ?? 0) < 10 && !(Number.isInteger(like) && Number.isInteger(value)) ? 3 : 1;
  return decimal(value, digits, digits);
}

/** "487.3 ± 12.1". */
export function withSpread(value: number, std: number): string {
  return `${score(value)} ± ${score(std, value)}`;
}

/** A number that was chosen, such as a target: as it was written. */
export function plain(value: number): string {
  return decimal(value, 6);
}

/** 100k, 1M, 12,345. */
export function shortCount(value: number): string {
  if (value >= 1e6 && value % 1e5 === 0) return `${value / 1e6}M`;
  return value >= 1000 && value % 1000 === 0 ? `${value / 1000}k` : whole(value);
}

/** A cell of a CSV file. */
export function csvCell(value: string | number | boolean | null | undefined): string {
  if (typeof value === "string") return textCell(value);
  return value === null || value === undefined
    ? ""
    : String(typeof value === "number" ? Number(value.toPrecision(9)) : value);
}

/** A row a job. */
export function jobsCsv(jobs: readonly JobResult[]): string {
  const header = [
    ...["name", "algorithm", "env", "totalSteps", "totalEpisodes", "seeds", "failed", "missing", "mean", "meanLow"],
    ...["meanHigh", "std", "interquartileMean", "interquartileLow", "interquartileHigh", "min", "max", "target"],
    ...["reached", "goal", "seedsToGoal", "medianStepsToGoal", "stepsPerSecond", "wallSeconds", "evaluationEpisodes"],
    "deterministic",
  ];
  const rows = jobs.map((job) => [
    ...[job.name, job.algorithm, job.env, job.totalSteps, job.totalEpisodes, job.seeds.length, job.failed.length],
    ...[job.missing.length, job.mean, job.interval?.[0], job.interval?.[1], job.std, job.interquartileMean],
    ...[job.interquartileInterval?.[0], job.interquartileInterval?.[1], job.min, job.max, job.target, job.reached],
    ...[job.goal, job.stepsToGoal?.seeds, job.stepsToGoal?.median, job.stepsPerSecond, job.wallSeconds],
    ...[job.evaluation.episodes, job.evaluation.deterministic],
  ]);
  return [header, ...rows.map((row) => row.map(csvCell))].map(csvLine).join("");
}

/** A row a run. */
export function seedsCsv(jobs: readonly JobResult[]): string {
  const header = [
    ...["name", "algorithm", "env", "seed", "mean", "std", "min", "max", "steps", "episodes", "meanReturn100"],
    ...["stepsToGoal", "wallSeconds", "stepsPerSecond", "weightsSha256", "run"],
  ];
  const rows = jobs.flatMap(({ name, algorithm, env, seeds }) =>
    seeds.map((one) => [
      ...[name, algorithm, env, one.seed, one.mean, one.std, one.min, one.max, one.steps, one.episodes],
      ...[one.meanReturn100, one.stepsToGoal, one.wallSeconds, one.stepsPerSecond, one.weightsSha256, one.run],
    ]),
  );
  return [header, ...rows.map((row) => row.map(csvCell))].map(csvLine).join("");
}

/** The learning curves: a row a job and step of the grid. */
export function curvesCsv(jobs: readonly { result: JobResult; curve: readonly CurvePoint[] }[]): string {
  const rows = jobs.flatMap(({ result: { name, algorithm, env }, curve }) =>
    curve.map(({ step, mean, interval, values }) => [
      ...[name, algorithm, env, step, mean, interval?.[0], interval?.[1]].map(csvCell),
      values.map(csvCell).join(" "),
    ]),
  );
  return [["name", "algorithm", "env", "step", "mean", "low", "high", "seeds"], ...rows].map(csvLine).join("");
}
