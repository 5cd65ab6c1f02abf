// What --estimate tells of trainings: how long they would take, how much memory, and how that is known.

import type { TrainingEstimate } from "../jobs/estimate.ts";
import { mean } from "../runs/statistics.ts";
import { mebibytes, whole } from "../text/numbers.ts";
import { inOneLine } from "../text/printable.ts";
import { clockTime } from "./progress.ts";

/** @param available bytes that this machine has to give; undefined where that is not known */
export function trainingEstimateText(estimate: TrainingEstimate, available: number | undefined): string {
  const { seconds, taskSeconds, bytes, atATime, kinds, isRough } = estimate;
  const runs = taskSeconds.length;
  if (runs === 0) return "All runs are done: there is nothing left to estimate.\n";
  const [least, most] = [Math.min(...taskSeconds), Math.max(...taskSeconds)];
  const each = clockTime(least) === clockTime(most) ? clockTime(most) : `${clockTime(least)} to ${clockTime(most)}`;
  const perProcess = Math.max(...kinds.map((kind) => kind.bytes));
  const lines = [
    `Time    ${clockTime(seconds)} for ${whole(runs)} run${runs > 1 ? "s" : ""}, ${atATime} at a time: ${each} a run, its start and its evaluation included`,
    `Memory  ${mebibytes(bytes)} in ${atATime} process${atATime > 1 ? "es" : ""} of up to ${mebibytes(perProcess)}; this command itself takes some 80 MiB`,
    "        That is after a second: a long run comes to some tens of MiB more, for its episodes and its report.",
    ...(available !== undefined && bytes > available
      ? [
          `        It is more than the ${mebibytes(available)} that are free: --jobs ${Math.max(1, Math.floor(available / perProcess))} would fit`,
        ]
      : []),
    `Known   by a second of each kind of training, ${atATime} process${atATime > 1 ? "es" : ""} at a time as the sweep would have`,
    ...kinds.map(
      ({ algorithm, env, hidden, tasks, stepsPerSecond, bytes: of }) =>
        `        ${inOneLine(`${algorithm} on ${env}`)}, hidden layers ${hidden.join(",") || "none"}: ` +
        `${whole(stepsPerSecond)} steps/s, ${mebibytes(of)}; ${whole(tasks)} run${tasks > 1 ? "s" : ""}`,
    ),
    `        Evaluations are reckoned with episodes of the greatest length; code is not yet as fast as in a long run.`,
    ...(isRough ? ["        Lengths in episodes are reckoned with those of the beginning, which may be far from later ones."] : []), // prettier-ignore
    "        Nothing was written.",
  ];
  return `${lines.join("\n")}\n`;
}

/** The same as data. */
export const trainingEstimateData = ({ taskSeconds, ...rest }: TrainingEstimate) => ({
  ...rest,
  runs: taskSeconds.length,
  runSeconds: taskSeconds.length === 0 ? null : mean(taskSeconds),
});
