// report.html: one file that shows a run, with no script and nothing to fetch. Runs of RLHF have another: rlhf-report/.

import { InputError } from "../errors.ts";
import { writeFileAtomic } from "./files.ts";
import { dataAddress, readEpisode, still } from "./animation/last-episode.ts";
import { playedEpisodes } from "./final-evaluation.ts";
import { learningCurve, metricFigure, shortNumber, standaloneSvg } from "./figures.ts";
import { joined, markup, nothing, raw, type Markup } from "./markup.ts";
import type { LearningCurve, Series, Size } from "./figures.ts";
import { curveSizes, dateTime, duration, pageStyle, shown, switched, switchStyle } from "./page.ts";
import { lastWallSeconds, readClock, secondsAt } from "./progress-csv.ts";
import { recentReturns, windowOf } from "./recent-returns.ts";
import { runaways } from "./runaways.ts";
import { readRun } from "./read-run.ts";
import type { Run } from "./read-run.ts";
import { holdsRlhf } from "./rlhf-report/read.ts";
import { writeRlhfReport } from "./rlhf-report/report.ts";
import { runFiles } from "./run-folder.ts";
import type { RunConfig } from "./run-folder.ts";
import { furtherTotal, type SavedSummary } from "./summary.ts";
import { readWarnings } from "./warnings.ts";
import type { Algorithm, MetricFigure } from "../algorithms/index.ts";
import type { EnvSource } from "../envs/index.ts";
import { capitalized, spacedWords } from "../text/names.ts";
import { decimal } from "../text/numbers.ts";
import { shellQuoted } from "../text/shell.ts";
import { describedAlgorithm } from "../language/algorithms/descriptions.ts";
import { findAlgorithm, presetFor, resolveOptions } from "../training/index.ts";
import type { UpdateReport } from "../training/index.ts";

/** Options of {@link writeReport}. */
export interface WriteReportOptions {
  /**
   * The algorithm of the run, where it is not built in: its metrics are then shown as it describes them, and else by
   * their names.
   */
  readonly algorithm?: Algorithm;
}

/**
 * Writes a run's report.html from the files in its folder; of a folder of RLHF with several weights of the KL penalty, one
 * about all of them.
 *
 * @throws RunError if the disk refuses
 */
export function writeReport(run: string, { algorithm }: WriteReportOptions = {}): void {
  if (holdsRlhf(run)) return writeRlhfReport(run);
  writeFileAtomic(runFiles(run).report, reportHtml(run, algorithm));
}

/**
 * Writes the learning curve of a run as an SVG file that stands alone and follows the reader's light or dark colours.
 *
 * @throws InputError if the run is missing, foreign or damaged, or plays in no environment; RunError if the disk
 *   refuses
 */
export function writeLearningCurve(run: string, path: string, size: Size = { width: 840, height: 360 }): void {
  const { config, summary, updates } = readKnownRun(run);
  if (config.env === null) throw new InputError(`${run} plays in no environment: it has no returns to draw`);
  const svg = learningCurve(curveOf(updates, summary), size);
  writeFileAtomic(path, standaloneSvg(svg, `Learning curve of ${titleOf(config, findAlgorithm(config.algorithm))}`));
}

/** A run's summary or, where it has none of its last update because it goes on or was killed, what is known of it. */
type KnownSummary = Omit<SavedSummary, "status"> & { readonly status: SavedSummary["status"] | "open" };

function readKnownRun(path: string): Omit<Run, "summary"> & { summary: KnownSummary } {
  const { summary: saved, ...run } = readRun(path);
  const { config, updates } = run;
  const { step: steps, episodes, meanReturn100 } = updates.at(-1) ?? { step: 0, episodes: 0, meanReturn100: null };
  if (saved && saved.steps >= steps) return { ...run, summary: saved };
  const { algorithm, env, seed } = config;
  const wallSeconds = lastWallSeconds(run.files.progress);
  const stepsPerSecond = wallSeconds > 0 ? Math.round(steps / wallSeconds) : 0;
  const counted = { algorithm, env, seed, steps, episodes, meanReturn100, wallSeconds, stepsPerSecond };
  const unknown = {
    solvedAtStep: null,
    reachedAtStep: null,
    rewardThreshold: saved?.rewardThreshold ?? null,
    weightsSha256: "",
  };
  return { ...run, summary: { status: "open", ...counted, ...unknown, warnings: readWarnings(path), run: path } };
}

