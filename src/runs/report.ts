// report.html: one file that shows a run, with no script and nothing to fetch.

import { InputError } from "../errors.ts";
import { writeFileAtomic } from "./files.ts";
import { figureColors, learningCurve, metricFigure, number, standaloneSvg } from "./figures.ts";
import { cssVariables, escapeXml } from "./markup.ts";
import type { LearningCurve, MetricAxis, Series, Size } from "./figures.ts";
import { readRun } from "./read-run.ts";
import type { Run } from "./read-run.ts";
import { runFiles } from "./run-folder.ts";
import type { RunConfig } from "./run-folder.ts";
import { furtherTotal, type SavedSummary } from "./summary.ts";
import { algorithms } from "../algorithms/index.ts";
import type { AlgorithmName } from "../algorithms/index.ts";
import type { EnvSource } from "../envs/index.ts";
import { presetFor, resolveOptions } from "../training/index.ts";
import type { UpdateReport } from "../training/index.ts";

/** A diagnostic figure: the metrics it shows, on one scale, and what a reader should know about it. */
interface Diagnostic {
  title: string;
  note: string;
  metrics: Record<string, string>;
  /** The axis, where it does not follow the values. */
  axis?: MetricAxis;
  /** Metrics with this name and a number after it are lines of the figure too; one alone is not worth a figure. */
  numbered?: string;
  /** Is an option, scheduled or adapted: where it never changes, the configuration tells as much. */
  setting?: boolean;
}

const COUNT: MetricAxis = { zero: true };

const DIAGNOSTICS: readonly Diagnostic[] = [
  { title: "Entropy", note: "of the policy, in nats", metrics: { entropy: "entropy" } },
  { title: "Standard deviation", note: "σ of the Gaussian policy, geometric mean", metrics: { std: "σ" } },
  {
    title: "KL divergence",
    note: "from the old policy, by both estimators",
    metrics: { approxKl: "k3", approxKlK1: "k1" },
  },
  {
    title: "KL divergence, exact",
    note: "mean KL(π_old ‖ π) over the rollout, once the update is done",
    metrics: { kl: "KL" },
  },
  {
    title: "KL coefficient",
    note: "β of the penalty; doubled or halved where the divergence is far from desiredKl",
    metrics: { klCoefficient: "β" },
  },
  {
    title: "Rise of the surrogate",
    note: "E[(ρ − 1) A] after the step; 0 where it was refused",
    metrics: { surrogate: "rise" },
  },
  {
    title: "Steps accepted",
    note: "1 where the line search found a step, 0 where the policy stayed as it was",
    metrics: { accepted: "accepted" },
    axis: { range: [0, 1] },
  },
  {
    title: "Line search",
    note: "step lengths tried; 1 where the full step was good",
    metrics: { lineSearchTries: "tries" },
    axis: COUNT,
  },
  {
    title: "Conjugate gradient",
    note: "iterations until the direction was found, or given up",
    metrics: { cgIterations: "iterations" },
    axis: COUNT,
  },
  {
    title: "Conjugate gradient, residual",
    note: "‖g − F x‖² / ‖g‖²: what the direction leaves unsolved",
    metrics: { cgResidual: "residual" },
    axis: COUNT,
  },
  { title: "Clip fraction", note: "samples whose ratio left 1 ± ε", metrics: { clipFraction: "clipped" } },
  { title: "Clip range", note: "ε, as scheduled", metrics: { clip: "ε" }, setting: true },
  {
    title: "Epochs",
    note: "over each rollout; fewer where targetKl stopped them",
    metrics: { epochs: "epochs" },
    axis: COUNT,
    setting: true,
  },
  {
    title: "Explained variance",
    note: "1 is perfect, 0 no better than a constant, cut off at −1; means little where returns hardly vary",
    metrics: { explainedVariance: "explained" },
    axis: { range: [-1, 1] },
  },
  { title: "Baseline", note: "mean return, taken off each return", metrics: { baseline: "baseline" }, setting: true },
  { title: "Value loss", note: "½ mean squared error of the critic", metrics: { valueLoss: "value loss" } },
  { title: "Policy loss", note: "its jumps tell more than its size", metrics: { policyLoss: "policy loss" } },
  { title: "Gradient norm", note: "before clipping, where there is any", metrics: { gradientNorm: "norm" } },
  {
    title: "Gradient norm of the critic",
    note: "which has an optimizer of its own",
    metrics: { criticGradientNorm: "norm" },
  },
  {
    title: "Staleness",
    note: "updates by other workers while a gradient was made: mean, and most",
    metrics: { staleness: "mean", stalenessMax: "most" },
    axis: COUNT,
  },
  {
    title: "Pushes",
    note: "gradients of all workers in one report; the last report may be a shorter one",
    metrics: { pushes: "pushes" },
    axis: COUNT,
  },
  {
    title: "Pushes of each worker",
    note: "alike where the workers have threads of their own; by the worker's number",
    metrics: {},
    numbered: "pushesOfWorker",
    axis: COUNT,
  },
  { title: "Learning rate", note: "as scheduled or adapted", metrics: { learningRate: "learning rate" } },
];

