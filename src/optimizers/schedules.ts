// How a learning rate or a clip range changes over a run.

/** Names of the schedules: the initial value throughout, or a linear decrease to 0. */
export const schedules = ["constant", "linear"] as const;
/** One of {@link schedules}. */
export type Schedule = (typeof schedules)[number];

/** The value when the fraction `remaining` (1 to 0) of the run is left: `initial`, or `initial` · `remaining`. */
export const scheduled = (schedule: Schedule, initial: number, remaining: number): number =>
  schedule === "linear" ? initial * Math.max(remaining, 0) : initial;
