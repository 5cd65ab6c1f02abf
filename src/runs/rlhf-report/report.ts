// report.html of RLHF: one file about one run or several weights of the KL penalty, with nothing to fetch. Its one script
// moves through the texts.

import { createHash } from "node:crypto";
import { decimal, whole } from "../../text/numbers.ts";
import { shellQuoted } from "../../text/shell.ts";
import { seriesColor, type Size } from "../figures.ts";
import { writeFileAtomic } from "../files.ts";
import { joined, markup, nothing, raw, type Markup } from "../markup.ts";
import { dateTime, duration, pageStyle, shown } from "../page.ts";
import { runFiles } from "../run-folder.ts";
import { alarmsOf } from "./alarms.ts";
import { explorerData } from "./explorer-data.ts";
import { explorerScript } from "./explorer.ts";
import { calibrationFigure, distanceFigure, frontierFigure, iterationsFigure, overDistance } from "./figures.ts";
import { fitBestOfN, fitReinforcementLearning, fitWords, poorFit, type Fit } from "./fits.ts";
import { meanOf, outcomeOf, verdict, window, type Outcome } from "./outcome.ts";
import { metricOf, readRlhf, type Calibration, type RlhfFolder, type RlhfRun } from "./read.ts";
import { mostWrong } from "./texts.ts";
import { rlhfStyle } from "./style.ts";

/**
 * Writes report.html into the folder of a run of RLHF, or into a folder of several, about all of them.
 *
 * @throws InputError if there is no such run, or a file of it is damaged; RunError if the disk refuses
 */
export function writeRlhfReport(folder: string): void {
  writeFileAtomic(runFiles(folder).report, rlhfReport(folder));
}

