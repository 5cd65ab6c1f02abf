// The trials of a search are carried out: pieces in processes of their own, as many at a time as there are cores, with each
// decision and each result in the journal.

import { rmSync } from "node:fs";
import { InputError, RunError } from "../errors.ts";
import type { CarryOut } from "../jobs/run-jobs.ts";
import { evaluationSeed } from "../runs/final-evaluation.ts";
import { messageOf } from "../text/values.ts";
import { show } from "../training/option-values.ts";
import { algorithmNamed, resolveOptions } from "../training/index.ts";
import { keptForFinals, type FinalsSettings, type SearchLimit } from "./finalists.ts";
import { checkpointOf, searchFiles } from "./folder.ts";
import { openJournal, readJournal, searchOf, type Event, type Line } from "./journal.ts";
import type { Outcome, Piece, Plan } from "./plan.ts";
import { createSearch, stepsTrained, type Search } from "./search.ts";
import type { Values } from "./space.ts";
import { forkTrial, type TrialProgress, type TrialTask } from "./trial-task.ts";

/** How far a search is. */
export interface SearchState {
  readonly search: Search;
  readonly running: ReadonlyMap<Piece, TrialProgress | null>;
  /** Seconds of the search so far, over all sittings, and at most: null where trials are counted alone. */
  readonly seconds: () => number;
  readonly limit: SearchLimit;
  /** What each line of the journal was written at. */
  readonly lines: readonly Line[];
}

/** Settings of {@link carryOutTrials}: see `SearchSettings`. */
export interface TrialsSettings extends FinalsSettings {
  readonly out: string;
  readonly signal?: AbortSignal;
  readonly carryOut?: CarryOut<TrialTask, TrialProgress>;
  readonly onStart?: (state: SearchState, out: string, jobs: number) => void;
  readonly onChange?: (state: SearchState) => void;
}

/** Attempts at a piece whose process dies, before that counts as what it came to. */
const mostAttempts = 3;
/** Pieces in a row that fail, not by diverging, before the search stops. */
const mostFailures = 5;

/** All options of a trial. */
const optionsOf = (plan: Plan, values: Values, seed: number) =>
  resolveOptions(algorithmNamed(plan.algorithm), { ...plan.fixed, ...values, env: plan.env, seed });

