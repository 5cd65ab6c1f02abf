// How far several β of RLHF are: on a terminal a table with a row for each, redrawn; in a pipe or a file a line at the
// first iteration and at each tenth of every run.

import type { Job } from "../jobs/run-jobs.ts";
import type { RlhfRun } from "../runs/language/rlhf-run.ts";
import { fixed, short, whole } from "../text/numbers.ts";
import type { Output } from "./context.ts";
import { columnsOf, createLiveLines, freeColumns, isLive, useColor } from "./live-lines.ts";
import { tableLines, type TableColumn } from "./live-table.ts";
import { clockTime } from "./progress.ts";
import type { RlhfProgress, RlhfTask } from "./rlhf-job.ts";
import { percent } from "./rlhf-verdict.ts";

/** The training of one β, and its state. */
export type RlhfJob = Job<RlhfTask, RlhfProgress, RlhfRun>;

/** Shows how far they are. */
export interface GroupProgress {
  /** To be called when a job's status or progress has changed. */
  change(job: RlhfJob): void;
  /** Clears what is redrawn, so that other text can be written. */
  clear(): void;
}

/** For `--quiet`. */
export const noGroupProgress: GroupProgress = { change: () => {}, clear: () => {} };

/** @param now milliseconds, for tests */
export function createGroupProgress(
  output: Output,
  jobs: readonly RlhfJob[],
  now: () => number = () => performance.now(),
): GroupProgress {
  if (!isLive(output)) return plainProgress(output, jobs);
  const live = createLiveLines(output, now);
  return {
    change({ status }) {
      if (status === "running" && !live.isDue()) return;
      live.draw(groupTable(jobs, columnsOf(output) - freeColumns, (output.rows ?? 24) - 1, useColor()));
    },
    clear: () => live.clear(),
  };
}

function plainProgress(output: Output, jobs: readonly RlhfJob[]): GroupProgress {
  const told = new Map<RlhfJob, number>();
  const severalSeeds = haveSeveralSeeds(jobs);
  return {
    change(job) {
      const { task, status, progress } = job;
      if (status !== "running" || !progress || progress.update === told.get(job)) return;
      told.set(job, progress.update);
      const every = Math.max(1, Math.floor(task.options.iterations / 10));
      if (progress.update % every !== 0 && progress.update !== 1) return;
      output.write(`${severalSeeds ? `seed ${task.options.seed}  ` : ""}${plainLine(task, progress)}\n`);
    },
    clear() {},
  };
}

const haveSeveralSeeds = (jobs: readonly RlhfJob[]): boolean =>
  new Set(jobs.map(({ task }) => task.options.seed)).size > 1;

const plainLine = (
  { options: { klCoefficient, iterations } }: RlhfTask,
  { update, metrics: m }: RlhfProgress,
): string =>
  `β ${String(klCoefficient).padEnd(5)} iteration ${String(update).padStart(3)} of ${iterations}  ` +
  `reward ${fixed(m.score, 2).padStart(5)}  ${m.truth === undefined ? "" : `truth ${fixed(m.truth, 2).padStart(5)}  `}` +
  `KL ${fixed(m.kl, 1).padStart(5)}  ${m.wellFormed === undefined ? "" : `well-formed ${percent(m.wellFormed)}  `}` +
  `length ${short(m.length)}`;

type Column = TableColumn<RlhfJob>;

/** A column of something that is measured in each iteration. */
const measured = (head: string, width: number, show: (progress: RlhfProgress) => string): Column => ({
  head,
  width,
  cell: ({ progress }) => (progress ? show(progress) : ""),
});

/** What the table tells, and first what it leaves out where there is no room. */
function columnsFor(jobs: readonly RlhfJob[]): { columns: Column[]; optional: string[] } {
  const isJudged = jobs.some(({ progress }) => progress?.metrics.truth !== undefined);
  const longest = Math.max(0, ...jobs.map(({ task }) => String(task.options.iterations).length));
  const columns = [
    ...(haveSeveralSeeds(jobs)
      ? [{ head: "seed", width: 4, cell: ({ task }: RlhfJob) => String(task.options.seed) }]
      : []),
    { head: "β", width: 6, cell: ({ task }: RlhfJob) => String(task.options.klCoefficient) },
    { head: "iteration", width: Math.max(9, 2 * longest + 4), cell: stateOf },
    measured("reward", 6, ({ metrics }) => fixed(metrics.score, 2)),
    ...(isJudged ? [measured("truth", 5, ({ metrics }) => fixed(metrics.truth, 2))] : []),
    measured("KL", 5, ({ metrics }) => fixed(metrics.kl, 1)),
    ...(isJudged ? [measured("well-formed", 11, ({ metrics }) => percent(metrics.wellFormed).trim())] : []),
    measured("length", 6, ({ metrics }) => short(metrics.length)),
    measured("tokens/s", 8, ({ tokensPerSecond }) => whole(tokensPerSecond)),
    {
      head: "left",
      width: 5,
      cell: ({ status, progress }: RlhfJob) =>
        status === "running" && typeof progress?.secondsLeft === "number" ? clockTime(progress.secondsLeft) : "",
    },
  ];
  return { columns, optional: ["well-formed", "length", "tokens/s", "truth", "left", "KL"] };
}

/** "12 of 100", and of a run that is not in progress its state. */
function stateOf({ status, progress, task }: RlhfJob): string {
  const done = `${progress?.update ?? 0} of ${task.options.iterations}`;
  if (status === "finished") return progress ? done : "done";
  return status === "running" || (status === "interrupted" && progress) ? done : status;
}

/** The runs as a table: no more than `rows` lines of at most `width` columns. Exported for tests. */
export function groupTable(jobs: readonly RlhfJob[], width: number, rows: number, color: boolean): string[] {
  const table = { rows: jobs, ...columnsFor(jobs), fraction: fractionOf, isRunning, isOver };
  return tableLines(table, width, rows, color);
}

const isRunning = ({ status }: RlhfJob): boolean => status === "running";

const isOver = ({ status }: RlhfJob): boolean => status === "finished";

const fractionOf = ({ status, progress, task }: RlhfJob): number =>
  status === "finished" ? 1 : (progress?.update ?? 0) / task.options.iterations;