/** Writes a run's report.html from the files in its folder. @throws RunError where the disk refuses. */
export function writeReport(run: string): void {
  writeFileAtomic(runFiles(run).report, reportHtml(run));
}

/**
 * Writes the learning curve of a run as an SVG file that stands alone and follows the reader's light or dark colours.
 *
 * @throws InputError where the run is missing, foreign or damaged; RunError where the disk refuses.
 */
export function writeLearningCurve(run: string, path: string, size: Size = { width: 840, height: 360 }): void {
  const { config, summary, updates } = readEndedRun(run);
  const { algorithm, env } = config;
  const svg = learningCurve(curveOf(updates, summary), size);
  writeFileAtomic(path, standaloneSvg(svg, `Learning curve of ${algorithmName(algorithm)} on ${env}`));
}

/** A run with its summary, without which there is nothing to show. */
function readEndedRun(run: string): Run & { summary: SavedSummary } {
  const { summary, ...rest } = readRun(run);
  if (summary === null) throw new InputError(`${run} has no summary.json: it has not come to an end yet`);
  return { ...rest, summary };
}

function curveOf(updates: readonly UpdateReport[], summary: SavedSummary): LearningCurve {
  return {
    episodes: updates.flatMap(({ finished }) => finished),
    means: updates.flatMap(({ step, meanReturn100 }) =>
      meanReturn100 === null ? [] : [{ step, mean: meanReturn100 }],
    ),
    evaluations: updates.flatMap(({ step, evaluation }) => (evaluation ? [{ step, mean: evaluation.mean }] : [])),
    threshold: summary.rewardThreshold,
    solvedAtStep: summary.solvedAtStep,
  };
}

