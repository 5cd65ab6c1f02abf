// A search is carried out: pieces of trials in processes of their own, as many at a time as there are cores, until there
// were enough or the time is up; then those that lead, and what is usual, as a sweep with fresh seeds.

import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { InputError } from "../errors.ts";
import type { CarryOut } from "../jobs/run-jobs.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { checkEnvironments } from "../suites/board.ts";
import { openResultsFolder } from "../suites/folder.ts";
import type { TrainingProgress, TrainingTask } from "../suites/training-task.ts";
import { runSweep, type SweepRun } from "../sweeps/run-sweep.ts";
import { algorithmNamed, resolveOptions } from "../training/index.ts";
import { finalistsOf, type SearchLimit } from "./finalists.ts";
import { searchFiles, usualFolder } from "./folder.ts";
import type { Plan } from "./plan.ts";
import type { Final, SearchResult } from "./results.ts";
import { carryOutTrials, type SearchState } from "./run-trials.ts";
import { standings } from "./search.ts";
import type { TrialProgress, TrialTask } from "./trial-task.ts";
import type { Values } from "./space.ts";
import { titleOf } from "./words.ts";

/** Settings of {@link runSearch}. */
export interface SearchSettings {
  /** The folder. Default "searches/<algorithm>-<environment>". */
  out?: string;
  /** When it ends, by one of these at least: after so many sets of options … */
  trials?: number;
  /** … or so many steps of training in all of them … */
  steps?: number;
  /** … or in time for what is trained in the end to be over after so many seconds. */
  seconds?: number;
  /** Processes at the same time. Default: as many as the machine has hardware threads. */
  jobs?: number;
  /** How many of the trials that lead are trained with fresh seeds. Default 3. */
  finalists?: number;
  /** Those seeds. Default: five that are in no trial. */
  freshSeeds?: readonly number[];
  /** Episodes of each evaluation of these. Default 100. */
  finalEpisodes?: number;
  /** Once aborted, what is in progress stops after its update and saves. */
  signal?: AbortSignal;
  /** The command that was typed, for the report. */
  command?: string;
  /** Called once everything is checked. */
  onStart?: (state: SearchState, out: string, jobs: number) => void;
  /** Called when anything of the state has changed. */
  onChange?: (state: SearchState) => void;
  /** Called when what leads is trained with fresh seeds. */
  onFinalStart?: (board: readonly SweepRun[]) => void;
  /** Called when a run of these has changed. */
  onFinalChange?: (run: SweepRun) => void;
  /** Carries out a piece of a trial, and a training of the final sweep. Default: in a process of its own. */
  carryOut?: CarryOut<TrialTask, TrialProgress>;
  carryOutTraining?: CarryOut<TrainingTask, TrainingProgress>;
}

/**
 * Looks for options that learn, trains those that lead with fresh seeds, and writes journal.jsonl, best.json for
 * `--config`, and report.html. Called again it goes on where it was.
 *
 * @throws InputError for a folder that holds another search; RunError if the disk refuses, or if nothing can be trained
 */
export async function runSearch(plan: Plan, settings: SearchSettings): Promise<SearchResult> {
  const { out = usualFolder(plan), jobs = availableParallelism(), signal, command = "runSearch(…)" } = settings;
  const limit = { seconds: settings.seconds ?? null, trials: settings.trials ?? null, steps: settings.steps ?? null };
  checkLimits(plan, limit);
  const { seeds } = plan;
  const freshSeeds = settings.freshSeeds ?? Array.from({ length: 5 }, (_, i) => Math.max(100, ...seeds) + 1 + i);
  const both = freshSeeds.find((seed) => seeds.includes(seed));
  if (both !== undefined) throw new InputError(`seed ${both} is not fresh: it is one of the trials' seeds`);
  await checkEnvironments([{ env: plan.env, options: plan.fixed }], "the search cannot run");

  const files = searchFiles(out);
  const close = openResultsFolder(out, { what: "search", file: "journal.jsonl", folders: [], lock: files.lock, flag: "--out" }); // prettier-ignore
  try {
    const atTheEnd = { jobs, limit, finalists: settings.finalists ?? 3, freshSeeds };
    const { search, lines, seconds } = await carryOutTrials(plan, { ...settings, ...atTheEnd, out });
    const finalists = finalistsOf(search, lines.at(-1)?.at ?? 0, atTheEnd);
    const finals: Final[] = [];
    let isOver = !signal?.aborted;
    if (isOver) {
      const usual = standings(plan, search.trials).find(({ trial }) => trial.id === 0);
      const entered = [...(usual ? [usual] : []), ...finalists];
      const swept = await runSweep(
        {
          name: "final",
          settings: entered.map(({ trial }) => ({
            name: titleOf(trial.id),
            algorithm: plan.algorithm,
            env: plan.env,
            options: { ...plan.fixed, ...trial.values },
          })),
          varies: Object.keys(plan.ranges),
          seeds: [...freshSeeds],
          episodes: settings.finalEpisodes ?? 100,
        },
        {
          runDir: files.final,
          jobs,
          signal,
          command,
          carryOut: settings.carryOutTraining,
          onStart: (board) => settings.onFinalStart?.(board),
          onChange: settings.onFinalChange,
        },
      );
      isOver = swept.status === "finished";
      finals.push(
        ...entered
          .map(({ trial, value }, i) => ({
            trial: trial.id,
            values: { ...trial.values },
            searched: value,
            result: swept.settings[i],
          })) // prettier-ignore
          .sort((a, b) => (b.result.interquartileMean ?? -Infinity) - (a.result.interquartileMean ?? -Infinity)),
      );
    }
    const [best = null] = finals;
    if (isOver && best) writeFileAtomic(files.best, `${JSON.stringify(configOf(plan, best.values), null, 2)}\n`);
    if (isOver) rmSync(files.trials, { recursive: true, force: true }); // what a longer search needs of them is trained again
    const result: SearchResult = {
      out,
      status: isOver ? "finished" : "interrupted",
      trials: search.trials.length,
      toTheEnd: standings(plan, search.trials).filter(({ rung }) => rung === plan.rungs.length - 1).length,
      seconds,
      best,
      usual: finals.find(({ trial }) => trial === 0) ?? null,
      finals,
    };
    const { searchReport } = await import("./report.ts"); // Plot loads where there is something to draw
    writeFileAtomic(files.report, searchReport(search, lines, result, { jobs, command }));
    return result;
  } finally {
    close();
  }
}

function checkLimits({ rungs }: Plan, { seconds, trials, steps }: SearchLimit): void {
  if (seconds === null && trials === null && steps === null)
    throw new InputError("how long is the search to take? Give --minutes, --hours or --trials");
  if (seconds !== null && !(seconds > 0)) throw new InputError("the search has no time: give it more than 0 seconds");
  if (trials !== null && trials < rungs.length)
    throw new InputError(
      `a search of ${trials} trial${trials === 1 ? "" : "s"} cannot fill ${rungs.length} rungs, the last of which is the other seeds: ` +
        "give it more trials, or fewer --rungs",
    );
}

/** What `--config` is to be given: what varies, and what differs from what is usual there. */
function configOf({ algorithm, env, fixed }: Plan, values: Values): Record<string, unknown> {
  const usual = resolveOptions(algorithmNamed(algorithm), { env });
  const given = Object.entries(fixed).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(usual[name]));
  return { ...Object.fromEntries(given), ...values };
}
