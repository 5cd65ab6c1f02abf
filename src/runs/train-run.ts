// Training that leaves a run folder: trainToRun starts a run, resumeRun resumes it from its last checkpoint, and makes
// what is missing of one that is done.

import type { Algorithm, AlgorithmName, DataAlgorithm } from "../algorithms/index.ts";
import { existsSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { InputError, RunError } from "../errors.ts";
import { keepBest, readLastCheckpoint, readPolicyAt, scoreOf } from "./checkpoints.ts";
import { assertCallbacks, assertSignal } from "../training/controls.ts";
import type { EnvSource } from "../envs/index.ts";
import type { CreateNetworks } from "../nn/index.ts";
import { createTraining, createTurns, findAlgorithm, formerOptions, runInTurns } from "../training/index.ts";
import type { AlgorithmOptions, Beginning, Training, TrainingInput, UpdateReport } from "../training/index.ts";
import { readBytes, removeLeftovers, writeFileAtomic } from "./files.ts";
import { keepEpisode } from "./animation/last-episode.ts";
import { lockFolder } from "./folder-lock.ts";
import { assertAllowed, type AllowedModules } from "./foreign-module.ts";
import { filesOf, openKeepsakes } from "./keepsakes.ts";
import { inOneLine } from "../text/printable.ts";
import { valueText } from "../text/values.ts";
import { lastWallSeconds } from "./progress-csv.ts";
import { evaluateFinally, type FinalEvaluation } from "./final-evaluation.ts";
import { readMetrics } from "./metrics.ts";
import { readSummaryIfWhole } from "./read-run.ts";
import { openLogs } from "./logs.ts";
import {
  checkPlace,
  createRunFolder,
  envNotKept,
  makeFolders,
  readConfig,
  runFiles,
  writeConfig,
} from "./run-folder.ts";
import type { RunConfig, RunInputs } from "./run-folder.ts";
import { speedometer } from "./speedometer.ts";
import { summarize, writeSummary } from "./summary.ts";
import type { RunStatus, RunSummary } from "./summary.ts";
import { openWarnings, readWarnings } from "./warnings.ts";

/** How a run ended. */
export interface RunResult {
  summary: RunSummary;
  status: RunStatus;
  training: Training;
  /** The names of the files that a run which was done lacked, or had in an older state, and that were made anew. */
  mended?: readonly string[];
}

/** Times that go with a report, which has none. */
export interface RunClock {
  /** Seconds of training, of the whole run. */
  wallSeconds: number;
  /** Of the last seconds. */
  stepsPerSecond: number;
  /** From 0 to 1: how much of the steps or episodes asked for is done. */
  fraction: number;
  /** Seconds until the run is done at the speed so far of this sitting; null before that can be told. */
  secondsLeft: number | null;
}

/** What {@link trainToRun} and {@link resumeRun} share. */
export interface RunSettings {
  /** The command that was typed, for config.json and the report. */
  command?: string;
  /** Once aborted, training stops after the update in progress, saves, and returns with the status "interrupted". */
  signal?: AbortSignal;
  /** Called once everything is checked and training starts; a promise that it returns is waited for. */
  onStart?: (run: string, training: Training) => unknown;
  /**
   * Called after each update, once it is logged. A promise that it returns is waited for; what it throws ends the
   * training, as any failure does. `told` is what the learner's keepsakes told of it, where they did.
   */
  onUpdate?: (report: UpdateReport, clock: RunClock, told?: Readonly<Record<string, unknown>>) => unknown;
  /** Called with what goes wrong at the end without any harm. Default: `console.warn`. */
  onWarning?: (message: string) => void;
  /**
   * Write the last checkpoint at least this often, or a twentieth of the time where writing takes longer than that.
   * Default 10. It is also written at each twentieth of the run.
   */
  checkpointSeconds?: number;
  /**
   * Episodes that the last policy plays once training is over, taking the likeliest actions, within two seconds: the
   * summary and the report tell what they came to. Default: those that a resumed run was started with, and 0 of a new one.
   */
  finalEpisodes?: number;
  /** Whether report.html is written once training is over. Default true. */
  report?: boolean;
  /** Called before these episodes; an abort of the signal from here on skips them. */
  onFinalEvaluation?: (episodes: number) => void;
}

/** Settings of {@link trainToRun}. */
export interface TrainToRunSettings extends RunSettings {
  /** The folder in which the run's folder is made. Default "runs". */
  runDir?: string;
  /**
   * The name of the run's folder: one name, not a path; what file systems may not take in it becomes hyphens. Default:
   * from environment, algorithm, seed and time.
   */
  name?: string;
  /** A run's folder or a policy's file, whose weights the run begins with. */
  from?: string;
}

/** Settings of {@link resumeRun}. */
export interface ResumeRunSettings extends RunSettings {
  /** The algorithm, where the run was started with one that is not built in. */
  algorithm?: Algorithm;
  /** A new total, to extend the run: schedules follow it. Default: the total that the run was started with. */
  totalSteps?: number;
  totalEpisodes?: number;
  /** Other options that change from here on, by name, as `{ learningRate: 1e-4 }`: see `change` of `Resumption`. */
  options?: Readonly<Record<string, unknown>>;
  /**
   * The environment: where the run was started with a function, which its folder cannot keep, or in the place of what
   * the folder names.
   */
  env?: EnvSource;
  /**
   * Modules that the folder may name as its environment or its reward: paths of files, or of folders with all that is
   * below them. Default: none.
   */
  allowModules?: AllowedModules;
  /** Wait so many seconds for another process to leave the folder. Default 0. */
  lockSeconds?: number;
  /** The networks, where the run was started with networks of your own. */
  networks?: CreateNetworks;
}

/** Sets up a training; tests put another in its place. */
export type CreateTraining = (
  algorithm: string | Algorithm,
  options: TrainingInput,
  beginning?: Beginning,
) => Promise<Training>;

/**
 * Trains and leaves a run folder: configuration, logs, checkpoints, policy, summary, report. The folder is made only
 * when algorithm, options and environment are found to be right.
 *
 * @param algorithm the name of a built-in one, or an algorithm of your own
 * @param options those of the algorithm, with `env`
 * @throws InputError for wrong options, or a name that is none of a folder; RunError for what fails while training, with the last good checkpoint kept
 */
export function trainToRun<Name extends AlgorithmName>(
  algorithm: Name,
  options: AlgorithmOptions<Name> & Pick<TrainingInput, "networks">,
  settings?: TrainToRunSettings,
): Promise<RunResult>;
/**
 * The same with an algorithm of your own, or with options that are not known before the program runs.
 *
 * @param create sets up the training. Default: `createTraining`
 * @param inputs files that it learns from, for config.json
 */
export function trainToRun(
  algorithm: string | Algorithm,
  options: TrainingInput,
  settings?: TrainToRunSettings,
  create?: CreateTraining,
  inputs?: RunInputs,
): Promise<RunResult>;
export async function trainToRun(
  algorithm: string | Algorithm,
  options: TrainingInput,
  settings: TrainToRunSettings = {},
  create: CreateTraining = createTraining,
  inputs?: RunInputs,
): Promise<RunResult> {
  assertSettings(settings);
  checkPlace(settings);
  const { runDir = "runs", from } = settings;
  const training = await create(algorithm, options, from === undefined ? undefined : { from: readPolicyAt(from) });
  const name = typeof algorithm === "object" ? algorithm.name : algorithm;
  let run: string;
  try {
    run = createRunFolder(runDir, {
      algorithm: name,
      env: training.envName,
      seed: Number(training.options.seed),
      options: training.options,
      command: settings.command ?? `trainToRun(${JSON.stringify(name)}, …)`,
      startedAt: new Date(),
      name: settings.name,
      from: from === undefined ? undefined : resolve(from),
      finalEpisodes: settings.finalEpisodes,
      inputs,
    });
  } catch (error) {
    training.close();
    throw error;
  }
  const unlock = lockRun(run);
  try {
    return await record(run, readConfig(run), training, settings, own(algorithm));
  } finally {
    unlock();
  }
}

/** Locks a run's folder for this process. @throws InputError if it is locked already */
const lockRun = (run: string): (() => void) => lockFolder(runFiles(run).lock, run);

/** Likewise, but tries for so many seconds: a process whose parent was killed may take a moment to end. */
async function lockRunWithin(seconds: number, run: string): Promise<() => void> {
  for (const end = performance.now() + 1000 * seconds; ;) {
    try {
      return lockRun(run);
    } catch (error) {
      if (!(error instanceof InputError) || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * Resumes a run from its last checkpoint, or from its beginning where it was killed before the first. Without a new
 * total or other options, the result and metrics.jsonl are, bit for bit, those of a run that was never interrupted. Of a
 * run that is done, what is missing or does not fit its checkpoint is made anew.
 *
 * @throws InputError if the folder is missing, foreign or damaged, another process works on it, its algorithm is not
 *   built in and not given, it names a module as its environment that is not allowed, an option cannot change, or a new
 *   total is not beyond what is done
 */
export async function resumeRun(
  run: string,
  settings: ResumeRunSettings = {},
  create: CreateTraining = createTraining,
): Promise<RunResult> {
  assertSettings(settings);
  const config = readConfig(run);
  const unlock = await lockRunWithin(settings.lockSeconds ?? 0, run);
  try {
    return await resumeLocked(run, config, settings, create);
  } finally {
    unlock();
  }
}

async function resumeLocked(
  run: string,
  config: RunConfig,
  settings: ResumeRunSettings,
  create: CreateTraining,
): Promise<RunResult> {
  const isOfLanguage = settings.algorithm === undefined && config.inputs !== undefined;
  const algorithm = isOfLanguage
    ? await (await import("./language/inputs.ts")).algorithmFromInputs(run, config, settings)
    : algorithmOfRun(run, config, settings.algorithm);
  const options: Record<string, unknown> = { ...formerOptions(algorithm), ...config.options };
  const knowsLength = typeof algorithm === "object" && (algorithm as DataAlgorithm).length !== undefined;
  if (knowsLength) delete options.totalSteps; // its other options may become others
  const changed: RunConfig["resumed"][number]["changed"] = {};
  const { totalSteps, totalEpisodes } = settings;
  for (const [name, to] of Object.entries({ totalSteps, totalEpisodes, ...settings.options })) {
    if (to === undefined || JSON.stringify(to) === JSON.stringify(options[name])) continue;
    changed[name] = { from: options[name] ?? null, to };
    options[name] = to;
  }
  if (settings.env !== undefined) options.env = settings.env;
  if (settings.networks !== undefined) options.networks = settings.networks;
  if (options.env === undefined && config.env !== null)
    throw envNotKept(run, "resume it from a program, with resumeRun(run, { env })");
  if (settings.env === undefined) assertAllowed(options.env, run, settings.allowModules);

  removeLeftovers(run);
  removeLeftovers(runFiles(run).checkpoints);
  const checkpoint = readLastCheckpoint(run);
  const from = () => (config.from === undefined ? undefined : { from: readPolicyAt(config.from) });
  const training = await create(algorithm, options, checkpoint ? { checkpoint, change: Object.keys(changed) } : from());
  for (const name of ["totalSteps", "totalEpisodes"] as const) {
    if (!changed[name]) continue;
    const { to } = changed[name];
    const done = name === "totalSteps" ? training.step : training.episodes;
    const [what, flag] = name === "totalSteps" ? ["steps", "--steps"] : ["episodes", "--episodes"];
    if ((to as number) > done) continue;
    training.close();
    throw new InputError(
      `${flag} is the new total of ${what}, not how many to add: ${run} has done ${done}, so ${to} leaves nothing to do`,
    );
  }
  if (training.done && knowsLength && Object.keys(changed).length > 0) {
    training.close();
    throw new InputError(
      `${run} has done ${training.step} steps, and with these options it is to do ${String(training.options.totalSteps)}: there is nothing left to do`,
    );
  }
  const { finalEpisodes = config.finalEpisodes ?? 0 } = settings;
  const asksForOthers = finalEpisodes !== (config.finalEpisodes ?? 0);
  if (asksForOthers) config.finalEpisodes = finalEpisodes;
  if (training.done) {
    try {
      if (asksForOthers) writeConfig(run, config);
      return await complete(run, config, training, settings, own(algorithm));
    } finally {
      training.close();
    }
  }

  const at = new Date().toISOString();
  const command = settings.command ?? "resumeRun(…)";
  config.resumed.push({ at, fromStep: training.step, command, changed });
  config.options = {
    ...config.options,
    ...Object.fromEntries(Object.entries(changed).map(([name, { to }]) => [name, to])),
    ...(knowsLength && { totalSteps: training.options.totalSteps }),
  };
  return record(run, config, training, settings, own(algorithm));
}

/** Makes what a run that is done lacks, or has in an older state: its process was killed before it had written all. */
async function complete(
  run: string,
  config: RunConfig,
  training: Training,
  settings: RunSettings,
  algorithm: Algorithm | undefined,
): Promise<RunResult> {
  const files = runFiles(run);
  const mended: string[] = [];
  const make = (path: string, bytes: Uint8Array): void => {
    if (existsSync(path) && Buffer.compare(readBytes(path), bytes) === 0) return;
    writeFileAtomic(path, bytes, true);
    mended.push(basename(path));
  };
  openLogs(run, training.step).close(); // cuts off what was being written, or is of another process
  if (training.keepsakes) {
    openKeepsakes(run, training)?.close();
    for (const [path, bytes] of await filesOf(run, training)) {
      makeFolders(dirname(path));
      make(path, bytes);
    }
  } else if (training.envName === null) make(files.weights, training.saveWeights());
  else {
    make(files.policy, training.savePolicy());
    if (keepBest(run, training.step).settle(training)) mended.push(basename(files.best));
  }
  const earlier = readSummaryIfWhole(run);
  const ended = readMetrics(files.metrics).flatMap(({ finished }) => finished);
  const counted = summarize(run, config, training, lastWallSeconds(files.progress), ended);
  const { weightsSha256, steps, episodes } = counted;
  const fits =
    earlier?.status === "finished" && earlier.weightsSha256 === weightsSha256 && earlier.steps === steps && earlier.episodes === episodes; // prettier-ignore
  const known = fits ? earlier.finalEvaluation : undefined;
  const asked = config.finalEpisodes ?? 0;
  const played = known?.asked === asked ? known : await playFinally(run, config, training, settings);
  const summary = { ...counted, ...(played && { finalEvaluation: played }) };
  if (!fits || (played && played !== known)) {
    const clock = fits ? { wallSeconds: earlier.wallSeconds, stepsPerSecond: earlier.stepsPerSecond } : {};
    writeSummary({ ...summary, ...clock }, "finished", training.rewardThreshold, { warnings: readWarnings(run) });
    mended.push(basename(files.summary));
  }
  if (!existsSync(files.report) || statSync(files.report).mtimeMs < statSync(files.summary).mtimeMs) {
    await report(run, algorithm);
    mended.push(basename(files.report));
  }
  return { summary: fits ? { ...summary, wallSeconds: earlier.wallSeconds, stepsPerSecond: earlier.stepsPerSecond } : summary, status: "finished", training, mended }; // prettier-ignore
}

/** What the run's policy plays once training is over; null where it plays nothing, or is stopped. */
async function playFinally(
  run: string,
  { env, finalEpisodes: episodes = 0 }: RunConfig,
  training: Training,
  { signal, onFinalEvaluation }: RunSettings,
): Promise<FinalEvaluation | null> {
  if (env === null || episodes === 0 || !training.anotherEnv || signal?.aborted) return null;
  onFinalEvaluation?.(episodes);
  const played = await evaluateFinally(training, { episodes, signal });
  if (played?.mean != null) await keepEpisode(run, training);
  return played;
}

/** @throws InputError if what steers a training could not */
function assertSettings({
  signal,
  onStart,
  onUpdate,
  onWarning,
  onFinalEvaluation,
  finalEpisodes = 0,
}: RunSettings): void {
  assertSignal(signal);
  assertCallbacks({ onStart, onUpdate, onWarning, onFinalEvaluation });
  if (!Number.isSafeInteger(finalEpisodes) || finalEpisodes < 0)
    throw new InputError(
      `option "finalEpisodes" must be a whole number of at least 0, not ${valueText(finalEpisodes)}`,
    );
}

/** The algorithm of a run: the given one, or the name of a built-in one. @throws InputError if it is neither */
function algorithmOfRun(run: string, config: RunConfig, given: Algorithm | undefined): string | Algorithm {
  const { algorithm: name } = config;
  const shown = inOneLine(name);
  if (given !== undefined && given.name !== name)
    throw new InputError(
      `${run} was trained with the algorithm "${shown}", and cannot be resumed with "${given.name}"`,
    );
  if (given === undefined && !findAlgorithm(name))
    throw new InputError(
      `${run} was trained with the algorithm "${shown}", which is not built in: ` +
        "resume it from a program, with resumeRun(run, { algorithm })",
    );
  return given ?? name;
}

/** An algorithm that was given as an object; undefined for the name of a built-in one. */
const own = (algorithm: string | Algorithm): Algorithm | undefined =>
  typeof algorithm === "object" ? algorithm : undefined;

/** Twentieths of a run at which its last checkpoint is written, and hundredths at which the best is looked for. */
const lastMarks = 20;
const bestMarks = 100;
/** How many times as long as a save takes, at least, is trained before the next: a large model's takes seconds. */
const leastBetweenSaves = 20;
/** Milliseconds between flushes of the logs to their files, which other programs may follow. */
const flushMilliseconds = 1000;

/** Trains until done or aborted, in a folder that has its config.json. */
async function record(
  run: string,
  config: RunConfig,
  training: Training,
  settings: RunSettings,
  algorithm: Algorithm | undefined,
): Promise<RunResult> {
  const { signal, onStart, onUpdate, onWarning = console.warn, checkpointSeconds = 10 } = settings;
  const files = runFiles(run);
  const logs = openLogs(run, training.step);
  const kept = openKeepsakes(run, training);
  const best = keepBest(run, training.step);
  const warnings = openWarnings(run);
  const atClosing: string[] = [];
  const ended = training.step > 0 ? readMetrics(files.metrics).flatMap(({ finished }) => finished) : [];
  const begin = performance.now();
  const startFraction = training.fractionDone;
  const speed = speedometer(logs.earlierSeconds, training.step);
  const secondsNow = () => logs.earlierSeconds + (performance.now() - begin) / 1000;
  const due = { checkpoint: 0, flush: begin + flushMilliseconds };
  let summary: RunSummary;
  const takeTurns = createTurns();
  let savedStep: number | null = null;
  let durableStep: number | null = null;

  /** Logs first, then the checkpoint, so that it never knows of an update that they lack. */
  const save = async (durable: boolean): Promise<void> => {
    const saving = performance.now();
    logs.flush(durable);
    kept?.flush(durable);
    writeFileAtomic(files.last, training.checkpoint(), durable);
    savedStep = training.step;
    if (durable) durableStep = savedStep;
    if (kept) await kept.writeFiles(durable);
    else if (training.envName === null) writeFileAtomic(files.weights, training.saveWeights(), durable);
    else writeFileAtomic(files.policy, training.savePolicy(), durable);
    const saved = performance.now();
    due.checkpoint = saved + Math.max(checkpointSeconds * 1000, leastBetweenSaves * (saved - saving));
  };

  const step = async (): Promise<void> => {
    const before = training.fractionDone;
    const report = await runInTurns(training.updateInSlices(), takeTurns);
    const fraction = training.fractionDone;
    const passed = (marks: number) => training.done || Math.floor(fraction * marks) > Math.floor(before * marks);

    const wallSeconds = secondsNow();
    const stepsPerSecond = speed(wallSeconds, report.step);
    logs.append(report, wallSeconds, stepsPerSecond);
    for (const episode of report.finished) ended.push(episode);
    const told = await kept?.tell();
    for (const warning of report.warnings ?? []) warnings.add(warning, report.step);
    const score = scoreOf(report, training.options);
    if (score !== null && passed(bestMarks)) best.offer(training, score);
    const isLast = kept !== undefined && training.done; // it is saved below
    if (!isLast && (passed(lastMarks) || performance.now() >= due.checkpoint)) await save(training.done);

    const secondsHere = wallSeconds - logs.earlierSeconds;
    const secondsLeft = fraction > startFraction ? (secondsHere * (1 - fraction)) / (fraction - startFraction) : null;
    await onUpdate?.(report, { wallSeconds, stepsPerSecond, fraction, secondsLeft }, told);
  };

  try {
    writeConfig(run, config);
    await save(true); // so that even a first update that fails leaves a checkpoint
    await onStart?.(run, training);
    if (training.step === 0) await kept?.tell();
    while (!training.done && !signal?.aborted) {
      await step();
      const now = performance.now();
      if (now >= due.flush) {
        logs.flush();
        kept?.flush();
        due.flush = now + flushMilliseconds;
      }
    }
    if (training.done && training.envName !== null) best.settle(training); // there is no best without returns
    if (durableStep !== training.step) await save(true);
    logs.close();
    kept?.close();
    summary = summarize(run, config, training, secondsNow(), ended);
    if (training.done) {
      const finalEvaluation = await playFinally(run, config, training, settings);
      if (finalEvaluation) summary = { ...summary, finalEvaluation };
    }
  } catch (error) {
    await leaveFailed(error as Error);
    throw failure(error as Error, files.last, savedStep);
  } finally {
    training.close((message) => {
      atClosing.push(message);
      onWarning(message);
    });
  }
  for (const message of atClosing) warnings.add(message, training.step);
  const status = training.done ? "finished" : "interrupted";
  writeSummary(summary, status, training.rewardThreshold, { warnings: warnings.all });
  if (settings.report !== false) await report(run, algorithm);
  return { summary, status, training };

  /** After a failure: keeps what can be kept, and never hides the failure behind another one. */
  async function leaveFailed(error: Error): Promise<void> {
    try {
      logs.close();
      kept?.close();
      writeSummary(summarize(run, config, training, secondsNow(), ended), "failed", training.rewardThreshold, {
        error: error.message,
        warnings: warnings.all,
      });
      if (settings.report !== false) await report(run, algorithm);
    } catch {
      // the disk may be what failed
    }
  }
}

/** Plot and its document take a third of a second to load, and memory: not before they are needed. */
async function report(run: string, algorithm: Algorithm | undefined): Promise<void> {
  const { writeReport } = await import("./report.ts");
  writeReport(run, { algorithm });
}

/** The failure with what was kept in its message; still an InputError if it was one. */
function failure(error: Error, checkpoint: string, step: number | null): Error {
  const kept = step === null ? "" : `\nThe last good checkpoint, of step ${step}, is ${checkpoint}`;
  const Kind = error instanceof InputError ? InputError : RunError;
  return new Kind(`${error.message}${kept}`, { cause: error });
}
