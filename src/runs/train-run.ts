// Training that leaves a run folder: trainToRun starts a run, resumeRun resumes it from its last checkpoint.

import type { Algorithm } from "../algorithms/index.ts";
import { InputError, RunError } from "../errors.ts";
import { keepBest, readLastCheckpoint, scoreOf } from "./checkpoints.ts";
import type { EnvSource } from "../envs/index.ts";
import type { CreateNetworks } from "../nn/index.ts";
import { createTraining, createTurns, findAlgorithm, formerOptions, runInTurns } from "../training/index.ts";
import type { Training, TrainingInput, UpdateReport } from "../training/index.ts";
import { writeFileAtomic } from "./files.ts";
import { lastWallSeconds } from "./progress-csv.ts";
import { readSummary } from "./read-run.ts";
import { openLogs } from "./logs.ts";
import { createRunFolder, envNotKept, readConfig, runFiles, writeConfig } from "./run-folder.ts";
import type { RunConfig } from "./run-folder.ts";
import { speedometer } from "./speedometer.ts";
import { summarize, writeSummary } from "./summary.ts";
import type { RunStatus, RunSummary } from "./summary.ts";

/** How a run ended. */
export interface RunResult {
  summary: RunSummary;
  status: RunStatus;
  training: Training;
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
  /** Called once everything is checked and training starts. */
  onStart?: (run: string, training: Training) => void;
  /** Called after each update, once it is logged. */
  onUpdate?: (report: UpdateReport, clock: RunClock) => void;
  /** Write the last checkpoint at least this often. Default 10. It is also written at each twentieth of the run. */
  checkpointSeconds?: number;
}

/** Settings of {@link trainToRun}. */
export interface TrainToRunSettings extends RunSettings {
  /** The folder in which the run's folder is made. Default "runs". */
  runDir?: string;
  /** The name of the run's folder. Default: from environment, algorithm, seed and time. */
  name?: string;
}

/** Settings of {@link resumeRun}. */
export interface ResumeRunSettings extends RunSettings {
  /** The algorithm, where the run was started with one that is not built in. */
  algorithm?: Algorithm;
  /** A new total, to extend the run: schedules follow it. Default: the total that the run was started with. */
  totalSteps?: number;
  totalEpisodes?: number;
  /** The environment, where the run was started with a function, which its folder cannot keep. */
  env?: EnvSource;
  /** The networks, where the run was started with networks of your own. */
  networks?: CreateNetworks;
}

/** Sets up a training; tests put another in its place. */
export type CreateTraining = (
  algorithm: string | Algorithm,
  options: TrainingInput,
  resume?: Uint8Array,
) => Promise<Training>;

/**
 * Trains and leaves a run folder: configuration, logs, checkpoints, policy, summary, report. The folder is made only
 * when algorithm, options and environment are found to be right.
 *
 * @param algorithm the name of a built-in one, or an algorithm of your own
 * @param options those of the algorithm, with `env`
 * @throws InputError for wrong options; RunError for what fails while training, with the last good checkpoint kept
 */
export async function trainToRun(
  algorithm: string | Algorithm,
  options: TrainingInput,
  settings: TrainToRunSettings = {},
  create: CreateTraining = createTraining,
): Promise<RunResult> {
  const training = await create(algorithm, options);
  const name = typeof algorithm === "object" ? algorithm.name : algorithm;
  const run = createRunFolder(settings.runDir ?? "runs", {
    algorithm: name,
    env: training.envName,
    seed: Number(training.options.seed),
    options: training.options,
    command: settings.command ?? `trainToRun(${JSON.stringify(name)}, …)`,
    startedAt: new Date(),
    name: settings.name,
  });
  return record(run, readConfig(run), training, settings, own(algorithm));
}

/**
 * Resumes a run from its last checkpoint. Without a new total, the result and metrics.jsonl are, bit for bit, those of
 * a run that was never interrupted. A run that is done is returned as it is.
 *
 * @throws InputError if the folder is missing, foreign or damaged, its algorithm is not built in and not given, or a
 *   new total is not beyond what is done
 */
