// report.html of a search: one file, with no script and nothing to fetch.

import { cpus } from "node:os";
import { relative } from "node:path";
import { envName } from "../envs/index.ts";
import { cssVariables, joined, markup, nothing, raw, type Markup } from "../runs/markup.ts";
import { duration, pageStyle } from "../runs/page.ts";
import { runFiles } from "../runs/run-folder.ts";
import { headlineFigures, roundCount, scrollingTable, tableStyle } from "../suites/page.ts";
import { score, shortCount, withInterval } from "../suites/tables.ts";
import { sweepFiles } from "../sweeps/folder.ts";
import { namedScale, scaleColors } from "../sweeps/figures.ts";
import { spacedWords } from "../text/names.ts";
import { decimal, whole } from "../text/numbers.ts";
import { show } from "../training/option-values.ts";
import { version } from "../version.ts";
import { optionFigure, optionTitle, progressFigure, type Moment } from "./figures.ts";
import { searchFiles } from "./folder.ts";
import { importances, type Importance } from "./importance.ts";
import type { Line } from "./journal.ts";
import type { Plan } from "./plan.ts";
import type { Final, SearchResult } from "./results.ts";
import { createSearch, standings, stepsTrained, valueAtRung, type Search, type Standing } from "./search.ts";
import { axesOf } from "./space.ts";
import { rungNames, titleOf, trainCommand, verdictOf } from "./words.ts";

/** How it was carried out. */
interface How {
  readonly jobs: number;
  readonly command: string;
}

