// The page of a comparison: one file, with no script and nothing to fetch.

import { dirname, relative } from "node:path";
import { existsSync } from "node:fs";
import { joined, markup, nothing, raw, type Markup } from "../runs/markup.ts";
import { curveSizes, duration, pageStyle, switched, switchStyle } from "../runs/page.ts";
import { runFiles } from "../runs/run-folder.ts";
import { isFew } from "../runs/statistics.ts";
import { curvesFigure, type CurveJob } from "../suites/figures.ts";
import { scrollingTable, table, tableStyle } from "../suites/page.ts";
import { score, withInterval } from "../suites/tables.ts";
import { whole } from "../text/numbers.ts";
import { show } from "../training/option-values.ts";
import type { CollectedGroup, ComparedRun, Comparison } from "./compare.ts";

/** How every title of a comparison begins, by which its file is known. */
export const titleStart = "Comparison of ";

/** The page as text. @param path where it will lie: links are relative to it */
export function comparisonPage(path: string, { environments, skipped }: Comparison): string {
  const runs = environments.flatMap(({ groups }) => groups.flatMap(({ group }) => group.runs));
  const title = `${titleStart}${runs.length} run${runs.length === 1 ? "" : "s"}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(pageStyle)}${raw(tableStyle)}${raw(switchStyle(environments.length))}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="about">${environments.map(({ env, groups }) => `${env}: ${groups.length} group${groups.length === 1 ? "" : "s"}`).join("; ")}. Runs that differ in their seeds alone are one group.</p>
</header>
${joined(
  environments.map((environment, index) => section(path, environment, index)),
  "\n",
)}
${
  skipped.length === 0
    ? nothing
    : markup`<section><h2>Left out</h2><ul>${skipped.map(({ path, reason }) => markup`<li>${path}: ${reason}</li>`)}</ul></section>`
}
<section>
<h2>How to read it</h2>
${method.map((text) => markup`<p>${text}</p>`)}
</section>
</main>
</body>
</html>
`.text;
}

type Environment = Comparison["environments"][number];

function section(path: string, { env, threshold, groups, varies }: Environment, index: number): Markup {
  const jobs = (curve: "curve" | "timed"): CurveJob[] =>
    groups.map(({ group: { name, seeds }, [curve]: points }) => {
      return { result: { name, interval: points[0]?.interval ?? null, seeds, target: threshold }, curve: points };
    });
  const drawn = (curve: "curve" | "timed", label: string) => {
    const [main, others] = [jobs(curve).slice(0, mostCurves), jobs(curve).slice(mostCurves)];
    return curveSizes.map(([name, size]) => markup`<figure class="${name}">${raw(curvesFigure(main, size, others, label))}</figure>`); // prettier-ignore
  };
  const hasCurves = groups.some(({ curve }) => curve.length > 0);
  const isTimed = groups.every(({ curve, timed }) => curve.length === 0 || timed.length > 0);
  const bySteps = drawn("curve", "environment steps");
  const curves = isTimed ? switched(index, bySteps, drawn("timed", "seconds of training")) : markup`${bySteps}`;
  return markup`<section>
<h2>${env}</h2>
${hasCurves ? curves : markup`<p class="about">No episode has ended in any of these runs, so there are no curves.</p>`}
</section>
<section>
<h2>${env}: what they came to</h2>
${resultTable(groups)}
</section>
${varies.length === 0 ? nothing : markup`<section><h2>${env}: options that differ</h2>${optionTable(groups, varies)}</section>`}
<section>
<h2>${env}: each run</h2>
${runTable(path, groups)}
${failures(groups)}
</section>`;
}

/** Curves in colours that eyes can tell apart; the rest stays grey. */
const mostCurves = 8;

function resultTable(groups: readonly CollectedGroup[]): Markup {
  const rows = groups.map(({ group }) => {
    const { name, seeds, runs, finalMean, finalInterval, finalInterquartileMean, trainingMean } = group;
    const note = finalInterval !== null && isFew(seeds) ? markup`<small>Student's t</small>` : nothing;
    const count = seeds.length === runs.length ? String(runs.length) : `${seeds.length} of ${runs.length} runs`;
    const reached = seeds.flatMap(({ reachedAtStep }) => reachedAtStep ?? []);
    const steps = reached.length === 0 ? "–" : `${whole(Math.min(...reached))}${reached.length > 1 ? `–${whole(Math.max(...reached))}` : ""}`; // prettier-ignore
    const seconds = seeds.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0) / Math.max(1, seeds.length);
    return markup`<tr><th scope="row">${name}</th><td>${count}</td><td><b>${withInterval(finalMean, finalInterval)}</b>${note}</td><td>${score(finalInterquartileMean)}</td><td>${score(trainingMean)}</td><td>${steps}${reached.length > 0 ? markup`<small>${reached.length} of ${seeds.length} seeds</small>` : nothing}</td><td>${duration(seconds)}</td></tr>`;
  });
  return scrollingTable(["", "seeds", "final evaluation [95 %]", "IQM", "in training", "threshold at step", "mean time"], rows, 1); // prettier-ignore
}

function optionTable(groups: readonly CollectedGroup[], varies: readonly string[]): Markup {
  const rows = groups.map(({ group: { name, options } }) => [
    name,
    ...varies.map((option) => (Object.hasOwn(options, option) ? show(options[option]) || "none" : "–")),
  ]);
  return table([["", ...varies], ...rows], { numbersFrom: 9 });
}

function runTable(path: string, groups: readonly CollectedGroup[]): Markup {
  const rows = groups.flatMap(({ group }) =>
    group.runs.map((run) => {
      const { report } = runFiles(run.path);
      const href = relative(dirname(path), report).replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
      const name = existsSync(report) ? markup`<a href="${href}">${run.path}</a>` : markup`${run.path}`;
      const notCounted = group.seeds.includes(run) ? nothing : markup`<small>not counted above</small>`;
      return markup`<tr><th scope="row">${group.name}</th><td>${run.seed}</td><td>${statusOf(run)}${notCounted}</td><td>${whole(run.steps)}</td><td>${score(run.finalMean)}</td><td>${score(run.meanReturn100)}</td><td>${name}</td></tr>`;
    }),
  );
  return scrollingTable(["", "seed", "status", "steps", "final", "in training", "run"], rows, 1, "sources");
}

const statusOf = ({ status }: ComparedRun): string => (status === "open" ? "not finished" : status);

function failures(groups: readonly CollectedGroup[]): Markup {
  const failed = groups.flatMap(({ group }) => group.runs.filter(({ error }) => error !== undefined));
  return failed.length === 0
    ? nothing
    : markup`<ul>${failed.map(({ path, error }) => markup`<li>${path} failed: ${error}</li>`)}</ul>`;
}

const method = [
  "Learning curves: the mean return of the training episodes that ended in the last twentieth of a run, averaged over seeds; " +
    "the band is the 95 % bootstrap interval of that average, and of fewer than five seeds, each of which is a faint line, from " +
    "the lowest to the highest. A group's curve ends with the shortest of its runs.",
  "Final evaluation: episodes that the last policy played, taking the likeliest actions; each seed's mean counts once. The " +
    "interval is 95 %, by the bootstrap from five seeds on; of two to four it is Student's t of the mean, which is wide because " +
    "they tell little. IQM is the interquartile mean, of fewer than four seeds the mean.",
  "Counted are finished runs, or all of a group in which none is finished, and one of each seed. The threshold is the " +
    "environment's, reached by the mean return over 2 % of a run's steps and at least ten episodes.",
];