function curveOf(updates: readonly UpdateReport[], summary: KnownSummary): LearningCurve {
  const episodes = updates.flatMap(({ finished }) => finished);
  const { windowSteps, means, reachedAtStep } = recentReturns(episodes, summary.steps, summary.rewardThreshold);
  return {
    episodes,
    means,
    windowSteps,
    hundreds: updates.flatMap(({ step, meanReturn100 }) =>
      meanReturn100 === null ? [] : [{ step, mean: meanReturn100 }],
    ),
    evaluations: updates.flatMap(({ step, evaluation }) => (evaluation ? [{ step, mean: evaluation.mean }] : [])),
    threshold: summary.rewardThreshold,
    reachedAtStep,
    solvedAtStep: summary.solvedAtStep,
  };
}

/** The same over seconds of training, without the cloud of episodes. */
function overSeconds(curve: LearningCurve, progress: string): LearningCurve | null {
  const clock = readClock(progress);
  if (clock.length === 0) return null;
  const timed = <T extends { step: number }>(points: readonly T[] = []): T[] => {
    const at = secondsAt(clock);
    return points.map((point) => ({ ...point, step: at(point.step) }));
  };
  const when = (step: number | null | undefined) => (step == null ? null : secondsAt(clock)(step));
  return {
    ...curve,
    episodes: [],
    means: timed(curve.means),
    hundreds: timed(curve.hundreds),
    evaluations: timed(curve.evaluations),
    reachedAtStep: when(curve.reachedAtStep),
    solvedAtStep: when(curve.solvedAtStep),
    unit: "seconds",
  };
}