/** The report as text; links are relative to the search's folder. */
export function searchReport(search: Search, lines: readonly Line[], result: SearchResult, how: How): string {
  const { plan, trials } = search;
  const name = `${plan.algorithm} on ${envName(plan.env)}`;
  const ranked = standings(plan, trials);
  const telling = importances(plan, trials);
  const moments = momentsOf(plan, lines);
  const usual = ranked.find(({ trial }) => trial.id === 0);
  const last = plan.rungs.length - 1;
  const progress = (width: number, height: number) =>
    raw(progressFigure(moments, rungNames(plan), usual?.rung === last ? usual.value : null, { width, height }));
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Search: ${name}</title>
<style>${raw(pageStyle)}${raw(tableStyle)}${raw(ownStyle)}</style>
</head>
<body>
<main>
<header>
<h1>Search: ${name}</h1>
<p class="about">${about(plan, result)}</p>
</header>
${headline(stepsTrained(trials), result)}
<p class="verdict">${verdictOf(result)}</p>
${result.best && result.status === "finished" ? markup`<div class="command"><p>To train with these options:</p><code>${trainCommand(plan, result)}</code></div>` : nothing}
${result.finals.length > 0 ? finals(result) : nothing}
${
  moments.length > 1
    ? markup`<section>
<h2>The course of the search</h2>
<p class="about">A dot for each evaluation on the way of a trial: the darker, the further it was trained by then.</p>
<figure class="wide">${progress(1040, 380)}</figure>
<figure class="middle">${progress(600, 340)}</figure>
<figure class="narrow">${progress(330, 300)}</figure>
</section>`
    : nothing
}
${telling.length > 0 ? options(plan, telling, ranked, result) : nothing}
<section>
<h2>All trials</h2>
<p class="about">The furthest first, and of these the best. Returns are means over ${whole(plan.episodes)} episodes with the seeds of the search.</p>
${trialTable(plan, ranked)}
</section>
${failures(ranked)}
<section>
<h2>What was the same</h2>
<p>${sameText(plan)}</p>
</section>
<section>
<h2>How it was done</h2>
${joined(
  method(plan, result, how).map((text) => markup`<p>${text}</p>`),
  "\n",
)}
${how.command.startsWith("polgrad ") ? markup`<div class="command"><p>The same command goes on where it was; with more time or more trials, it looks further:</p><code>npx ${how.command}</code></div>` : nothing}
</section>
</main>
</body>
</html>
`.text;
}

function about({ ranges, seeds, fixed }: Plan, { trials }: SearchResult): string {
  const steps = fixed.totalSteps == null ? "" : `, ${shortCount(Number(fixed.totalSteps))} steps each`;
  return `${whole(trials)} trial${trials === 1 ? "" : "s"} over ${Object.keys(ranges).map(spacedWords).join(", ")}; ${seeds.length} seed${seeds.length === 1 ? "" : "s"}${steps}.`;
}

function headline(steps: number, { best, usual, trials, toTheEnd, seconds }: SearchResult): Markup {
  const fresh = (final: Final | null) => [
    score(final?.result.interquartileMean ?? null),
    final?.result.interquartileInterval
      ? `95 %: ${score(final.result.interquartileInterval[0])} to ${score(final.result.interquartileInterval[1])}, fresh seeds`
      : "not trained yet with fresh seeds",
  ];
  return headlineFigures([
    ["Best IQM", ...fresh(best)],
    ["Usual options", ...fresh(usual)],
    ["Trials", whole(trials), `${whole(toTheEnd)} of them with all seeds and steps`],
    ["Time of the search", duration(seconds), `${roundCount(steps)} steps of training`],
  ]);
}

/** What was trained with fresh seeds. */
function finals({ out, finals }: SearchResult): Markup {
  const seeds = [...new Set(finals.flatMap(({ result }) => [...result.seeds.map(({ seed }) => seed), ...result.missing, ...result.failed.map(({ seed }) => seed)]))].sort((a, b) => a - b); // prettier-ignore
  const rows = finals.map(({ trial, searched, result }) => {
    const cells = seeds.map((seed) => {
      const found = result.seeds.find((one) => one.seed === seed);
      if (!found) return markup`<td>${result.failed.some((one) => one.seed === seed) ? "failed" : "–"}</td>`;
      const href = relative(out, runFiles(found.run).report).replaceAll("\\", "/");
      return markup`<td><a href="${href}">${score(found.mean, result.interquartileMean)}</a></td>`;
    });
    return markup`<tr><th scope="row">${titleOf(trial)}</th><td><b>${withInterval(result.interquartileMean, result.interquartileInterval)}</b></td><td>${score(searched)}</td>${cells}</tr>`;
  });
  const { out: folder } = { out: searchFiles(out).final };
  return markup`<section>
<h2>With fresh seeds</h2>
<p class="about">The trials that led, and the usual options, trained again with seeds that had no part in the search; each seed's number links to the report of its run, and <a href="${relative(out, sweepFiles(folder).report).replaceAll("\\", "/")}">another report</a> has their curves.</p>
${scrollingTable(["options", "IQM [95 %]", "in the search", ...seeds.map((seed) => `seed ${seed}`)], rows, 1)}
</section>`;
}

/** Which options matter: figures, the most telling first, with what was found. */
function options(
  plan: Plan,
  telling: readonly Importance[],
  ranked: readonly Standing[],
  result: SearchResult,
): Markup {
  const last = plan.rungs.length - 1;
  const best = result.best?.values ?? ranked[0]?.trial.values ?? {};
  return markup`<section>
<h2>Which options matter</h2>
<p class="about">A dot a trial, by the value of the option and the return; the darker, the further it was trained. The percentage is how much of the ranking of all trials at the first rung the option explains by itself; what options do together is not in it.</p>
<div class="grid options">
${telling.map(
  ({ axis, share }) =>
    markup`<figure><figcaption><h3>${optionTitle(axis)} <span class="share">${decimal(100 * share, 0)} %</span></h3><p>usual ${show(plan.usual[axis.name])}, found ${show(best[axis.name])}</p></figcaption>${raw(optionFigure(axis, ranked, last, { width: 330, height: 190 }))}</figure>`,
)}
</div>
</section>`;
}

function trialTable(plan: Plan, ranked: readonly Standing[]): Markup {
  const names = axesOf(plan.ranges).map(({ name }) => name);
  const rungs = rungNames(plan);
  const rows = ranked.map(({ trial, rung, value }) => {
    const values = names.map((name) => markup`<td>${show(trial.values[name])}</td>`);
    return markup`<tr><th scope="row">${titleOf(trial.id)}</th><td>${value === null ? raw('<span class="missed">none</span>') : score(value)}</td><td>${rungs[rung]}</td>${values}</tr>`;
  });
  return scrollingTable(["trial", "return", "trained", ...names.map(spacedWords)], rows, 1);
}

function failures(ranked: readonly Standing[]): Markup {
  const items = ranked.flatMap(({ trial }) =>
    trial.results.flatMap((of) =>
      [...of].flatMap(([seed, result]) =>
        result?.problem === undefined
          ? []
          : [markup`<li><b>${titleOf(trial.id)}</b>, seed ${seed}: ${result.problem}</li>`],
      ),
    ),
  );
  return items.length === 0
    ? nothing
    : markup`<section><h2>Without a return</h2><p class="about">Trainings that diverged or failed: they count as the worst.</p><ul class="below">${items}</ul></section>`;
}

function sameText({ fixed }: Plan): string {
  return Object.entries(fixed)
    .filter(([, value]) => value !== null && show(value) !== "{}")
    .map(([name, value]) => `${spacedWords(name)} ${show(value)}`)
    .join(", ");
}

/** Results in their order, by the search as it was then. */
function momentsOf(plan: Plan, lines: readonly Line[]): Moment[] {
  const search = createSearch(plan);
  return lines.flatMap((line): Moment[] => {
    if ("start" in line) search.start(line.start);
    if (!("result" in line)) return [];
    const { trial, rung, seed, ...result } = line.result;
    search.finish({ trial, rung, seed }, result);
    const value = valueAtRung(plan, search.trials[trial], rung);
    return value == null ? [] : [{ seconds: line.at, value, rung, trial }];
  });
}

function method(plan: Plan, { finals }: SearchResult, { jobs }: How): string[] {
  const { seeds, rungs, synchronous, proposals } = plan;
  return [
    "Trial 0 has the usual options: the preset's, or the defaults. " +
      (proposals === "random"
        ? "All others are drawn by chance."
        : "The next ones fill the ranges evenly; from then on values are proposed that are likely among the best 15 % of the trials so far and unlikely among the others (the tree-structured Parzen estimator: Bergstra et al., 2011)" +
          (synchronous ? "." : ", and that take little time.")),
    `A trial is trained and evaluated in ${rungs.length} rungs: ${rungNames(plan).join("; ")}. One in three goes on from each, ` +
      (synchronous
        ? "once all of a bracket have come there, so that the search is the same on any number of processes."
        : "as soon as it is among the best third of those that have come there (asynchronous successive halving: Li et al., 2020)."),
    `Seeds of the search: ${seeds.join(", ")}. The trial that leads has also had luck with these, so what counts is how it fares with seeds that had no part in the search. ` +
      (finals.length > 2 ? `The best of ${finals.length} is named, by these same runs; with other seeds again it will come out a little lower.` : ""), // prettier-ignore
    `With polgrad ${version} on Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus()[0]?.model.trim() ?? "unknown processor"}, up to ${jobs} at a time.`,
  ];
}

const ownStyle = `
:root{${cssVariables(namedScale(scaleColors.light))}}
@media(prefers-color-scheme:dark){:root{${cssVariables(namedScale(scaleColors.dark))}}}
.verdict{margin:1.5rem 0 0;font-size:1.05rem}
.missed{color:var(--second)}
.share{float:right;color:var(--accent);font-weight:600;font-variant-numeric:tabular-nums}
.options{margin-top:1rem}
section figure{margin-top:1rem}
.grid figure{margin-top:0}
.verdict+.command{margin-top:1rem}
`;
