/**
 * What needs a file system. Runs: training that leaves a folder with logs, checkpoints and a report.
 *
 * @module polgrad/node
 */

import type { WriteReportOptions } from "./runs/report.ts";

export { type WriteReportOptions };
export { writeAnimation, type AnimationOptions, type WriteAnimationOptions } from "./runs/animation/write-animation.ts";
export { runBenchmark, type BenchmarkResult, type BenchmarkSettings, type BoardRun } from "./suites/run-suite.ts";
export { type RunScore, type TrainingJob } from "./suites/board.ts";
export { builtinSuite, builtinSuiteNames } from "./suites/builtin-suites.ts";
export { type EstimatedKind, type TrainingEstimate } from "./jobs/estimate.ts";
export { type CarryOut, type Job, type JobControls, type JobOutcome } from "./jobs/run-jobs.ts";
export { type TrainingProgress, type TrainingTask } from "./suites/training-task.ts";
export { type JobResult, type SeedResult } from "./suites/results.ts";
export { type Interval } from "./runs/statistics.ts";
export { parseSuite, type Published, type Suite, type SuiteInput, type SuiteJob } from "./suites/suite.ts";
export { estimateSweep, runSweep, type SweepResult, type SweepRun, type SweepSettings } from "./sweeps/run-sweep.ts";
export { type SettingResult } from "./sweeps/results.ts";
export {
  parseSweep,
  type ParseSweepOptions,
  type Sweep,
  type SweepEnv,
  type SweepInput,
  type SweepSetting,
} from "./sweeps/sweep.ts";
export { makePlan, type SearchInput } from "./search/make-plan.ts";
export { runSearch, type SearchSettings } from "./search/run-search.ts";
export { type Final, type SearchResult } from "./search/results.ts";
export { type SearchState } from "./search/run-trials.ts";
export { type Plan } from "./search/plan.ts";
export { type AllowedModules } from "./runs/foreign-module.ts";
export { diagnoseRun, type Diagnosis, type Finding, type Sign } from "./runs/diagnose.ts";
export { evaluateRun, type EvaluateRunOptions } from "./runs/evaluate-run.ts";
export type { FinalEvaluation } from "./runs/final-evaluation.ts";
export { exportRun, type ExportedRun, type ExportRunOptions } from "./runs/export-run.ts";
export { type OpenRunOptions } from "./runs/open-run.ts";
export { readGptFolder, readRewardModelFolder, writeGptFolder } from "./runs/gpt-folder.ts";
export { playRun, type Moment, type PlayRunOptions } from "./runs/play-run.ts";
export { readRun, type Run } from "./runs/read-run.ts";
export { type RunConfig, type RunInputs } from "./runs/run-folder.ts";
export { type RunStatus, type RunSummary, type SavedSummary } from "./runs/summary.ts";
export {
  type ModelSource,
  type RewardModelSources,
  type RlhfSources,
  type SftSources,
} from "./runs/language/inputs.ts";
export {
  trainRewardModelToRun,
  trainRlhfToRun,
  trainSftToRun,
  type LanguageRunSettings,
  type RlhfRunOptions,
  type SharedOptions,
} from "./runs/language/train.ts";
export {
  resumeRun,
  trainToRun,
  type CreateTraining,
  type ResumeRunSettings,
  type RunClock,
  type RunResult,
  type RunSettings,
  type TrainToRunSettings,
} from "./runs/train-run.ts";

/**
 * Writes a run's report.html anew from the files in its folder; of a folder of RLHF with a run for each β, one about all.
 *
 * @param options `algorithm`: the run's, where it is not built in, for the titles of its metrics
 * @throws InputError where the run is missing, foreign or damaged; RunError where the disk refuses.
 */
export async function writeReport(run: string, options: WriteReportOptions = {}): Promise<void> {
  const { writeReport: write } = await import("./runs/report.ts"); // Plot loads when there is something to draw
  write(run, options);
}

/**
 * Writes the learning curve of a run as an SVG file that stands alone and follows the reader's light or dark colours.
 *
 * @param size In pixels. Default 840 × 360.
 * @throws InputError where the run is missing, foreign or damaged; RunError where the disk refuses.
 */
export async function writeLearningCurve(
  run: string,
  path: string,
  size?: { width: number; height: number },
): Promise<void> {
  const { writeLearningCurve: write } = await import("./runs/report.ts");
  write(run, path, size);
}
