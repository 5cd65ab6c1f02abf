// A sweep is carried out: every setting with every seed, several at a time, each in a run folder of its own. What is done
// already is not done again.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { estimateTrainings, type TrainingEstimate } from "../jobs/estimate.ts";
import { isLeft, runJobs, type CarryOut } from "../jobs/run-jobs.ts";
import { assertSame, checkEnvironments, scoreOf, trainingJob, withSeedsIn, type TrainingJob } from "../suites/board.ts";
import type { SeedRun } from "../suites/results.ts";
import { evaluationSeed } from "../runs/final-evaluation.ts";
import { forkTraining } from "../suites/training-task.ts";
import type { TrainingProgress, TrainingTask } from "../suites/training-task.ts";
import { algorithmNamed, resolveOptions } from "../training/index.ts";
import { openSweepFolder } from "./folder.ts";
import { collectSetting, verdicts, type SettingResult } from "./results.ts";
import { parseSweep, settingIds } from "./sweep.ts";
import type { Sweep, SweepInput, SweepSetting } from "./sweep.ts";
import { resultLines, writeSweepResults } from "./write-results.ts";

/** A setting with one seed, and its state. */
export interface SweepRun extends TrainingJob {
  readonly setting: SweepSetting;
  readonly seed: number;
}

/** Settings of {@link runSweep}. */
export interface SweepSettings {
  /** The folder of the sweep and of its runs. Default "sweeps/<name of the sweep>". */
  runDir?: string;
  /** Other seeds than the sweep's. */
  seeds?: readonly number[];
  /** Runs at the same time. Default: as many as the machine has hardware threads. */
  jobs?: number;
  /** Once aborted, the runs in progress stop after their update and save, and no other starts. */
  signal?: AbortSignal;
  /** The command that was typed, for the configuration of each run and the report. */
  command?: string;
  /** Called once everything is checked. */
  onStart?: (board: readonly SweepRun[], out: string, jobs: number) => void;
  /** Called when a run's status or progress has changed. */
  onChange?: (run: SweepRun) => void;
  /** Carries out one run. Default: in a process of its own. */
  carryOut?: CarryOut<TrainingTask, TrainingProgress>;
  /** Where that is, for the report, as "on workers over Redis". Default: on this machine. */
  where?: string;
}

/** What {@link runSweep} returns. */
export interface SweepResult {
  sweep: string;
  /** The sweep's folder. */
  out: string;
  status: "finished" | "interrupted";
  /** Runs that failed in this sitting. */
  failed: number;
  /** The best setting on each environment, with those that may be as good: see the report. */
  best: { env: string; name: string; notWorse: string[] }[];
  /** In the order of the sweep. */
  settings: SettingResult[];
}

/** The folder of a sweep where none is named. */
export const defaultFolder = ({ name }: Pick<Sweep, "name">): string => join("sweeps", name);

/**
 * Trains and evaluates what is not done of a sweep, and writes sweep.json, results.jsonl, results.csv and report.html
 * beside the folders of its runs. Called again it goes on where it was, to the same bits. A run that fails is reported in
 * the result, and leaves the others alone.
 *
 * @param sweep as {@link parseSweep} takes it, or as it returned it
 * @throws InputError for a sweep that cannot run, or a folder that holds other runs; RunError if the disk refuses
 */
