// report.html of a benchmark: one file, with no script and nothing to fetch.

import { relative } from "node:path";
import { joined, markup, nothing, raw, type Markup } from "../runs/markup.ts";
import { duration, pageStyle } from "../runs/page.ts";
import { runFiles } from "../runs/run-folder.ts";
import { whole } from "../text/numbers.ts";
import { curvesFigure, finalFigure } from "./figures.ts";
import { method } from "./method.ts";
import { byEnv, type CollectedJob, type JobResult } from "./results.ts";
import { isFew } from "../runs/statistics.ts";
import { about, type Suite } from "./suite.ts";
import { headlineFigures, roundCount, scrollingTable, table, tableStyle } from "./page.ts";
import { learningRows, optionRows, plain, score, seedCount, shortCount, trainedFor, withInterval } from "./tables.ts";

/** The report as text. @param out The benchmark's folder: links are relative to it. */
export function suiteReport(out: string, suite: Suite, jobs: readonly CollectedJob[], atATime: number): string {
  const results = jobs.map(({ result }) => result);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Benchmark ${suite.name}</title>
<style>${raw(pageStyle)}${raw(tableStyle)}</style>
</head>
<body>
<main>
<header>
<h1>Benchmark ${suite.name}</h1>
<p class="about">${about(suite)}</p>
</header>
${headline(results)}
<section>
<h2>Final evaluation</h2>
${finalTable(results)}
</section>
${joined(
  [...byEnv(jobs)].map(([env, ofEnv]) => environment(env, ofEnv)),
  "\n",
)}
<section>
<h2>Learning</h2>
${table(learningRows(results), { numbersFrom: 2 })}
</section>
${failures(results)}
<section>
<h2>Each seed</h2>
<p class="about">Mean ± deviation over the episodes of the final evaluation, and the step at which training reached the
goal. Each links to the report of its run.</p>
${seedTable(out, results)}
</section>
<section>
<h2>Options</h2>
${table(optionRows(results), { numbersFrom: 9 })}
</section>
<section>
<h2>How it was measured</h2>
${joined(
  method(results, atATime).map((text) => markup`<p>${text}</p>`),
  "\n",
)}
</section>
</main>
</body>
</html>
`.text;
}

function headline(jobs: readonly JobResult[]): Markup {
  const seeds = jobs.flatMap((job) => job.seeds);
  const failed = jobs.reduce((sum, job) => sum + job.failed.length, 0);
  const missing = jobs.reduce((sum, job) => sum + job.missing.length, 0);
  const withTarget = jobs.filter(({ target }) => target !== null);
  const open = withTarget.filter(({ reached }) => reached === null).length;
  const seconds = seeds.reduce((sum, seed) => sum + seed.wallSeconds, 0);
  const steps = seeds.reduce((sum, seed) => sum + seed.steps, 0);
  const left = [...(failed > 0 ? [`${failed} failed`] : []), ...(missing > 0 ? [`${missing} to go`] : [])];
  const items = [
    [
      "Targets reached",
      withTarget.length === 0 ? "–" : `${withTarget.filter(({ reached }) => reached).length} of ${withTarget.length}`,
      withTarget.length === 0 ? "none is set" : open > 0 ? `${open} not decided yet` : "by the mean over seeds",
    ],
    ["Runs", whole(seeds.length), left.length === 0 ? "all that were asked for" : left.join(", ")],
    ["Steps", roundCount(steps), "of training, in all runs"],
    ["Training time", duration(seconds), "added up over the runs"],
  ];
  return headlineFigures(items);
}

function finalTable(jobs: readonly JobResult[]): Markup {
  const header = ["algorithm", "mean [95 %]", "seeds", "IQM", "target", "trained for", "published"];
  const rows = jobs.map((job) => {
    const cells = [
      markup`<b>${withInterval(job.mean, job.interval)}</b>${
        job.interval !== null && isFew(job.seeds) ? markup`<small>n = ${job.seeds.length}</small>` : nothing
      }`,
      seedCount(job),
      score(job.interquartileMean),
      target(job),
      trainedFor(job),
      job.published.length === 0
        ? "–"
        : joined(
            job.published.map(({ value, std, steps, by, source }) => {
              const spread = std === undefined ? "" : ` ± ${score(std, value)}`;
              const at = steps === undefined ? "" : ` at ${shortCount(steps)}`;
              return markup`${score(value)}${spread}${at}<small><a href="${source}">${by}</a></small>`;
            }),
            "<br>",
          ),
    ];
    return markup`<tr>${rowHead(job)}${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`;
  });
  return scrollingTable(header, rows, 1, "sources");
}

const rowHead = ({ name, env }: JobResult): Markup => markup`<th scope="row">${name}<small>${env}</small></th>`;

function target({ target, reached }: JobResult): Markup | string {
  if (target === null) return "–";
  if (reached === null) return plain(target);
  return markup`${plain(target)}<small class="${reached ? "reached" : "missed"}">${reached ? "✓ reached" : "✗ missed"}</small>`;
}

function environment(env: string, jobs: readonly CollectedJob[]): Markup {
  return markup`<section>
<h2>${env}</h2>
<figure class="wide">${raw(curvesFigure(jobs, { width: 1040, height: 420 }))}</figure>
<figure class="middle">${raw(curvesFigure(jobs, { width: 600, height: 340 }))}</figure>
<figure class="narrow">${raw(curvesFigure(jobs, { width: 330, height: 320 }))}</figure>
<figure class="wide below">${raw(finalFigure(jobs, 1040))}</figure>
<figure class="middle below">${raw(finalFigure(jobs, 600))}</figure>
<figure class="narrow below">${raw(finalFigure(jobs, 330))}</figure>
</section>`;
}

function failures(jobs: readonly JobResult[]): Markup {
  const items = jobs.flatMap(({ name, env, failed }) =>
    failed.map(({ seed, error }) => markup`<li><b>${name}</b> on ${env}, seed ${seed}: ${error}</li>`),
  );
  return items.length === 0 ? nothing : markup`<section><h2>Failures</h2><ul>${items}</ul></section>`;
}

/** A row a job and a column a seed, which stays narrow for the usual handful of seeds. */
function seedTable(out: string, jobs: readonly JobResult[]): Markup {
  const all = jobs.flatMap((job) => [...job.seeds, ...job.failed].map(({ seed }) => seed));
  const seeds = [...new Set(all)].sort((a, b) => a - b);
  const rows = jobs.map((job) => {
    const cells = seeds.map((seed) => {
      if (job.failed.some((one) => one.seed === seed)) return markup`<td class="missed">failed</td>`;
      const found = job.seeds.find((one) => one.seed === seed);
      if (!found) return markup`<td>–</td>`;
      const at =
        job.goal === null
          ? nothing
          : markup`<small>${found.stepsToGoal === null ? "–" : whole(found.stepsToGoal)}</small>`;
      const href = relative(out, runFiles(found.run).report).replaceAll("\\", "/");
      return markup`<td><a href="${href}">${score(found.mean)}</a> ± ${score(found.std, found.mean)}${at}</td>`;
    });
    return markup`<tr>${rowHead(job)}${cells}</tr>`;
  });
  return scrollingTable(["algorithm", ...seeds.map((seed) => `seed ${seed}`)], rows, 1);
}