export async function resumeRun(
  run: string,
  settings: ResumeRunSettings = {},
  create: CreateTraining = createTraining,
): Promise<RunResult> {
  const config = readConfig(run);
  const algorithm = algorithmOfRun(run, config, settings.algorithm);
  const options: Record<string, unknown> = { ...formerOptions(algorithm), ...config.options };
  const changed: RunConfig["resumed"][number]["changed"] = {};
  for (const name of ["totalSteps", "totalEpisodes"] as const) {
    const total = settings[name];
    if (total === undefined || total === options[name]) continue;
    changed[name] = { from: options[name] ?? null, to: total };
    options[name] = total;
  }
  if (settings.env !== undefined) options.env = settings.env;
  if (settings.networks !== undefined) options.networks = settings.networks;
  if (options.env === undefined && config.env !== null)
    throw envNotKept(run, "resume it from a program, with resumeRun(run, { env })");

  const training = await create(algorithm, options, readLastCheckpoint(run));
  for (const [name, { to }] of Object.entries(changed)) {
    const done = name === "totalSteps" ? training.step : training.episodes;
    const [what, flag] = name === "totalSteps" ? ["steps", "--steps"] : ["episodes", "--episodes"];
    if ((to as number) > done) continue;
    throw new InputError(
      `${flag} is the new total of ${what}, not how many to add: ${run} has done ${done}, so ${to} leaves nothing to do`,
    );
  }
  if (training.done) {
    training.close();
    const summary = summarize(run, config, training, lastWallSeconds(runFiles(run).progress));
    if (readSummary(run)?.status !== "finished") {
      // Its process was killed between its last checkpoint and its summary.
      writeSummary(summary, "finished", training.rewardThreshold);
      await report(run, own(algorithm));
    }
    return { summary, status: "finished", training };
  }

  const at = new Date().toISOString();
  const command = settings.command ?? "resumeRun(…)";
  config.resumed.push({ at, fromStep: training.step, command, changed });
  config.options = {
    ...config.options,
    ...Object.fromEntries(Object.entries(changed).map(([name, { to }]) => [name, to])),
  };
  return record(run, config, training, settings, own(algorithm));
}

/** The algorithm of a run: the given one, or the name of a built-in one. @throws InputError if it is neither */
function algorithmOfRun(run: string, config: RunConfig, given: Algorithm | undefined): string | Algorithm {
  const { algorithm: name } = config;
  if (given !== undefined && given.name !== name)
    throw new InputError(`${run} was trained with the algorithm "${name}", and cannot be resumed with "${given.name}"`);
  if (given === undefined && !findAlgorithm(name))
    throw new InputError(
      `${run} was trained with the algorithm "${name}", which is not built in: ` +
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
  const { signal, onStart, onUpdate, checkpointSeconds = 10 } = settings;
  const files = runFiles(run);
  const logs = openLogs(run, training.step);
  const best = keepBest(run, training.step);
  const warnings = [...(readSummary(run)?.warnings ?? [])];
  const begin = performance.now();
  const startFraction = training.fractionDone;
  const speed = speedometer(logs.earlierSeconds, training.step);
  const secondsNow = () => logs.earlierSeconds + (performance.now() - begin) / 1000;
  const due = { checkpoint: 0, flush: begin + flushMilliseconds };
  const takeTurns = createTurns();
  let savedStep: number | null = null;

  /** Logs first, then the checkpoint, so that it never knows of an update that they lack. */
  const save = (durable: boolean) => {
    logs.flush(durable);
    writeFileAtomic(files.last, training.checkpoint(), durable);
    savedStep = training.step;
    if (training.envName === null) writeFileAtomic(files.weights, training.saveWeights(), durable);
    else writeFileAtomic(files.policy, training.savePolicy(), durable);
    due.checkpoint = performance.now() + checkpointSeconds * 1000;
  };

  const step = async (): Promise<void> => {
    const before = training.fractionDone;
    const report = await runInTurns(training.updateInSlices(), takeTurns);
    const fraction = training.fractionDone;
    const passed = (marks: number) => training.done || Math.floor(fraction * marks) > Math.floor(before * marks);

    const wallSeconds = secondsNow();
    const stepsPerSecond = speed(wallSeconds, report.step);
    logs.append(report, wallSeconds, stepsPerSecond);
    for (const warning of report.warnings ?? []) if (!warnings.includes(warning)) warnings.push(warning);
    const score = scoreOf(report, training.options);
    if (score !== null && passed(bestMarks)) best.offer(training, score);
    if (passed(lastMarks) || performance.now() >= due.checkpoint) save(false);

    const secondsHere = wallSeconds - logs.earlierSeconds;
    const secondsLeft = fraction > startFraction ? (secondsHere * (1 - fraction)) / (fraction - startFraction) : null;
    onUpdate?.(report, { wallSeconds, stepsPerSecond, fraction, secondsLeft });
  };

  try {
    writeConfig(run, config);
    save(true); // so that even a first update that fails leaves a checkpoint
    onStart?.(run, training);
    while (!training.done && !signal?.aborted) {
      await step();
      const now = performance.now();
      if (now >= due.flush) {
        logs.flush();
        due.flush = now + flushMilliseconds;
      }
    }
    if (training.done && training.envName !== null) best.settle(training); // there is no best without returns
    save(true);
    logs.close();
  } catch (error) {
    await leaveFailed(error as Error);
    throw failure(error as Error, files.last, savedStep);
  } finally {
    training.close();
  }
  const summary = summarize(run, config, training, secondsNow());
  const status = training.done ? "finished" : "interrupted";
  writeSummary(summary, status, training.rewardThreshold, { warnings });
  await report(run, algorithm);
  return { summary, status, training };

  /** After a failure: keeps what can be kept, and never hides the failure behind another one. */
  async function leaveFailed(error: Error): Promise<void> {
    try {
      logs.close();
      writeSummary(summarize(run, config, training, secondsNow()), "failed", training.rewardThreshold, {
        error: error.message,
        warnings,
      });
      await report(run, algorithm);
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
