// Threads that nobody asked for. Once something that is repeated, as the updates of a training, has taken a while and will take
// longer, threads are started beside it; then it is timed with them and without, in turns, and they stay where it is
// faster. They change no bit, so they may come and go at any time.

import { createPool, type Pool } from "./pool.ts";
import type { Spawn } from "./spawned-worker.ts";
import { whyNoThreads } from "./support.ts";

/** What an engine needs of threads. */
export type SharedWork = Pick<Pool, "size" | "running" | "share">;

/** Threads that join by themselves. */
export interface Helpers {
  /** Runs while helpers are at work. */
  readonly work: SharedWork;
  /**
   * To be called after each repetition.
   *
   * @param milliseconds that it took
   * @param fractionDone of all of them, from 0 to 1
   */
  after(milliseconds: number, fractionDone: number): void;
  close(): void;
}

/** Seconds after which helpers are started, and seconds that must be left then. */
const [startAfter, worthwhile] = [1, 2];
/** Seconds until their code is compiled; then how often and how long the work is timed with them and without, at least. */
const [warmUp, trials, trialTime] = [0.3, 4, 0.6];
/** They stay where they save a twentieth. */
const stayBelow = 0.95;
/** More threads than that wait for one another. */
const mostThreads = 4;

let declined = false;
/** Whether this process has helpers: there are not more cores for a second training. */
let taken = false;

/** No helpers in this process from now on: where others use the machine as well, as jobs beside each other do. */
export function declineHelpers(): void {
  declined = true;
}

/** Hardware threads that this process may use. */
const hardwareThreads = (): number =>
  globalThis.process?.getBuiltinModule?.("node:os").availableParallelism() ??
  globalThis.navigator?.hardwareConcurrency ??
  1;

/**
 * Helpers that are not started yet; undefined where there can be none.
 *
 * @param spawn starts a worker that does slots of work and has nothing to answer
 * @param setup what workers are told to begin with
 */
export function createHelpers(
  spawn: Spawn,
  setup: () => unknown,
  threads = Math.min(hardwareThreads(), mostThreads),
): Helpers | undefined {
  if (declined || threads < 2 || whyNoThreads() !== undefined) return undefined;
  const pool = createPool({ threads, spawn });
  let state: "waiting" | "starting" | "warming up" | "trying" | "kept" | "gone" = "waiting";
  let active = false;
  let begin: number | undefined; // the fraction that was done before the first repetition that is known
  let seconds = 0;
  const times: { readonly alone: number[]; readonly together: number[] } = { alone: [], together: [] };

  const leave = (): void => {
    if (state !== "waiting" && state !== "gone") taken = false;
    state = "gone";
    active = false;
    pool.close();
  };
  const start = (): void => {
    state = "starting";
    taken = true;
    pool.start(setup()).then(
      (missing) => {
        if (missing !== undefined) leave();
        else if (state === "starting") [state, active, seconds] = ["warming up", true, 0];
      },
      leave, // nobody asked for them
    );
  };
  const decide = (): void => {
    active = median(times.together) < stayBelow * median(times.alone);
    if (active) state = "kept";
    else leave();
  };

  return {
    work: {
      size: threads,
      get running() {
        return active && pool.running;
      },
      share: pool.share,
    },
    after(milliseconds, fractionDone) {
      seconds += milliseconds / 1000;
      if (state === "waiting") {
        begin ??= fractionDone; // the first repetition is part of the beginning
        const left = (seconds * (1 - fractionDone)) / (fractionDone - begin);
        if (seconds >= startAfter && !taken && left >= worthwhile) start();
      } else if (state === "warming up") {
        if (seconds >= warmUp) [state, seconds] = ["trying", 0];
      } else if (state === "trying") {
        (active ? times.together : times.alone).push(milliseconds);
        active = times.together.length <= times.alone.length;
        if (seconds >= trialTime && times.alone.length >= trials) decide();
      }
    },
    close: leave,
  };
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
