// How a learning rate or a clip range moves over a run.

export const schedules = ["constant", "linear"] as const;
export type Schedule = (typeof schedules)[number];

/** `initial`, or under "linear" what is left of it when `remaining` (1 to 0) of the run is left. */
export const scheduled = (schedule: Schedule, initial: number, remaining: number): number =>
  schedule === "linear" ? initial * Math.max(remaining, 0) : initial;