function reportHtml(run: string): string {
  const { config, summary, updates } = readEndedRun(run);
  const title = `${algorithmName(config.algorithm)} on ${config.env}`;
  const curve = curveOf(updates, summary);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<header>
<h1>${escapeXml(title)}</h1>
<p class="about">Seed ${config.seed}, started ${escapeXml(dateTime(config.startedAt))}.${escapeXml(statusText(summary))}</p>
</header>
${headline(config, summary)}
<section>
<h2>Learning curve</h2>
<figure class="wide">${learningCurve(curve, { width: 1040, height: 420 })}</figure>
<figure class="narrow">${learningCurve(curve, { width: 400, height: 320 })}</figure>
</section>
${diagnostics(updates)}
${history(config)}
<section>
<h2>Configuration</h2>
${configurationTable(config)}
</section>
<section>
<h2>Go on from here</h2>
${commands(run, config, summary)}
</section>
<footer>polgrad ${escapeXml(config.versions.polgrad)}, Node ${escapeXml(config.versions.node)}, ${escapeXml(
    `${config.platform.os} ${config.platform.arch}, ${config.platform.cpu}`,
  )}. Weights ${escapeXml(summary.weightsSha256.slice(0, 16))}… (SHA-256).</footer>
</main>
</body>
</html>
`;
}

function headline(config: RunConfig, summary: SavedSummary): string {
  const { solvedAtStep, rewardThreshold, meanReturn100, steps, episodes, wallSeconds, stepsPerSecond } = summary;
  const solved = solvedAtStep === null ? (rewardThreshold === null ? "–" : "not yet") : number(solvedAtStep);
  const threshold =
    rewardThreshold === null
      ? `${config.env} has no threshold`
      : `mean return of ${number(rewardThreshold)} over 100 episodes`;
  const items = [
    ["Solved at step", solved, threshold],
    ["Mean return", meanReturn100 === null ? "–" : number(meanReturn100), `last ${Math.min(100, episodes)} episodes`],
    ["Steps per second", number(stepsPerSecond, 0), `${number(steps)} steps, ${number(episodes)} episodes`],
    [
      "Wall time",
      duration(wallSeconds),
      config.resumed.length === 0 ? "in one sitting" : `${config.resumed.length + 1} sittings`,
    ],
  ];
  const cells = items.map(
    ([name, value, note]) => `<div><dt>${name}</dt><dd>${value}<small>${escapeXml(note ?? "")}</small></dd></div>`,
  );
  return `<dl class="headline">${cells.join("")}</dl>`;
}

function diagnostics(updates: readonly UpdateReport[]): string {
  const names = [...new Set(updates.flatMap(({ metrics }) => Object.keys(metrics)))];
  const shownIn = ({ metrics, numbered = "" }: Diagnostic): Record<string, string> => ({
    ...metrics,
    ...Object.fromEntries(names.flatMap((name) => numberAfter(numbered, name).map((label) => [name, label]))),
  });
  const known = new Set(DIAGNOSTICS.flatMap((diagnostic) => Object.keys(shownIn(diagnostic))));
  const others = names
    .filter((name) => !known.has(name))
    .map((name): Diagnostic => ({ title: words(name), note: "", metrics: { [name]: name }, setting: true }));
  const figures = [...DIAGNOSTICS, ...others].flatMap((diagnostic: Diagnostic) => {
    const series = Object.entries(shownIn(diagnostic))
      .filter(([name]) => names.includes(name))
      .map(([name, label]) => seriesOf(updates, name, label))
      .filter(({ points }) => points.length > 1);
    const isConstant = series.every(({ points }) => points.every(({ value }) => value === points[0]?.value));
    if (isConstant && diagnostic.setting) return [];
    if (diagnostic.numbered && series.length < 2) return [];
    if (series.length === 0) return [];
    const figure = metricFigure(series, { width: 280, height: 160 }, diagnostic.axis);
    const note = diagnostic.note === "" ? "" : `<p>${escapeXml(diagnostic.note)}</p>`;
    return [`<figure><figcaption><h3>${escapeXml(diagnostic.title)}</h3>${note}</figcaption>${figure}</figure>`];
  });
  return figures.length === 0
    ? ""
    : `<section><h2>Diagnostics</h2><div class="grid">${figures.join("\n")}</div></section>`;
}

/** What follows `prefix` in a metric's name, where that is a number. */
const numberAfter = (prefix: string, name: string): string[] =>
  prefix !== "" && name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))
    ? [name.slice(prefix.length)]
    : [];

function seriesOf(updates: readonly UpdateReport[], name: string, label: string): Series {
  const points = updates.flatMap(({ step, metrics }) => {
    const value = metrics[name];
    return value === undefined || !Number.isFinite(value) ? [] : [{ step, value }];
  });
  return { label, points };
}

function history(config: RunConfig): string {
  if (config.resumed.length === 0) return "";
  const items = config.resumed.map(({ at, fromStep, changed }) => {
    const changes = Object.entries(changed).map(
      ([name, { from, to }]) =>
        `${words(name).toLowerCase()} from ${shown(from)} to ${shown(to)}; schedules follow the new total`,
    );
    const what = [`Resumed at step ${number(fromStep)}, ${dateTime(at)}`, ...changes].join(": ");
    return `<li>${escapeXml(what)}.</li>`;
  });
  return `<section><h2>History</h2><ul>${items.join("")}</ul></section>`;
}

function configurationTable(config: RunConfig): string {
  const sourceOf = optionSources(config);
  const rows = Object.entries(config.options).map(([name, value]) => {
    const source = sourceOf(name);
    const mark = source === "default" ? "" : ` <small>${source}</small>`;
    return `<tr><th scope="row">${escapeXml(name)}${mark}</th><td>${escapeXml(shown(value))}</td></tr>`;
  });
  const legend =
    "Marked are values that a preset for the environment brought, or that were given; all others are the defaults.";
  return `<table><tbody>${rows.join("")}</tbody></table><p class="about">${legend} Started with <code>${escapeXml(config.command)}</code></p>`;
}

/** Where the value of an option must have come from; one that was given as it is by default counts as default. */
function optionSources({ algorithm, options }: RunConfig): (name: string) => "default" | "preset" | "given" {
  if (!Object.hasOwn(algorithms, algorithm)) return () => "default";
  const name = algorithm as AlgorithmName;
  const nowhere = () => Promise.reject(new Error("never made"));
  const defaults = resolveOptions(name, { env: nowhere });
  const preset = options.env === undefined ? {} : presetFor(name, options.env as EnvSource);
  const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return (option) => {
    if (option === "env" || isSame(options[option], defaults[option])) return "default";
    return isSame(options[option], preset[option]) ? "preset" : "given";
  };
}

function commands(run: string, config: RunConfig, summary: SavedSummary): string {
  const { totalSteps, totalEpisodes } = config.options;
  const quoted = /^[\w./:+-]+$/.test(run) ? run : `'${run.replaceAll("'", "'\\''")}'`;
  const further =
    typeof totalEpisodes === "number"
      ? ` --episodes ${furtherTotal(totalEpisodes, summary.episodes)}`
      : ` --steps ${furtherTotal(Number(totalSteps), summary.steps)}`;
  const lines = [
    ["Play 100 episodes with the policy", `npx polgrad evaluate ${quoted} --episodes 100`],
    summary.status === "interrupted"
      ? ["Go on to the end", `npx polgrad resume ${quoted}`]
      : ["Train on, to twice as far", `npx polgrad resume ${quoted}${further}`],
    ["Look at it beside other runs", "tensorboard --logdir runs"],
  ];
  return lines
    .map(([what, command]) => `<p class="command">${what}<code>${escapeXml(command ?? "")}</code></p>`)
    .join("\n");
}

function statusText({ status, error }: SavedSummary): string {
  if (status === "finished") return " Trained to the end.";
  if (status === "interrupted") return " Interrupted before its end; it can be resumed.";
  return ` Stopped by a failure: ${error ?? "unknown"}.`;
}

function shown(value: unknown): string {
  if (typeof value === "number") return Math.abs(value) >= 10_000 ? number(value) : String(value);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === null) return "none";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  return JSON.stringify(value);
}

/** camelCase as words, with a capital first. */
function words(name: string): string {
  const text = name.replace(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function algorithmName(name: string): string {
  return name.length <= 4 ? name.toUpperCase() : name === "reinforce" ? "REINFORCE" : words(name.replaceAll("-", " "));
}

function dateTime(iso: string): string {
  return new Date(iso).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${number(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds % 60);
  return minutes < 60 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Of every page. */
export const pageStyle = `
:root{${cssVariables(figureColors.light)};--page:#fafaf8}
@media(prefers-color-scheme:dark){:root{${cssVariables(figureColors.dark)};--page:#14171a}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1120px;margin:0 auto;padding:clamp(1.5rem,5vw,4rem) clamp(1rem,4vw,2.5rem)}
h1,h2{font-family:"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif;font-weight:500;line-height:1.2;letter-spacing:-.01em}
h1{font-size:clamp(1.9rem,5vw,2.75rem);margin:0 0 .35rem}
h2{font-size:1.45rem;margin:0 0 1rem}
h3{font-size:.95rem;font-weight:600;margin:0}
section{margin-top:3.25rem}
.about{color:var(--muted);margin:0;overflow-wrap:anywhere}
.headline{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:1px;margin:2.25rem 0 0;background:var(--line);border:1px solid var(--line);border-radius:12px;overflow:hidden}
.headline div{background:var(--paper);padding:1.1rem 1.3rem 1.2rem}
.headline dt{color:var(--muted);font-size:.85rem}
.headline dd{margin:.1rem 0 0;font-size:1.9rem;line-height:1.25;font-variant-numeric:tabular-nums;letter-spacing:-.02em}
.headline small{display:block;color:var(--muted);font-size:.85rem;letter-spacing:0;margin-top:.15rem}
figure{margin:0;background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:1rem 1.1rem}
figure svg{display:block;width:100%;height:auto;color:var(--muted);font:12px system-ui,sans-serif;font-variant-numeric:tabular-nums;overflow:visible}
.grid svg{max-width:360px;margin:0 auto}
figure.narrow{display:none}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(240px,100%),1fr));gap:1rem}
.grid figure{display:flex;flex-direction:column;justify-content:space-between}
figcaption{margin-bottom:.6rem}
figcaption p{margin:.1rem 0 0;color:var(--muted);font-size:.85rem;line-height:1.4}
table{width:100%;border-collapse:collapse;font-size:.92rem;margin-bottom:1.25rem}
tbody{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(320px,100%),1fr));column-gap:3rem}
tr{display:flex;justify-content:space-between;gap:1.5rem;border-bottom:1px solid var(--line);padding:.42rem 0}
th{font-weight:400;color:var(--muted);text-align:left}
td{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
th small{margin-left:.45rem;padding:.05rem .4rem;border:1px solid var(--line);border-radius:99px;font-size:.75rem}
code{font:.88em ui-monospace,"SF Mono",Menlo,Consolas,monospace}
.command{margin:0 0 1rem}
.command code{display:block;margin-top:.25rem;padding:.7rem .95rem;background:var(--paper);border:1px solid var(--line);border-radius:8px;overflow-x:auto;white-space:pre}
ul{margin:0;padding-left:1.2rem}
footer{margin-top:4rem;padding-top:1.25rem;border-top:1px solid var(--line);color:var(--muted);font-size:.85rem}
@media(max-width:640px){figure.wide{display:none}figure.narrow{display:block}figure{padding:.75rem}}
@media print{body{background:#fff}section,figure{break-inside:avoid}}
`;
