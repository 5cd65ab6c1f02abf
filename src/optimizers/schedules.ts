// How a learning rate or a clip range changes over a run.

/** Names of schedules: the initial value throughout, or a linear decrease to 0. */
export const schedules = ["constant", "linear"] as const;

/**
 * Factors of the initial value, by the share of the run that is done: `{ 0: 1, 0.5: 0.1, 1: 0 }`. Between two shares the
 * factor changes linearly; before the first and after the last it stays.
 */
export type ScheduleTable = Readonly<Record<string, number>>;

/** One of {@link schedules}, or a table. */
export type Schedule = (typeof schedules)[number] | ScheduleTable;

/** The value when the fraction `remaining` (1 to 0) of the run is left. */
export function scheduled(schedule: Schedule, initial: number, remaining: number): number {
  if (schedule === "constant") return initial;
  if (schedule === "linear") return initial * Math.max(remaining, 0);
  return initial * factorAt(schedule, 1 - remaining);
}

function factorAt(table: ScheduleTable, done: number): number {
  const points = Object.entries(table)
    .map(([share, factor]) => [Number(share), factor] as const)
    .sort(([a], [b]) => a - b);
  const next = points.findIndex(([share]) => share > done);
  if (next <= 0) return points.at(next)![1]; // before the first, or after the last
  const [[from, before], [to, after]] = [points[next - 1], points[next]];
  return before + ((done - from) / (to - from)) * (after - before);
}

/** What is wrong with a table, as the end of a sentence; null if nothing is. */
export function tableProblem(table: ScheduleTable): string | null {
  const shares = Object.keys(table);
  if (shares.length === 0) return "is empty";
  const wrong = shares.find((share) => share.trim() === "" || !(Number(share) >= 0 && Number(share) <= 1));
  if (wrong !== undefined) return `has the share ${JSON.stringify(wrong)}, but shares of a run are from 0 to 1`;
  const twice = shares.find((share, i) => shares.findIndex((other) => Number(other) === Number(share)) < i);
  return twice === undefined ? null : `has the share ${Number(twice)} twice`;
}