export async function runSweep(sweep: Sweep | SweepInput, settings: SweepSettings = {}): Promise<SweepResult> {
  const { signal, carryOut = forkTraining, command = "runSweep(…)" } = settings;
  const whole = withSeeds(parseSweep(sweep), settings.seeds);
  const { runDir: out = defaultFolder(whole), jobs: atATime = availableParallelism() } = settings;
  await checkEnvironments(whole.settings, `the sweep ${whole.name} cannot run`);

  const close = openSweepFolder(out, whole);
  try {
    const taskOf = tasksOf(whole, out, command);
    const board = boardOf(whole, taskOf);
    const runsOf = (setting: SweepSetting): SeedRun[] => {
      const { id } = taskOf(setting, 0);
      return withSeedsIn(out, id.slice(0, -1), whole.seeds).map((seed) => {
        const error = board.find((run) => run.setting === setting && run.seed === seed)?.error ?? undefined;
        return { seed, task: taskOf(setting, seed), error };
      });
    };
    const all = whole.settings.map((setting) => ({ setting, runs: runsOf(setting) }));
    assertSame(all.flatMap(({ runs }) => runs.map(({ task }) => task)), "sweep", "--run-dir"); // prettier-ignore

    settings.onStart?.(board, out, atATime);
    const lines = resultLines(out, whole, all);
    const onChange = (run: SweepRun): void => {
      settings.onChange?.(run);
      // At once, so that a sweep that is killed leaves what it has come to.
      if (run.status === "finished" || run.status === "failed") lines.write(run);
    };
    lines.write();
    await runJobs(board, { atATime, carryOut, resultOf: scoreOf, signal, onChange });

    const collected = whole.settings.map((setting) => collectSetting(whole, setting, runsOf(setting)));
    await writeSweepResults(out, whole, collected, { atATime, where: settings.where, command });
    return {
      sweep: whole.name,
      out,
      status: signal?.aborted && board.some(isLeft) ? "interrupted" : "finished",
      failed: board.filter(({ status }) => status === "failed").length,
      best: verdicts(collected).map(({ env, best, notWorse }) => ({ env, name: best.name, notWorse: notWorse.map(({ name }) => name) })), // prettier-ignore
      settings: collected.map(({ result }) => result),
    };
  } finally {
    close();
  }
}

/**
 * What is left of a sweep will take so long and so much memory; nothing is written to its folder.
 *
 * @returns null once the signal is aborted
 * @throws InputError for a sweep that cannot run; RunError if a probe fails
 */
export async function estimateSweep(
  sweep: Sweep | SweepInput,
  settings: Pick<SweepSettings, "runDir" | "seeds" | "jobs" | "signal"> = {},
): Promise<TrainingEstimate | null> {
  const whole = withSeeds(parseSweep(sweep), settings.seeds);
  const { runDir: out = defaultFolder(whole), jobs: atATime = availableParallelism(), signal } = settings;
  await checkEnvironments(whole.settings, `the sweep ${whole.name} cannot run`);
  const left = boardOf(whole, tasksOf(whole, out, "")).filter(({ status }) => status === "waiting");
  return estimateTrainings(left.map(({ task }) => task), { atATime, signal }); // prettier-ignore
}

/** The training of a setting with a seed. */
export type TaskOf = (setting: SweepSetting, seed: number) => TrainingTask;

/** The trainings of a sweep, by setting and seed. */
export function tasksOf(sweep: Sweep, out: string, command: string): TaskOf {
  const ids = settingIds(sweep.settings);
  return (setting, seed) => {
    const { name, algorithm, env, options } = setting;
    const id = `${ids[sweep.settings.indexOf(setting)]}-seed-${seed}`;
    return {
      id,
      title: `${name}, seed ${seed}`,
      run: join(out, id),
      algorithm,
      options: resolveOptions(algorithmNamed(algorithm), { ...options, env, seed }),
      evaluation: { episodes: sweep.episodes, seed: evaluationSeed, deterministic: sweep.deterministic },
      command,
    };
  };
}

/** All trainings of a sweep, with the state that their folders have. */
export function boardOf(sweep: Sweep, taskOf: TaskOf): SweepRun[] {
  // The first seed of each setting first: a sweep that is stopped early then covers every setting.
  return sweep.seeds.flatMap((seed) =>
    sweep.settings.map((setting): SweepRun => ({ setting, seed, ...trainingJob(taskOf(setting, seed)) })),
  );
}

/** The sweep with other seeds, where they are given. @throws InputError if there are none */
export function withSeeds(sweep: Sweep, seeds: readonly number[] | undefined): Sweep {
  if (seeds === undefined) return sweep;
  if (seeds.length === 0) throw new InputError("the sweep has no seeds");
  return { ...sweep, seeds: [...seeds] };
}
