// report.html of a sweep: one file, with no script and nothing to fetch.

import { relative } from "node:path";
import { cpus } from "node:os";
import { cssVariables, joined, markup, nothing, raw, type Markup } from "../runs/markup.ts";
import { duration, pageStyle } from "../runs/page.ts";
import { runFiles } from "../runs/run-folder.ts";
import { isFew } from "../runs/statistics.ts";
import { headlineFigures, roundCount, scrollingTable, table, tableStyle } from "../suites/page.ts";
import { score, seedCount, trainedFor, withInterval } from "../suites/tables.ts";
import { evaluationSeed } from "../runs/final-evaluation.ts";
import { spacedWords } from "../text/names.ts";
import { whole } from "../text/numbers.ts";
import { show } from "../training/option-values.ts";
import { version } from "../version.ts";
import { namedScale, parallelCoordinates, scaleColors, sweepCurves } from "./figures.ts";
import { caveat, ranked, verdicts, type CollectedSetting, type SettingResult, type Verdict } from "./results.ts";
import type { Sweep } from "./sweep.ts";

/** How it was carried out. */
export interface How {
  readonly atATime: number;
  /** Where, if not on this machine alone. */
  readonly where?: string;
  readonly command: string;
}

/** The report as text. @param out the sweep's folder: links are relative to it */
export function sweepReport(out: string, sweep: Sweep, settings: readonly CollectedSetting[], how: How): string {
  const results = settings.map(({ result }) => result);
  const judged = verdicts(settings);
  const groups = [...ranked(settings)];
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sweep ${sweep.name}</title>
<style>${raw(pageStyle)}${raw(tableStyle)}${raw(ownStyle)}</style>
</head>
<body>
<main>
<header>
<h1>Sweep ${sweep.name}</h1>
<p class="about">${about(sweep, results)}</p>
</header>
${headline(results, judged)}
${judged.length === 0 ? markup`<p class="verdict">No run is done yet.</p>` : judged.map((verdict) => verdictText(verdict, judged.length > 1))}
${joined(
  groups.map(([env, group]) => environment(out, sweep, env, group, results, groups.length > 1)),
  "\n",
)}
${failures(results)}
<section>
<h2>What was the same</h2>
${sameOptions(sweep, results)}
</section>
<section>
<h2>How it was done</h2>
${joined(
  method(sweep, how).map((text) => markup`<p>${text}</p>`),
  "\n",
)}
${how.command.startsWith("polgrad ") ? markup`<div class="command"><p>The same command goes on with what is left:</p><code>npx ${how.command}</code></div>` : nothing}
</section>
</main>
</body>
</html>
`.text;
}

/** "ppo on CartPole-v1: learning rate × clip, 6 settings, 5 seeds each, 20,000 steps." */
function about({ settings, varies }: Sweep, results: readonly SettingResult[]): string {
  const seeds = new Set(results.flatMap((result) => [...[...result.seeds, ...result.failed].map(({ seed }) => seed), ...result.missing])); // prettier-ignore
  const all = (values: readonly string[]) => [...new Set(values)].join(", ");
  const [algorithms, envs] = [all(settings.map(({ algorithm }) => algorithm)), all(results.map(({ env }) => env))];
  const lengths = all(results.map(trainedFor));
  const compared = varies.length === 0 ? "" : ` over ${varies.map(spacedWords).join(" × ")}`;
  return (
    `${algorithms} on ${envs}: ${many(settings.length, "setting")}${compared}, ` +
    `${many(seeds.size, "seed")}${settings.length > 1 && seeds.size > 1 ? " each" : ""}, ${lengths}.`
  );
}

const many = (n: number, word: string): string => `${whole(n)} ${word}${n === 1 ? "" : "s"}`;

function headline(results: readonly SettingResult[], judged: readonly Verdict[]): Markup {
  const seeds = results.flatMap((result) => result.seeds);
  const failed = results.reduce((sum, { failed }) => sum + failed.length, 0);
  const missing = results.reduce((sum, { missing }) => sum + missing.length, 0);
  const left = [...(failed > 0 ? [`${failed} failed`] : []), ...(missing > 0 ? [`${missing} to go`] : [])];
  const [first] = judged;
  const best =
    judged.length === 1
      ? [["Best IQM over seeds", score(first.best.interquartileMean), intervalNote(first.best)]]
      : judged.length > 1
        ? [["Environments", String(judged.length), "each with a scale and a best setting of its own"]]
        : [];
  return headlineFigures([
    ...best,
    ["Runs", whole(seeds.length), left.length === 0 ? "all that were asked for" : left.join(", ")],
    ["Steps", roundCount(seeds.reduce((sum, { steps }) => sum + steps, 0)), "of training, in all runs"],
    ["Training time", duration(seeds.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0)), "added up over the runs"],
  ]);
}

function intervalNote({ interquartileInterval: interval, interquartileMean: value, seeds }: SettingResult): string {
  if (interval === null) return many(seeds.length, "seed");
  return `95 %: ${score(interval[0], value)} to ${score(interval[1], value)}, ${many(seeds.length, "seed")}`;
}

function verdictText(verdict: Verdict, isOneOfMany: boolean): Markup {
  const { env, best } = verdict;
  const where = isOneOfMany ? ` on ${env}` : "";
  return markup`<p class="verdict">Best${where}: <b>${best.name}</b>, with an interquartile mean of ${withInterval(best.interquartileMean, best.interquartileInterval)}. ${caveat(verdict)}</p>`;
}

function environment(
  out: string,
  sweep: Sweep,
  env: string,
  group: readonly CollectedSetting[],
  all: readonly SettingResult[],
  isOneOfMany: boolean,
): Markup {
  const results = group.map(({ result }) => result);
  const inOrder = all.filter((result) => result.env === env);
  const heading = (text: string) => (isOneOfMany ? `${text} on ${env}` : text);
  const isDrawn = results.some(({ seeds }) => seeds.length > 0);
  const compared = sweep.varies.filter((name) => name !== "env" || !isOneOfMany);
  const varied = compared.filter((name) => new Set(results.map(({ values }) => JSON.stringify(values[name]))).size > 1);
  return markup`<section>
<h2>${heading("Results")}</h2>
<p class="about">Mean returns of the final evaluations, best first; each seed's number links to the report of its run.</p>
${resultTable(out, results)}
</section>
${
  isDrawn
    ? markup`<section>
<h2>${heading("Learning curves")}</h2>
<figure class="wide">${raw(sweepCurves(group, { width: 1040, height: 420 }))}</figure>
<figure class="middle">${raw(sweepCurves(group, { width: 600, height: 340 }))}</figure>
<figure class="narrow">${raw(sweepCurves(group, { width: 330, height: 300 + 15 * Math.min(9, group.length) }))}</figure>
</section>`
    : nothing
}
${
  isDrawn && varied.length > 0
    ? markup`<section>
<h2>${heading("What makes the difference")}</h2>
<p class="about">A line a setting, through its values to its interquartile mean; the higher that is, the ${raw('<span class="low">lighter</span><span class="high">darker</span>')} the line, and the best is the widest. Lines of equal values lie a little apart.</p>
<figure class="wide">${raw(parallelCoordinates(inOrder, varied, { width: 1040, height: 380 }))}</figure>
<figure class="middle">${raw(parallelCoordinates(inOrder, varied, { width: 600, height: 360 }))}</figure>
<figure class="narrow">${raw(parallelCoordinates(inOrder, varied, { width: 330, height: 340 }))}</figure>
</section>`
    : nothing
}`;
}

/** A row a setting: interquartile mean with its interval, mean, seeds. */
function resultTable(out: string, results: readonly SettingResult[]): Markup {
  const all = results.flatMap(({ seeds, failed }) => [...seeds, ...failed].map(({ seed }) => seed));
  const seeds = [...new Set(all)].sort((a, b) => a - b);
  const rows = results.map((result) => {
    const { seeds: done, failed, interquartileMean, interquartileInterval } = result;
    const note = interquartileInterval !== null && isFew(done) ? markup`<small>n = ${done.length}</small>` : nothing;
    const cells = seeds.map((seed) => {
      if (failed.some((one) => one.seed === seed)) return markup`<td class="missed">failed</td>`;
      const found = done.find((one) => one.seed === seed);
      if (!found) return markup`<td>–</td>`;
      const href = relative(out, runFiles(found.run).report).replaceAll("\\", "/");
      return markup`<td><a href="${href}">${score(found.mean, interquartileMean)}</a></td>`;
    });
    return markup`<tr><th scope="row">${result.name}</th><td><b>${withInterval(interquartileMean, interquartileInterval)}</b>${note}</td><td>${score(result.mean, interquartileMean)}</td><td>${seedCount(result)}</td>${cells}</tr>`;
  });
  return scrollingTable(["setting", "IQM [95 %]", "mean", "seeds", ...seeds.map((seed) => `seed ${seed}`)], rows, 1);
}

function failures(results: readonly SettingResult[]): Markup {
  const items = results.flatMap(({ name, failed }) =>
    failed.map(({ seed, error }) => markup`<li><b>${name}</b>, seed ${seed}: ${error}</li>`),
  );
  return items.length === 0 ? nothing : markup`<section><h2>Failures</h2><ul>${items}</ul></section>`;
}

/** What differs from the defaults, but for what varies: a row an algorithm and environment. */
function sameOptions({ varies }: Sweep, results: readonly SettingResult[]): Markup {
  const rows = new Map<string, string[]>();
  for (const { algorithm, env, options, ...result } of results) {
    const key = `${algorithm} on ${env}`;
    if (rows.has(key)) continue;
    const others = Object.entries(options).filter(([name]) => !varies.includes(name));
    const text = others.map(([name, value]) => `${name} ${show(value)}`).join(", ") || "nothing";
    rows.set(key, [key, trainedFor(result), text]);
  }
  return table([["", "trained for", "what differs from the defaults"], ...rows.values()], { numbersFrom: 9 });
}

function method({ episodes, deterministic }: Sweep, { atATime, where }: How): string[] {
  const here = `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${atATime === 1 ? "one run at a time" : `up to ${atATime} runs at a time`}`;
  return [
    `Final evaluation: when a run has ended, its last policy, not its best, plays ${whole(episodes)} episodes, ` +
      `${deterministic ? "taking the likeliest action" : "drawing its actions"}. They are the same for every run, and none ` +
      `that it was trained on (polgrad evaluate <run> --seed ${evaluationSeed} plays them again). Each seed counts as one ` +
      "number, its mean return.",
    "IQM is the interquartile mean over seeds, the mean without the lowest and the highest quarter (rounded down), with its " +
      "95 % interval by the percentile bootstrap with 10,000 resamples: Agarwal et al., Deep Reinforcement Learning at the " +
      "Edge of the Statistical Precipice, 2021. Of two to four seeds it is Student's t of the mean, which takes them for normal and is wide, because they tell little. Settings whose intervals overlap are not told apart. The best of many is also " +
      "the luckiest of them: with other seeds it will usually come out a little lower.",
    "Learning curves: the mean return of the training episodes that ended in the last twentieth of the run, averaged over " +
      "seeds; the band is the 95 % bootstrap interval of that average, or of fewer than five seeds the lowest and the highest.",
    `Trained with polgrad ${version} ${where ?? `on Node ${process.versions.node}, ${process.platform} ${process.arch}, ${here}`}.`,
  ];
}

const ownStyle = `
:root{${cssVariables(namedScale(scaleColors.light))}}
@media(prefers-color-scheme:dark){:root{${cssVariables(namedScale(scaleColors.dark))}}.high{display:none}}
@media not (prefers-color-scheme:dark){.low{display:none}}
.verdict{margin:1.5rem 0 0;font-size:1.05rem}
.verdict b{font-weight:600}
figure{margin-top:1rem}
@media(max-width:640px){.results tbody th{white-space:normal;min-width:9.5rem}.results th,.results td{padding-right:1rem}}
`;