function reportHtml(run: string, given: Algorithm | undefined): string {
  const { config, summary, updates, files } = readKnownRun(run);
  const algorithm = given ?? findAlgorithm(config.algorithm) ?? describedAlgorithm(config.algorithm);
  const title = titleOf(config, algorithm);
  const { versions, platform } = config;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(pageStyle)}${raw(switchStyle(1))}${raw(ownStyle)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="about">Seed ${config.seed}, started ${dateTime(config.startedAt)}.${statusText(summary)}</p>
</header>
${headline(config, summary)}
${failureSection(config, summary, updates)}
${warningsSection(summary.warnings ?? [])}
${config.env === null ? nothing : curveSection(curveOf(updates, summary), updates, files.progress)}
${summary.finalEvaluation ? episodeSection(run) : nothing}
${diagnostics(updates, algorithm?.metrics ?? [], config.env === null ? "steps" : null)}
${history(config)}
<section>
<h2>Configuration</h2>
${configurationTable(config, algorithm)}
</section>
<section>
<h2>Next steps</h2>
${commands(run, config, summary)}
</section>
<footer>polgrad ${versions.polgrad}, Node ${versions.node}, ${platform.os} ${platform.arch}, ${platform.cpu}. ${summary.weightsSha256 === "" ? "" : `Weights ${summary.weightsSha256.slice(0, 16)}… (SHA-256).`}</footer>
</main>
</body>
</html>
`.text;
}

const warningsSection = (warnings: readonly string[]): Markup =>
  warnings.length === 0
    ? nothing
    : markup`<section>
<h2>What may not fit</h2>
<ul class="warnings">${warnings.map((text) => markup`<li>${capitalized(text)}.</li>`)}</ul>
</section>`;

/** What stopped a run, what ran away before, and what to try. */
function failureSection(config: RunConfig, { status, error }: KnownSummary, updates: readonly UpdateReport[]): Markup {
  if (status !== "failed") return nothing;
  const found = runaways(updates);
  const items = found.map(({ metric, usual, last, since }) => {
    const now = Number.isFinite(last) ? shortNumber(last) : "no finite number";
    return markup`<li><b>${capitalized(spacedWords(metric))}</b> was about ${shortNumber(usual)} and came to ${now}: it left its usual size at step ${decimal(since)}.</li>`;
  });
  const before =
    items.length > 0
      ? markup`<p>What ran away before:</p><ul>${items}</ul>`
      : updates.length === 0
        ? markup`<p>It failed before its first update was done.</p>`
        : markup`<p>No metric had run away up to step ${decimal(updates.at(-1)!.step)}, the last that was logged.</p>`;
  const advice = adviceFor(config, error ?? "", found.length > 0).map((text) => markup`<li>${text}</li>`);
  return markup`<section>
<h2>What went wrong</h2>
<p class="error">${error ?? "unknown"}</p>
${before}
<p>What to try:</p><ul>${advice}</ul>
</section>`;
}

/** What to try after a failure: of numbers, or of the environment or the machine. */
function adviceFor({ options }: RunConfig, error: string, ranAway: boolean): string[] {
  const again = "Once the cause is gone, the command below resumes it from its last good checkpoint.";
  if (!ranAway && !/finite|NaN|infinit/i.test(error))
    return ["Read the message: it says what failed and where; checkEnv(env) lists all in which an environment breaks its contract.", again]; // prettier-ignore
  const { learningRate, maxGradientNorm, normalizeRewards } = options;
  return [
    ...(typeof learningRate === "number"
      ? [
          `A lower learning rate: --learning-rate ${Number((learningRate / 3).toPrecision(1))} instead of ${learningRate}.`,
        ]
      : []),
    ...(maxGradientNorm === 0 ? ["A bound of the gradient's norm: --max-gradient-norm 0.5."] : []),
    ...(normalizeRewards === false ? ["Rewards of about unit size: --normalize-rewards, or smaller ones from the environment."] : []), // prettier-ignore
    "With the same options it would come to the same numbers again, from the last checkpoint too.",
  ];
}

function curveSection(curve: LearningCurve, updates: readonly UpdateReport[], progress: string): Markup {
  if (curve.episodes.length === 0) return endlessSection(updates);
  const figures = (of: LearningCurve) =>
    curveSizes.map(([name, size]) => markup`<figure class="${name}">${raw(learningCurve(of, size))}</figure>`);
  const timed = overSeconds(curve, progress);
  const shown = timed === null ? figures(curve) : switched(0, figures(curve), figures(timed));
  return markup`<section>
<h2>Learning curve</h2>
${shown}
<p class="about">Mean over ${decimal(curve.windowSteps)} steps: of the episodes that ended in them, and of at least ten. It shows how well the policy plays; the mean of the last 100 follows later where episodes are long.</p>
</section>`;
}

/** In the place of returns, of which there are none. */
function endlessSection(updates: readonly UpdateReport[]): Markup {
  const points = updates.flatMap(({ step, rewardPerStep: value }) => (value === undefined ? [] : [{ step, value }]));
  const figures = curveSizes.map(([name, size]) => markup`<figure class="${name}">${raw(metricFigure([{ label: "reward per step", points }], size, {}, "environment steps"))}</figure>`); // prettier-ignore
  return markup`<section>
<h2>${points.length > 1 ? "Reward per step" : "Learning curve"}</h2>
<p class="about">No episode has ended yet, so there are no returns to show${points.length > 1 ? "; this is the mean reward of a step" : ""}. Where episodes are not meant to go on forever, set a time limit: --max-episode-steps 1000.</p>
${points.length > 1 ? figures : nothing}
</section>`;
}

/** An episode of the last policy: as images, in which nothing but their picture can happen. */
function episodeSection(run: string): Markup {
  const svg = readEpisode(run);
  if (svg === null) return nothing;
  return markup`<section>
<h2>An episode of the last policy</h2>
<figure class="episode"><input type="checkbox" id="turned"><label for="turned"><span class="playing">Stop</span><span class="stopped">Play</span></label>
<img class="playing" alt="The first episode of the final evaluation, animated" src="${raw(dataAddress(svg))}"><img class="stopped" alt="The beginning of the first episode of the final evaluation" src="${raw(dataAddress(still(svg)))}"></figure>
</section>`;
}

/** A number in large type: 12,345.6, from a million on 1.23M. */
const large = (value: number): string => (Math.abs(value) < 1e6 ? decimal(value) : shortNumber(value));

function headline(config: RunConfig, summary: KnownSummary): Markup {
  const { solvedAtStep, rewardThreshold, meanReturn100, steps, episodes, wallSeconds, stepsPerSecond } = summary;
  const { finalEvaluation: final, reachedAtStep } = summary;
  const sittings = config.resumed.length === 0 ? "in one sitting" : `${config.resumed.length + 1} sittings`;
  const speed = large(stepsPerSecond);
  const wallTime = ["Wall time", duration(wallSeconds), sittings];
  const solved = solvedAtStep === null ? "not yet" : `step ${decimal(solvedAtStep)}`;
  const items =
    config.env === null
      ? [["Steps", decimal(steps), ""], ["Steps per second", speed, ""], wallTime]
      : [
          ...(final
            ? [
                [
                  "Final evaluation",
                  final.mean === null ? "–" : `${large(final.mean)} ± ${large(final.std ?? 0)}`,
                  `mean return, likeliest actions, ${playedEpisodes(final)}`,
                ],
              ]
            : []),
          ...(rewardThreshold === null
            ? []
            : [
                [
                  `Return of ${large(rewardThreshold)} reached at step`,
                  reachedAtStep == null ? (solvedAtStep === null ? "not yet" : decimal(solvedAtStep)) : decimal(reachedAtStep), // prettier-ignore
                  `in training, mean over ${decimal(windowOf(steps))} steps; over 100 episodes: ${solved}`,
                ],
              ]),
          [
            "Return in training",
            meanReturn100 === null ? "–" : large(meanReturn100),
            episodes === 0 ? "no episode has ended" : `mean of the last ${Math.min(100, episodes)} episodes`,
          ],
          ["Steps per second", speed, `${decimal(steps)} steps, ${decimal(episodes)} episodes`],
          wallTime,
        ];
  const cells = items.map(
    ([name, value, note]) => markup`<div><dt>${name}</dt><dd>${value}<small>${note ?? ""}</small></dd></div>`,
  );
  return markup`<dl class="headline">${cells}</dl>`;
}

/**
 * A figure of each metric: first those that the algorithm describes, then the others by their names.
 *
 * @param xLabel the label of the steps' axis, where the page has no larger figure to show it
 */
function diagnostics(
  updates: readonly UpdateReport[],
  described: readonly MetricFigure[],
  xLabel: string | null,
): Markup {
  const names = [...new Set(updates.flatMap(({ metrics }) => Object.keys(metrics)))];
  const shownIn = ({ metrics, numbered = "" }: MetricFigure): Record<string, string> => ({
    ...metrics,
    ...Object.fromEntries(names.flatMap((name) => numberAfter(numbered, name).map((label) => [name, label]))),
  });
  const known = new Set(described.flatMap((figure) => Object.keys(shownIn(figure))));
  const others = names
    .filter((name) => !known.has(name) && !name.startsWith(ownValue))
    .map((name): MetricFigure => ({
      title: capitalized(spacedWords(name)),
      note: "",
      metrics: { [name]: name },
      setting: true,
    }));
  const figures = [...ownValueFigures(names), ...described, ...others].flatMap((figure) => {
    const series = Object.entries(shownIn(figure))
      .filter(([name]) => names.includes(name))
      .map(([name, label]) => seriesOf(updates, name, label))
      .filter(({ points }) => points.length > 1);
    const isConstant = series.every(({ points }) => points.every(({ value }) => value === points[0]?.value));
    if (isConstant && figure.setting) return [];
    if (figure.numbered && series.length < 2) return [];
    if (series.length === 0) return [];
    const svg = metricFigure(series, { width: 290, height: xLabel === null ? 176 : 190 }, figure.axis, xLabel);
    const note = figure.note === "" ? nothing : markup`<p>${figure.note}</p>`;
    return [markup`<figure><figcaption><h3>${figure.title}</h3>${note}</figcaption>${raw(svg)}</figure>`];
  });
  return figures.length === 0
    ? nothing
    : markup`<section><h2>Diagnostics</h2><div class="grid">${joined(figures, "\n")}</div></section>`;
}

/** How metrics are called that are means of what environments report of their episodes. */
const ownValue = "info.";

const ownValueFigures = (names: readonly string[]): MetricFigure[] =>
  names
    .filter((name) => name.startsWith(ownValue))
    .map((name) => ({
      title: capitalized(spacedWords(name.slice(ownValue.length))),
      note: "as the environment reports it, mean over the episodes of an update",
      metrics: { [name]: name.slice(ownValue.length) },
    }));

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

function history(config: RunConfig): Markup {
  if (config.resumed.length === 0) return nothing;
  const items = config.resumed.map(({ at, fromStep, changed }) => {
    const changes = Object.entries(changed).map(
      ([name, { from, to }]) =>
        `${spacedWords(name)} from ${shown(from)} to ${shown(to)}; schedules follow the new total`,
    );
    const what = [`Resumed at step ${decimal(fromStep)}, ${dateTime(at)}`, ...changes].join(": ");
    return markup`<li>${what}.</li>`;
  });
  return markup`<section><h2>History</h2><ul>${items}</ul></section>`;
}

function configurationTable(config: RunConfig, algorithm: Algorithm | undefined): Markup {
  const sourceOf = optionSources(config, algorithm);
  const rows = Object.entries(config.options).map(([name, value]) => {
    const source = sourceOf(name);
    const mark = source === "default" ? nothing : markup` <small>${source}</small>`;
    return markup`<tr><th scope="row">${name}${mark}</th><td>${shown(value)}</td></tr>`;
  });
  const presets = config.env === null ? "" : "come from a preset for the environment or ";
  const legend = `Marked values ${presets}were given; all others are defaults.`;
  return markup`<table><tbody>${rows}</tbody></table><p class="about">${legend} Started with <code>${config.command}</code></p>`;
}

/** Where the value of an option must have come from; one that was given as it is by default counts as default. */
function optionSources(
  { options, env }: RunConfig,
  algorithm: Algorithm | undefined,
): (name: string) => "default" | "preset" | "given" {
  if (algorithm === undefined) return () => "default";
  const nowhere = () => Promise.reject(new Error("never made"));
  const defaults = resolveOptions(algorithm, env === null ? {} : { env: nowhere });
  const preset = options.env == null ? {} : presetFor(algorithm, options.env as EnvSource);
  const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return (option) => {
    if (option === "env" || isSame(options[option], defaults[option])) return "default";
    return isSame(options[option], preset[option]) ? "preset" : "given";
  };
}

function commands(run: string, config: RunConfig, summary: KnownSummary): Markup {
  const { totalSteps, totalEpisodes } = config.options;
  const quoted = shellQuoted(run);
  const isPlayed = config.env !== null;
  const isBuiltIn = findAlgorithm(config.algorithm) !== undefined;
  const [flag, name, total] =
    typeof totalEpisodes === "number"
      ? ["--episodes", "totalEpisodes", furtherTotal(totalEpisodes, summary.episodes)]
      : ["--steps", "totalSteps", furtherTotal(Number(totalSteps), summary.steps)];
  const isCut = summary.status === "interrupted" || summary.status === "open";
  // The command line knows built-in algorithms alone.
  const resume = isBuiltIn
    ? `npx polgrad resume ${quoted}${isCut ? "" : ` ${flag} ${total}`}`
    : `await resumeRun(${JSON.stringify(run)}, { algorithm${isCut ? "" : `, ${name}: ${total}`} })`;
  const lines = [
    ...(isPlayed ? [["Play 100 episodes with the policy", `npx polgrad evaluate ${quoted} --episodes 100`]] : []),
    [isCut ? "Resume it" : "Train it twice as long", resume],
    ["Compare it with other runs", isPlayed ? "npx polgrad compare runs/*" : "tensorboard --logdir runs"],
  ];
  const paragraphs = lines.map(([what, command]) => markup`<p class="command">${what}<code>${command}</code></p>`);
  return joined(paragraphs, "\n");
}

function statusText({ status }: KnownSummary): string {
  if (status === "open") return " Not at its end yet.";
  if (status === "finished") return " Trained to the end.";
  if (status === "interrupted") return " Interrupted before its end; it can be resumed.";
  return " Stopped by a failure.";
}

/** "PPO on CartPole-v1"; the algorithm alone where it plays in no environment. */
function titleOf({ algorithm: name, env }: RunConfig, algorithm: Algorithm | undefined): string {
  const title = algorithm?.title ?? capitalized(spacedWords(name));
  return env === null ? title : `${title} on ${env}`;
}

const ownStyle = `
.episode>input{position:absolute;opacity:0}
.episode>label{display:inline-block;margin:0 .5rem .75rem 0;padding:.2rem .8rem;border:1px solid var(--line);border-radius:99px;background:var(--paper);font-size:.85rem;cursor:pointer}
input:focus-visible+label{outline:2px solid var(--accent);outline-offset:2px}
figure+.about,.switch+.about,.about+figure{margin-top:.75rem}
.episode{max-width:520px}
.episode img{width:100%;height:auto}
.episode .stopped,#turned:checked~.playing,#turned:checked+label .playing{display:none}
#turned:checked~img.stopped{display:block}
#turned:checked+label .stopped{display:inline}
@media(prefers-reduced-motion:reduce){.episode .playing,#turned:checked~.stopped,#turned:checked+label .stopped{display:none!important}.episode img.stopped,#turned:checked~img.playing{display:block!important}.episode span.stopped,#turned:checked+label span.playing{display:inline!important}#turned:checked~img.stopped,#turned:checked+label span.stopped{display:none!important}}
.error{white-space:pre-wrap;padding:.7rem .95rem;border-left:3px solid var(--second);background:var(--paper);overflow-wrap:anywhere}
@media print{.episode>label{display:none}}
`;
