// Runs experiments: all trials that are not done, several at a time, and then verdicts, data, figures and pages. What is
// done is not done again, whenever it was interrupted.

import { existsSync, readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { isLeft, newJob, runJobs, type CarryOut, type Job } from "../jobs/run-jobs.ts";
import { diskProblem } from "../runs/files.ts";
import { lockFolder } from "../runs/folder-lock.ts";
import { makeFolders } from "../runs/run-folder.ts";
import { loadExperiments } from "./catalog.ts";
import type { Data, Experiment, ExperimentResult, Trial } from "./experiment.ts";
import { forkTrial, readTrial, type TrialResult, type TrialTask } from "./trial.ts";
import { writeExperiment, writeIndex } from "./write.ts";

/** Settings of {@link runExperiments}. */
export interface ExperimentSettings {
  /** The folder: each experiment has one in it. Default "experiments", or "experiments/quick". */
  out?: string;
  /** The short protocol, of seconds. Default false. */
  quick?: boolean;
  /** Trials at the same time. Default: as many as the machine has hardware threads. */
  jobs?: number;
  /** Once aborted, trials in progress are given up, and no other starts. */
  signal?: AbortSignal;
  /** The command that was typed, for the pages. */
  command?: string;
  /** Called once the folder is open. */
  onStart?: (board: readonly TrialJob[], out: string, jobs: number) => void;
  /** Called when the status or the progress of a trial has changed. */
  onChange?: (job: TrialJob) => void;
  /** Called when an experiment is written: all its trials are done. */
  onDone?: (result: ExperimentResult) => void;
  /** Carries out a trial. Default: in a process of its own. */
  carryOut?: CarryOut<TrialTask, number>;
}

/** A trial on the board. */
export type TrialJob = Job<TrialTask, number, TrialResult>;

/** What {@link runExperiments} returns. */
export interface ExperimentsResult {
  readonly quick: boolean;
  readonly out: string;
  readonly status: "finished" | "interrupted";
  /** Trials that failed in this sitting, with what they said. */
  readonly failures: readonly { trial: string; error: string }[];
  /** Those of which all trials are done. */
  readonly experiments: readonly ExperimentResult[];
}

/**
 * Runs experiments by their names, in the order of the lecture.
 *
 * @throws InputError for a name that there is not, or a folder that holds something else; RunError if the disk refuses
 */
export async function runExperiments(
  names: readonly string[] | "all",
  settings: ExperimentSettings = {},
): Promise<ExperimentsResult> {
  const { quick = false, signal, command = "runExperiments(…)", carryOut = forkTrial } = settings;
  const { out = quick ? join("experiments", "quick") : "experiments" } = settings;
  const experiments = await loadExperiments(names === "all" ? undefined : names);
  const atATime = settings.jobs ?? availableParallelism();
  const close = openFolder(out);
  try {
    const boards = experiments.map((experiment) => ({ experiment, board: boardOf(experiment, quick, out) }));
    const board = boards.flatMap((each) => each.board);
    const results = new Map<Experiment, ExperimentResult>();
    const finish = (of: (typeof boards)[number]): void => {
      if (results.has(of.experiment) || of.board.some(({ result }) => result === null)) return;
      const result = judge(of.experiment, of.board, quick, out);
      writeExperiment(of.experiment, result, dataOf(of.board, quick), { out, quick, command });
      results.set(of.experiment, result);
      settings.onDone?.(result);
    };
    settings.onStart?.(board, out, atATime);
    boards.forEach(finish);
    const longestFirst = [...board].sort((a, b) => (b.task.trial.weight ?? 1) - (a.task.trial.weight ?? 1));
    await runJobs(longestFirst, {
      atATime,
      carryOut,
      resultOf: readTrial,
      signal,
      onChange(job) {
        settings.onChange?.(job);
        if (job.status === "finished") finish(boards.find((each) => each.board.includes(job))!);
      },
    });
    const done = experiments.flatMap((experiment) => results.get(experiment) ?? []);
    if (done.length > 0) writeIndex(done, { out, quick, command });
    return {
      quick,
      out,
      status: signal?.aborted && board.some(isLeft) ? "interrupted" : "finished",
      failures: board.flatMap(({ task, error }) =>
        error === null ? [] : [{ trial: `${task.experiment}, ${task.trial.id}`, error }],
      ),
      experiments: done,
    };
  } finally {
    close();
  }
}

/** The trials of experiments, done or not; nothing is made. @throws InputError for a name that there is not */
export async function planExperiments(
  names: readonly string[] | "all",
  quick: boolean,
  out: string,
): Promise<TrialJob[]> {
  const experiments = await loadExperiments(names === "all" ? undefined : names);
  return experiments.flatMap((experiment) => boardOf(experiment, quick, out));
}

function boardOf({ name, protocol }: Experiment, quick: boolean, out: string): TrialJob[] {
  return protocol(quick).trials.map((trial: Trial) => {
    const task = { experiment: name, trial, quick, file: join(out, name, "trials", `${trial.id}.jsonl`) };
    return newJob<TrialTask, number, TrialResult>(task, readTrial(task));
  });
}

const dataOf = (board: readonly TrialJob[], quick: boolean): Data => ({
  rows: board.flatMap(({ result }) => result?.rows ?? []),
  quick,
});

/** The verdicts on an experiment's claims. */
function judge(experiment: Experiment, board: readonly TrialJob[], quick: boolean, out: string): ExperimentResult {
  const { name, title, place, question, claims } = experiment;
  const data = dataOf(board, quick);
  return {
    name,
    title,
    place,
    question,
    claims: claims.map(({ id, claim, threshold, judge }) => ({ id, claim, threshold, ...judge(data) })),
    page: join(out, name, "index.html"),
    seconds: board.reduce((sum, { result }) => sum + (result?.seconds ?? 0), 0),
  };
}

/** Makes or opens the folder and locks it for this process. @returns unlocks it */
function openFolder(out: string): () => void {
  if (existsSync(out)) {
    if (!statSync(out).isDirectory()) throw new InputError(`${out} is a file, not a folder for experiments`);
    const own = /^(index\.html|results\.json|verdicts\.md|quick|[a-z0-9]+(-[a-z0-9]+)*)$/;
    const other = readdirSync(out).find((file) => !file.startsWith(".") && !own.test(file));
    if (other !== undefined)
      throw new InputError(`${out} holds ${other}, which is no experiment's: name a folder of its own with --out`);
  }
  try {
    makeFolders(out);
  } catch (error) {
    throw new InputError(`cannot make the folder ${out}: ${diskProblem(error)}`, { cause: error });
  }
  return lockFolder(join(out, ".running"), out);
}