/** Works until there were enough trials, the time is up, or it is stopped. */
export async function carryOutTrials(plan: Plan, settings: TrialsSettings) {
  const { out, jobs, limit, signal, carryOut = forkTrial, onStart, onChange } = settings;
  const path = searchFiles(out).journal;
  const earlier = readJournal(path);
  if (earlier) assertSamePlan(earlier.plan, plan, out);
  const found = earlier === null ? { search: createSearch(plan), seconds: 0 } : searchOf(earlier, path);
  const { search } = found;
  const lines: Line[] = [...(earlier?.lines ?? [])];
  const began = performance.now();
  const seconds = () => found.seconds + (performance.now() - began) / 1000;
  const journal = openJournal(path, plan, earlier);
  const write = (event: Event): void => {
    const line = { at: Number(seconds().toFixed(3)), ...event };
    journal.write(line);
    lines.push(line);
  };

  const running = new Map<Piece, TrialProgress | null>();
  const state: SearchState = { search, running, seconds, limit, lines };
  const stop = new AbortController();
  const abort = () => stop.abort();
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  let isOpen = !lines.some((line, i) => "open" in line && !line.open && !lines.slice(i).some((one) => "open" in one && one.open)); // prettier-ignore
  const setOpen = (open: boolean, because?: "enough" | "time"): void => {
    if (open === isOpen) return;
    isOpen = open;
    search.open(open);
    write({ open, ...(because && { because }) });
  };
  const isTimeUp = () => limit.seconds !== null && seconds() + keptForFinals(search, settings) >= limit.seconds;
  const isEnough = () =>
    (limit.trials !== null && search.trials.length >= limit.trials) ||
    (limit.steps !== null && stepsTrained(search.trials) >= limit.steps);
  const timeIsUp = (): boolean => {
    if (!isTimeUp()) return false;
    setOpen(false, "time");
    abort();
    return true;
  };
  const clock = setInterval(timeIsUp, 250);

  let failures = 0;
  const attempts = new Map<string, number>();
  let fatal: Error | null = null;
  const work = async (piece: Piece): Promise<void> => {
    const { trial, rung, seed } = piece;
    const task: TrialTask = {
      algorithm: plan.algorithm,
      options: optionsOf(plan, search.trials[trial].values, seed),
      share: plan.rungs[rung].share,
      evaluation: { episodes: plan.episodes, seed: evaluationSeed, deterministic: true },
      checkpoint: checkpointOf(out, piece),
    };
    let took = 0;
    for (;;) {
      const start = performance.now();
      let outcome: Outcome | undefined;
      let diverged = false;
      const onProgress = (progress: TrialProgress): void => {
        ({ outcome, diverged = false } = progress);
        running.set(piece, progress);
        onChange?.(state);
      };
      try {
        if ((await carryOut(task, { signal: stop.signal, onProgress })) === "interrupted") return;
        if (outcome === undefined) throw new RunError("its process told nothing of what it came to");
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = messageOf(error);
        const attempt = (attempts.get(task.checkpoint) ?? 0) + 1;
        attempts.set(task.checkpoint, attempt);
        write({ lost: { ...piece, problem } });
        if (attempt < mostAttempts) continue;
        outcome = { value: null, problem: `${problem}, ${attempt} times`, steps: 0, weightsSha256: null };
      }
      took += (performance.now() - start) / 1000;
      const isFailure = outcome.value === null && !diverged;
      failures = isFailure ? failures + 1 : 0;
      if (isFailure && (trial === 0 || failures >= mostFailures)) {
        const which = trial === 0 ? "the training with the usual options" : `each of the last ${failures} trials`;
        fatal ??= new RunError(`${which} failed: ${outcome.problem}. The same command goes on from here once that is put right`); // prettier-ignore
        abort();
        return; // no result: it is carried out again
      }
      const result = { ...outcome, seconds: Number(took.toFixed(3)) };
      search.finish(piece, result);
      write({ result: { ...piece, ...result } });
      return;
    }
  };

  try {
    if (!isEnough() && !isTimeUp()) setOpen(true);
    onStart?.(state, out, jobs);
    const left = search.pending();
    const atWork = new Set<Promise<void>>();
    for (;;) {
      while (atWork.size < jobs && !stop.signal.aborted && !timeIsUp()) {
        if (isEnough()) setOpen(false, "enough");
        const piece = left.shift() ?? given(search.next());
        if (!piece) break;
        running.set(piece, null);
        const job: Promise<void> = work(piece).finally(() => {
          running.delete(piece);
          atWork.delete(job);
          onChange?.(state);
        });
        atWork.add(job);
        onChange?.(state);
      }
      if (atWork.size === 0) break;
      await Promise.race(atWork);
    }
    if (fatal) throw fatal as Error;
    return { search, lines, seconds: seconds() };
  } finally {
    clearInterval(clock);
    signal?.removeEventListener("abort", abort);
    journal.close();
  }

  function given(start: ReturnType<Search["next"]>): Piece | null {
    if (!start) return null;
    write({ start });
    search.start(start);
    const { trial, rung, seed } = start;
    if (rung === 0 && seed === plan.seeds[0]) rmSync(checkpointOf(out, start), { force: true }); // of a journal that was lost
    return { trial, rung, seed };
  }
}

/** @throws InputError if the folder holds another search */
function assertSamePlan(there: Plan, now: Plan, out: string): void {
  const differences = (of: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>): string[] =>
    [...new Set([...Object.keys(of), ...Object.keys(wanted)])].flatMap((name) => {
      const [is, should] = [of[name], wanted[name]];
      if (JSON.stringify(is) === JSON.stringify(should)) return [];
      return [`${name} ${show(is)}, not ${show(should)}`];
    });
  const { fixed, usual, ranges, ...rest } = now;
  const found = [
    ...differences({ ...there, fixed: 0, usual: 0, ranges: 0 }, { ...rest, fixed: 0, usual: 0, ranges: 0 }),
    ...differences({ ...there.fixed, ...there.ranges }, { ...fixed, ...ranges }),
  ];
  if (found.length > 0)
    throw new InputError(`${out} holds another search:\n- ${found.slice(0, 6).join("\n- ")}\nName another folder with --out`); // prettier-ignore
}
