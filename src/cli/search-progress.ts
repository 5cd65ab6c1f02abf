// How far a search is: on a terminal a table with the trainings in progress, redrawn; in a pipe or a file a line for each
// trial that leads from now on, and a word now and then.

import type { SearchState } from "../search/run-trials.ts";
import { standings, type Standing } from "../search/search.ts";
import { rungNames, titleOf, valuesText } from "../search/words.ts";
import type { Piece } from "../search/plan.ts";
import type { TrialProgress } from "../search/trial-task.ts";
import { score } from "../suites/tables.ts";
import { whole } from "../text/numbers.ts";
import type { Output } from "./context.ts";
import { columnsOf, createLiveLines, freeColumns, isLive, useColor } from "./live-lines.ts";
import { tableLines } from "./live-table.ts";
import { clockTime } from "./progress.ts";

/** Shows how far a search is. */
export interface SearchProgress {
  /** To be called when anything has changed. */
  change(state: SearchState): void;
  /** Clears what is redrawn, so that other text can be written. */
  clear(): void;
}

/** For `--quiet`. */
export const noSearchProgress: SearchProgress = { change: () => {}, clear: () => {} };

const plainMilliseconds = 30_000;

/** @param now milliseconds, for tests */
export function createSearchProgress(
  output: Output,
  { search }: SearchState,
  now: () => number = () => performance.now(),
): SearchProgress {
  const live = isLive(output) ? createLiveLines(output, now) : null;
  let leader = leading(search.plan, search.trials)?.trial.id;
  let toldAt = now();
  return {
    change(state) {
      if (live && !live.isDue()) return;
      const first = leading(search.plan, search.trials);
      const isNew = first !== undefined && first.trial.id !== leader;
      leader = first?.trial.id;
      const above = isNew ? `${leaderLine(state, first).slice(0, live ? columnsOf(output) - 1 : Infinity)}\n` : "";
      if (live) {
        const width = columnsOf(output) - freeColumns;
        return live.draw(searchLines(state, width, (output.rows ?? 24) - 1, useColor()), above);
      }
      if (isNew) output.write(above);
      else if (now() - toldAt >= plainMilliseconds) output.write(`${countsLine(state)}\n`);
      else return;
      toldAt = now();
    },
    clear: () => live?.clear(),
  };
}

const leading = (...given: Parameters<typeof standings>): Standing | undefined =>
  standings(...given).find(({ value }) => value !== null);

/** "4:05  431.2 by trial 12 after 11,111 steps: learningRate 0.0012, …" */
function leaderLine({ search, seconds }: SearchState, { trial, rung, value }: Standing): string {
  const how = trial.id === 0 ? "" : `: ${valuesText(trial.values)}`;
  return `${clockTime(seconds())}  ${score(value)} by ${titleOf(trial.id)} after ${rungNames(search.plan)[rung]}${how}`;
}

/** Trainings in progress, with the counts as the last line. Exported for tests, as is what follows. */
export function searchLines(state: SearchState, width: number, height: number, color: boolean): string[] {
  const { search, running } = state;
  const names = rungNames(search.plan);
  const rows = [...running].map(([piece, progress]) => ({ piece, progress }));
  return tableLines<{ piece: Piece; progress: TrialProgress | null }>(
    {
      rows,
      columns: [
        { head: "in progress", width: 11, isName: true, cell: ({ piece }) => `${titleOf(piece.trial)}, seed ${piece.seed}` }, // prettier-ignore
        { head: "to", width: 12, cell: ({ piece }) => names[piece.rung] },
        { head: "steps", width: 9, cell: ({ progress }) => whole(progress?.step ?? 0) },
        { head: "mean return", width: 11, cell: ({ progress }) => score(progress?.meanReturn ?? null) },
      ],
      optional: ["steps", "to"],
      fraction: ({ progress }) => progress?.fraction ?? 0,
      isRunning: () => true,
      isOver: () => false,
      foot: `  ${countsLine(state)}`,
    },
    width,
    height,
    color,
  );
}

/** "37 of 60 trials, 3 with all seeds; best 431.2 (trial 12); 12:10 left". */
export function countsLine({ search, seconds, limit }: SearchState): string {
  const { plan, trials } = search;
  const ranked = standings(plan, trials);
  const last = plan.rungs.length - 1;
  const best = ranked.find(({ value }) => value !== null);
  const left = limit.seconds === null ? null : Math.max(0, limit.seconds - seconds());
  return [
    `${whole(trials.length)}${limit.trials === null ? "" : ` of ${whole(limit.trials)}`} trials, ${ranked.filter(({ rung }) => rung === last).length} to the end`,
    ...(best ? [`best ${score(best.value)} (${titleOf(best.trial.id)})`] : []),
    left === null ? `${clockTime(seconds())} so far` : `${clockTime(left)} left`,
  ].join("; ");
}
