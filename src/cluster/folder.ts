// The folder of a trial at both ends: a worker goes on with one that another began, and the sweep takes over one that is
// done. Both check what they were given, since whoever can write to Redis could have written it.

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError, RunError } from "../errors.ts";
import { decodeSafetensors, readCheckpoint, type CheckpointState } from "../training/index.ts";
import { sha256OfArrays } from "../training/sha256.ts";
import { diskProblem, readBytes, writeFileAtomic } from "../runs/files.ts";
import { readJson } from "../runs/json.ts";
import { openLogs } from "../runs/logs.ts";
import { readMetrics } from "../runs/metrics.ts";
import { readConfig, runFiles, writeConfig } from "../runs/run-folder.ts";
import type { SavedSummary } from "../runs/summary.ts";
import { readEvaluation, readTrained, type TrainingTask } from "../suites/training-task.ts";
import { writeFolder, type Received } from "./parcel.ts";

/**
 * Makes the folder of a run that goes on from a checkpoint of another machine; none where that cannot be used.
 *
 * @returns the updates and the step of the checkpoint, 0 where the run begins anew
 * @throws RunError if the disk refuses
 */
export function openFolder(task: TrainingTask, received: Received): Begin {
  const { run } = task;
  rmSync(run, { recursive: true, force: true });
  if (!received.files.has("checkpoints/last.safetensors")) return { updates: 0, step: 0 };
  try {
    writeFolder(run, received);
    const begin = beginOf(task);
    ownConfig(task);
    openLogs(run, begin.step).close(); // which cuts off what is of after the checkpoint
    return begin;
  } catch (error) {
    rmSync(run, { recursive: true, force: true });
    if (!(error instanceof InputError)) throw error;
    return { updates: 0, step: 0 };
  }
}

/** Where a run goes on. */
interface Begin {
  readonly updates: number;
  readonly step: number;
}

/** Where a folder's last checkpoint stands. @throws InputError if that is damaged, or of another training */
function beginOf({ run, algorithm }: TrainingTask): Begin {
  const files = runFiles(run);
  const { state } = readCheckpoint(readBytes(files.last), files.last);
  const { updates } = state;
  if (state.algorithm !== algorithm) throw new InputError(`${files.last} is of another algorithm`);
  if (updates === 0) return { updates, step: 0 };
  const report = readMetrics(files.metrics)[updates - 1];
  if (report === undefined) throw new InputError(`${files.metrics} ends before the checkpoint`);
  return { updates, step: report.step };
}

/** The updates of a checkpoint. */
export const updatesIn = (checkpoint: Uint8Array): number =>
  (JSON.parse(decodeSafetensors(checkpoint).metadata.polgrad) as CheckpointState).updates;

/** config.json as the task has it: of what was received, only how and where it was trained is kept. */
function ownConfig(task: TrainingTask): void {
  const { run, algorithm, options, command } = task;
  const config = readConfig(run);
  const { from: _, inputs: __, finalEpisodes: ___, ...others } = config;
  const resumed = config.resumed.map((one) => ({ ...one, command, changed: {} }));
  writeConfig(run, { ...others, algorithm, seed: options.seed, options, command, resumed });
}

const evaluation = "evaluation.json";

/**
 * Puts a trial's folder into its place, if it is what the task asks for; what is there already is replaced at once.
 *
 * @throws InputError if it is damaged, or another's; RunError if the disk refuses
 */
export async function takeOver(task: TrainingTask, received: Received): Promise<void> {
  const { run } = task;
  const beside = join(dirname(run), `.${basename(run)}.received`);
  const there: TrainingTask = { ...task, run: beside };
  try {
    mkdirSync(dirname(run), { recursive: true });
    writeFolder(beside, received);
    checkResult(there, received);
    ownConfig(there);
    const { summary: path } = runFiles(beside);
    const summary = readJson(path) as SavedSummary;
    writeFileAtomic(path, `${JSON.stringify({ ...summary, run }, null, 2)}\n`);
    // Its evaluation last, without which a run is not done: a process that is killed here takes it over once more.
    renameSync(join(beside, evaluation), join(dirname(run), `.${basename(run)}.${evaluation}`));
    rmSync(run, { recursive: true, force: true });
    renameSync(beside, run);
    // The page is made here, of what was checked: a page of others could have code in it.
    const { writeReport } = await import("../runs/report.ts");
    writeReport(run);
    renameSync(join(dirname(run), `.${basename(run)}.${evaluation}`), join(run, evaluation));
  } catch (error) {
    if (error instanceof InputError || error instanceof RunError) throw error;
    throw new RunError(`cannot write ${run}: ${diskProblem(error)}`, { cause: error });
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** @throws InputError if a folder is not the finished training and evaluation of its task */
function checkResult(task: TrainingTask, { files }: Received): void {
  const { run, algorithm, options, title } = task;
  const wrong = (what: string) => new InputError(`the result of ${title} is damaged: ${what}`);
  const config = readConfig(run);
  if (config.algorithm !== algorithm || config.seed !== options.seed) throw wrong("it is of another training");
  const summary = readTrained(task);
  if (summary === null) throw wrong("its training has not ended");
  if (summary.algorithm !== algorithm || summary.seed !== options.seed) throw wrong("it is of another training");
  if (readEvaluation(task) === null) throw wrong("it has no evaluation of its policy as asked for");
  const paths = runFiles(run);
  const { tensors } = decodeSafetensors(readBytes(paths.policy), paths.policy);
  const weights = Array.from(tensors, ([name, { data }]) => [name, data as Float32Array] as const);
  if (sha256OfArrays(weights) !== summary.weightsSha256) throw wrong("its policy has other weights than it says");
  const checkpoint = files.get("checkpoints/last.safetensors");
  if (checkpoint !== undefined) readCheckpoint(checkpoint, paths.last);
  if (files.has("checkpoints/best.safetensors")) decodeSafetensors(readBytes(paths.best), paths.best);
  if (existsSync(paths.metrics)) {
    const updates = readMetrics(paths.metrics);
    if (updates.at(-1)?.step !== summary.steps) throw wrong("its metrics end elsewhere than its training");
  }
}