/** The report as text: see {@link writeRlhfReport}. */
export function rlhfReport(folder: string): string {
  const read = readRlhf(folder);
  const outcomes = read.runs.map(outcomeOf);
  const title = titleOf(read.runs);
  const script = explorerScript();
  // No script but ours runs, and nothing is fetched, whatever stands in a text.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`;
  const explorer = explorerSection(read.runs, script);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(pageStyle)}${raw(rlhfStyle)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="about">${aboutRuns(read.runs)}</p>
</header>
<p class="verdict">${verdict(read, outcomes).join(" ")}</p>
${outcomesTable(read, outcomes)}
${alarmsSection(read.runs)}
${distanceSection(read, outcomes)}
${frontierSection(read, outcomes)}
${explorer}
${wrongSection(read.runs)}
${iterationsSection(read.runs)}
${calibrationSection(read.calibration)}
${optionsSection(read.runs)}
${nextSection(read)}
${footer(read.runs[0])}
</main>
</body>
</html>
`.text;
}

const titleOf = (runs: readonly RlhfRun[]): string =>
  runs.length === 1 ? `RLHF, ${runs[0].label}` : `RLHF with ${runs.length} weights of the KL penalty`;

function aboutRuns(runs: readonly RlhfRun[]): string {
  const [{ config }] = runs;
  const last = Math.max(...runs.map(({ updates }) => updates.at(-1)?.update ?? 0));
  const { episodes } = config.options;
  const size = `${whole(last)} iterations${typeof episodes === "number" ? ` of ${whole(episodes)} texts` : ""}`;
  const parts = [`Seed ${config.seed}, ${size}, started ${dateTime(config.startedAt)}.`];
  const told = (of: readonly RlhfRun[], what: string): void => {
    const who = of.length === runs.length ? "" : ` (${of.map(({ label }) => label).join(", ")})`;
    if (of.length > 0) parts.push(`${what}${who}.`);
  };
  const withStatus = (status: string | undefined): RlhfRun[] =>
    runs.filter(({ summary }) => summary?.status === status);
  told(withStatus(undefined), "Not at its end yet");
  told(withStatus("interrupted"), "Interrupted before its end; it can be resumed");
  for (const run of withStatus("failed")) told([run], `Stopped by a failure: ${run.summary?.error ?? "unknown"}`);
  return parts.join(" ");
}

/** The colour of a run beside its name. */
const key = (run: RlhfRun, index: number): Markup =>
  markup`<span class="key"><i class="swatch" style="background:${seriesColor(index)}"></i>${run.label}</span>`;

const legend = (runs: readonly RlhfRun[], more: Markup = nothing): Markup =>
  markup`<p class="legend">${runs.map(key)}${more}</p>`;

const bestOfNKey = markup`<span class="key"><i class="diamond"></i>best of n</span>`;

function outcomesTable({ runs }: RlhfFolder, outcomes: readonly Outcome[]): Markup {
  const isKnown = outcomes.some(({ peakUpdate }) => peakUpdate !== null);
  const hasGrammar = outcomes.some(({ wellFormed }) => Number.isFinite(wellFormed.end));
  const seconds = runs.some(({ summary }) => summary !== null);
  const header = ["", "reward", ...(isKnown ? ["truth", "its peak"] : []), "KL", ...(hasGrammar ? ["well-formed"] : []), "ended", "length", ...(seconds ? ["time"] : [])]; // prettier-ignore
  const rows = outcomes.map(({ run, truth, score, kl, wellFormed, peakUpdate }, i) => {
    const end = (name: string): number => meanOf(metricOf(run, name).slice(-window));
    const label = run.hasReport && runs.length > 1 ? markup`<a href="${encodeURIComponent(run.name)}/report.html">${key(run, i)}</a>` : key(run, i); // prettier-ignore
    const peak = peakUpdate === null ? "–" : markup`${number(truth.atPeak)}<small>iteration ${peakUpdate}</small>`;
    const cells = [
      number(score.end),
      ...(isKnown ? [markup`<b>${number(truth.end)}</b>`, peak] : []),
      number(kl.end, 1),
      ...(hasGrammar ? [share(wellFormed.end)] : []),
      share(end("ended")),
      number(end("length"), 1),
      ...(seconds ? [run.summary === null ? "–" : duration(run.summary.wallSeconds)] : []),
    ];
    return markup`<tr><th scope="row">${label}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`;
  });
  return markup`${table(header, rows)}<p class="note">Means of the last ${window} iterations; the peak is that of a mean of ${window}. KL is in nats a text, from the model that the run began with; length counts tokens.</p>`;
}

function table(header: readonly string[], rows: readonly Markup[], kind = ""): Markup {
  const cells = header.map((text) => markup`<th scope="col">${text}</th>`);
  return markup`<div class="scroll"><table class="results ${kind}"><thead><tr>${cells}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

const number = (value: number, digits = 2): string => (Number.isFinite(value) ? decimal(value, digits, digits) : "–");
const share = (value: number): string => (Number.isFinite(value) ? `${Math.round(100 * value)} %` : "–");

function alarmsSection(runs: readonly RlhfRun[]): Markup {
  const short = runs.filter(({ updates }) => updates.length < 2 * window).length;
  const quiet =
    short === runs.length
      ? `Too few iterations to tell: rules look at runs of at least ${2 * window}.`
      : "Nothing: KL, reward, truth, entropy, lengths, critic and clipping are as they should be.";
  const cards = runs.flatMap((run, i) => {
    const items = alarmsOf(run).map(({ text }) => markup`<li>${text}</li>`);
    return items.length === 0 ? [] : [markup`<div class="alarms"><h3>${key(run, i)}</h3><ul>${items}</ul></div>`];
  });
  return markup`<section>
<h2>What to look at</h2>
${cards.length === 0 ? markup`<p>${quiet}</p>` : cards}
</section>`;
}

interface FitRow {
  readonly label: Markup;
  readonly law: string;
  readonly fit: Fit | null;
  /** The largest KL of the points. */
  readonly farthest: number;
}

const peakText = ({ peakKl, rSquared }: Fit, farthest: number): string =>
  rSquared < poorFit
    ? "–"
    : peakKl === null
      ? "none"
      : peakKl > farthest
        ? `beyond ${number(farthest, 1)}`
        : number(peakKl, 1);

/** The laws of Gao et al. for what was measured: gains are those above each one's start. */
function fitsOf({ runs, bestOfN }: RlhfFolder) {
  const ofRuns = runs.map((run, i) => {
    const points = overDistance(run, "truth");
    const start = metricOf(run, "truth")[0]?.value ?? NaN;
    const fit = fitReinforcementLearning(points.map(({ kl, value }) => ({ kl, gain: value - start })));
    const farthest = points.reduce((most, { kl }) => Math.max(most, kl), 0);
    return {
      fit,
      start,
      farthest,
      color: seriesColor(i),
      row: { label: key(run, i), law: "d(α − β log d)", fit, farthest },
    };
  });
  const known = bestOfN.flatMap(({ kl, truth }) => (truth == null ? [] : [{ kl, value: truth }]));
  const start = known[0]?.value ?? NaN;
  const fit = fitBestOfN(known.map(({ kl, value }) => ({ kl, gain: value - start })));
  const farthest = known.at(-1)?.kl ?? 0;
  const ofBest = { fit, start, farthest, color: "var(--ink)", row: { label: bestOfNKey, law: "d(α − βd)", fit, farthest } }; // prettier-ignore
  return [...ofRuns, ...(known.length > 0 ? [ofBest] : [])];
}

function distanceSection(folder: RlhfFolder, outcomes: readonly Outcome[]): Markup {
  const { runs, bestOfN } = folder;
  if (runs.every((run) => overDistance(run, "score").length < 2)) return nothing;
  const isKnown = outcomes.some(({ peakUpdate }) => peakUpdate !== null);
  const pointsOf = (name: "proxy" | "truth" | "wellFormed") =>
    bestOfN.flatMap(({ n, kl, [name]: value }) => (value == null ? [] : [{ n, kl, value }]));
  const more = bestOfN.length > 0 ? bestOfNKey : nothing;
  const small = { width: 500, height: 260 };
  const reward = figure("Reward", "what the reward model, or the function in its place, gives", distanceFigure(runs, "score", small, { bestOfN: pointsOf("proxy") })); // prettier-ignore
  const hasGrammar = outcomes.some(({ wellFormed }) => Number.isFinite(wellFormed.end));
  const grammar = hasGrammar ? figure("Well-formed", "the share of texts that the grammar produces", distanceFigure(runs, "wellFormed", small, { bestOfN: pointsOf("wellFormed"), range: [0, 1] })) : nothing; // prettier-ignore
  if (!isKnown)
    return markup`<section>
<h2>Reward over distance</h2>
${legend(runs, more)}
<div class="grid two">${reward}</div>
<p class="note">What the texts are truly worth is not known here, so this shows only what the policy was trained for.</p>
</section>`;
  const fits = fitsOf(folder);
  const drawn = fits.flatMap(({ fit, ...rest }) => (fit === null ? [] : [{ fit, ...rest }]));
  const truth = (size: Size, names: boolean): Markup =>
    raw(distanceFigure(runs, "truth", size, { bestOfN: pointsOf("truth"), fits: drawn, names }));
  const fitKey = drawn.length > 0 ? markup`<span class="key"><i class="dots"></i>fitted law</span>` : nothing;
  return markup`<section>
<h2>Truth and reward over distance</h2>
${legend(runs, markup`${more}${fitKey}`)}
<figure class="wide"><figcaption><h3>Truth</h3></figcaption>${truth({ width: 1040, height: 420 }, true)}</figure>
<figure class="narrow"><figcaption><h3>Truth</h3></figcaption>${truth({ width: 400, height: 320 }, false)}</figure>
<div class="grid two">${reward}${grammar}</div>
<p class="note">Each line follows a run from iteration to iteration, as means of ${window}; its dot is the end.</p>
${fitsTable(fits.map(({ row }) => row))}
</section>`;
}

function figure(title: string, note: string, svg: string): Markup {
  const about = note === "" ? nothing : markup`<p>${note}</p>`;
  return markup`<figure><figcaption><h3>${title}</h3>${about}</figcaption>${raw(svg)}</figure>`;
}

function fitsTable(fits: readonly FitRow[]): Markup {
  const rows = fits.map(({ label, law, fit, farthest }) => {
    const cells =
      fit === null
        ? ["–", "too few points", "–", "–", "–"]
        : [number(fit.rSquared), fitWords(fit), peakText(fit, farthest), number(fit.alpha), number(fit.beta)];
    return markup`<tr><th scope="row">${label}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}<td>${law}</td></tr>`;
  });
  return markup`<h3 class="below">Laws of over-optimization</h3>
${table(["", "R²", "", "its peak at KL", "α", "β of the law", "law"], rows)}
<p class="note">Least squares of the truth's gain over its start, with d = √KL, in the forms that Gao et al. (2022) found for reinforcement learning and for the best of n. “Fits” means an R² of 0.9 or more, “roughly” 0.7; “beyond” means that the run has not come to the peak that the law expects, “none” that the law only rises.</p>`;
}

function frontierSection({ runs, bestOfN }: RlhfFolder, outcomes: readonly Outcome[]): Markup {
  const known = outcomes.filter(({ truth }) => Number.isFinite(truth.end));
  if (known.length < 2) return nothing;
  const points = bestOfN.flatMap(({ n, kl, truth }) => (truth == null ? [] : [{ n, kl, value: truth }]));
  return markup`<section>
<h2>What each β buys</h2>
${legend(runs, markup`<span class="key">● at the end</span><span class="key">○ at the truth's peak</span>${points.length > 0 ? bestOfNKey : nothing}`)}
<figure class="wide"><figcaption><h3>Truth against KL</h3></figcaption>${raw(frontierFigure(outcomes, points, { width: 1040, height: 380 }))}</figure>
<figure class="narrow"><figcaption><h3>Truth against KL</h3></figcaption>${raw(frontierFigure(outcomes, points, { width: 400, height: 320 }))}</figure>
</section>`;
}

function explorerSection(runs: readonly RlhfRun[], script: string): Markup {
  const data = explorerData(runs);
  const head = markup`<h2>The same prompts, step by step</h2>`;
  if (data.runs.length === 0)
    return markup`<section>${head}<p>The texts of the run were not kept, so there is nothing to show here.</p></section>`;
  const choices = data.runs.map(({ label }, i) => {
    const isFirst = i === 0 ? markup` checked` : nothing;
    return markup`<label><input type="radio" name="run" value="${i}"${isFirst}><span>${label}</span></label>`;
  });
  // In JSON, "<" can stand as its escape; so nothing in it ends the element.
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  return markup`<section id="explorer">
${head}
<p class="about">What is written behind the same prompts, with the same random numbers, as training goes on. Point at a token, tap it, or reach it with Tab and the arrow keys.</p>
<noscript><p>This part needs JavaScript; nothing is fetched.</p></noscript>
<div class="controls" data-part="controls" hidden>
<fieldset class="runs"${data.runs.length === 1 ? markup` hidden` : nothing}><legend>Run</legend>${choices}</fieldset>
<div class="steps"><button type="button" data-part="play">▶ Play</button>
<input type="range" min="0" max="0" value="0" step="1" data-part="slider" aria-label="Iteration"></div>
<p class="now"><b data-part="step"></b> <span data-part="about"></span></p>
</div>
<div class="scale"><span>20 times rarer</span><i></i><span>20 times likelier than before</span></div>
<div class="texts" data-part="texts"></div>
<p class="detail" role="status" data-part="detail">Each token is coloured by log π/π_ref; ∎ is the end of the text.</p>
<script type="application/json" id="explorer-data">${raw(json)}</script>
<script>${raw(script)}</script>
</section>`;
}

/** The texts that the reward is most wrong about; where the truth is not known, those of the largest reward. */
function wrongSection(runs: readonly RlhfRun[]): Markup {
  const groups = runs.map((run, i) => ({ run, i, samples: run.wrongest })).filter(({ samples }) => samples.length > 0);
  if (groups.length === 0) return nothing;
  const isKnown = groups.some(({ samples }) => samples.some(({ truth }) => truth != null));
  const rows = groups.flatMap(({ run, i, samples }) =>
    samples.map(({ prompt, text, score, truth, update }, k) => {
      const head = k === 0 ? markup`<th scope="rowgroup" rowspan="${samples.length}">${key(run, i)}</th>` : nothing;
      const numbers = [score ?? NaN, ...(isKnown ? [truth ?? NaN, (score ?? NaN) - (truth ?? NaN)] : [])];
      return markup`<tr>${head}<td class="sample">${clipped(`${prompt} `)}<b>${clipped(text)}</b><small>iteration ${update}</small></td>${numbers.map((x) => markup`<td>${number(x)}</td>`)}</tr>`;
    }),
  );
  const header = ["", "text", "reward", ...(isKnown ? ["truth", "difference"] : [])];
  return markup`<section>
<h2>${isKnown ? "Where the reward was most wrong" : "The texts of the largest reward"}</h2>
${table(header, rows, "samples")}
<p class="note">For each run ${mostWrong} texts of different iterations.</p>
</section>`;
}

/** A long text in so far as a table can show it. */
const clipped = (text: string, most = 400): string => (text.length > most ? `${text.slice(0, most)}…` : text);

interface IterationFigure {
  readonly name: string;
  readonly title: string;
  readonly note: string;
  readonly range?: readonly [number, number];
  readonly isSetting?: boolean;
}

const iterationFigures: readonly IterationFigure[] = [
  { name: "score", title: "Reward", note: "mean over the texts" },
  { name: "truth", title: "Truth", note: "what the texts are worth" },
  { name: "kl", title: "KL", note: "log π − log π_ref of a text, in nats" },
  { name: "entropy", title: "Entropy", note: "of a token, in nats" },
  { name: "klCoefficient", title: "β", note: "weight of the KL penalty", isSetting: true },
  { name: "length", title: "Length", note: "tokens of a text" },
  { name: "ended", title: "Ended", note: "share of texts that come to their end", range: [0, 1] },
  { name: "wellFormed", title: "Well-formed", note: "share of texts", range: [0, 1] },
  { name: "distinct", title: "Distinct clauses", note: "share of a text's clauses", range: [0, 1] },
  { name: "explainedVariance", title: "Explained variance", note: "of returns by the critic; 1 is perfect" },
  { name: "clipFraction", title: "Clip fraction", note: "share of tokens" },
];

function iterationsSection(runs: readonly RlhfRun[]): Markup {
  const figures = iterationFigures.flatMap(({ name, title, note, ...axis }) => {
    const svg = iterationsFigure(runs, name, { width: 300, height: 170 }, axis);
    return svg === null ? [] : [figure(title, note, svg)];
  });
  if (figures.length === 0) return nothing;
  return markup`<section>
<h2>Over the iterations</h2>
${legend(runs)}
<div class="grid">${figures}</div>
</section>`;
}

function calibrationSection(calibration: Calibration | null): Markup {
  if (calibration === null || !calibration.bins.some(({ count }) => count > 0)) return nothing;
  const { accuracy, pairs, bins } = calibration;
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  const mean = (f: (bin: Calibration["bins"][number]) => number): number =>
    bins.reduce((sum, bin) => sum + (bin.count / total) * f(bin), 0);
  const error = mean(({ predicted, observed }) => Math.abs(predicted - observed));
  const boldness = mean(({ predicted, observed }) => Math.abs(predicted - 0.5) - Math.abs(observed - 0.5));
  const kind = boldness > 0.02 ? "surer than it should be" : boldness < -0.02 ? "less sure than it could be" : "about as sure as it should be"; // prettier-ignore
  return markup`<section>
<h2>Calibration of the reward model</h2>
<p>On ${whole(pairs)} pairs it prefers what was preferred in ${share(accuracy)}. Its probabilities are ${decimal(100 * error)} percentage points off in the mean, and it is ${kind}.</p>
<figure class="square">${figureTitle("Observed against predicted", "how often a text was preferred, where the reward model expects it so often; beside each dot, its pairs")}${raw(calibrationFigure(calibration, { width: 460, height: 400 }))}</figure>
</section>`;
}

const figureTitle = (title: string, note: string): Markup =>
  markup`<figcaption><h3>${title}</h3><p>${note}</p></figcaption>`;

/** The options of all runs: one value where they agree. */
function optionsSection(runs: readonly RlhfRun[]): Markup {
  const names = [...new Set(runs.flatMap(({ config }) => Object.keys(config.options)))];
  const rows = names.map((name) => {
    const values = [...new Set(runs.map(({ config }) => clipped(shown(config.options[name]), 120)))];
    return markup`<tr><th scope="row">${name}</th><td>${values.join(", ")}</td></tr>`;
  });
  return markup`<section>
<h2>Options</h2>
<table><tbody>${rows}</tbody></table>
<p class="about">Started with <code>${runs[0].config.command}</code></p>
</section>`;
}

function nextSection({ path, runs }: RlhfFolder): Markup {
  const folderOf = (run: RlhfRun): string => shellQuoted(runs.length === 1 ? path : `${path}/${run.name}`);
  const outcomes = runs.map(outcomeOf);
  const best = outcomes.reduce((a, b) => (b.truth.end > a.truth.end ? b : a)).run;
  const open = runs.filter(({ summary }) => summary?.status !== "finished");
  // Somebody will paste it into a shell.
  const prompt = best.texts.flatMap(({ watched }) => watched.map((text) => text.prompt)).find((text) => /^[a-z ]{1,60}$/i.test(text)); // prettier-ignore
  const lines = [
    ...open.map((run) => ["Resume it", `npx polgrad resume ${folderOf(run)}`]),
    ...(prompt === undefined ? [] : [["Let it write", `npx polgrad generate ${folderOf(best)} "${prompt}"`]]),
  ];
  if (lines.length === 0) return nothing;
  const paragraphs = lines.map(([what, command]) => markup`<p class="command">${what}<code>${command}</code></p>`);
  return markup`<section><h2>Next steps</h2>${joined(paragraphs, "\n")}</section>`;
}

const footer = ({ config: { versions, platform } }: RlhfRun): Markup =>
  markup`<footer>polgrad ${versions.polgrad}, Node ${versions.node}, ${platform.os} ${platform.arch}, ${platform.cpu}.</footer>`;
