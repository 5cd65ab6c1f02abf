// The decisions of a search: which piece of which trial comes next. They depend on the plan, on the decisions before, and
// on what pieces have come to; nothing else, so that a journal of these replays them.
//
// Successive halving (Jamieson and Talwalkar, 2016): of the trials of a rung, the best third goes on to the next. By
// default asynchronously (Li et al., 2020): a trial goes on as soon as it is among the best third of those that are done,
// and nobody waits.

import { createGenerator } from "../random/index.ts";
import { exp, log } from "../math/index.ts";
import { densityOf, evenPoint, proposeByParzen } from "./parzen.ts";
import { reduction, type Outcome, type Piece, type Plan } from "./plan.ts";
import { axesOf, pointOf, valuesAt, type Axis, type Point, type Values } from "./space.ts";

/** A piece that is given out. The first of a trial has its options. */
export interface Start extends Piece {
  readonly options?: Values;
}

/** What a piece came to, and the seconds that it took a process. */
export interface PieceResult extends Outcome {
  readonly seconds: number;
}

/** Settings of one set of options, and how far they have come. */
export interface Trial {
  readonly id: number;
  /** Of the options that vary. */
  readonly values: Values;
  /** The rung that it is on its way to, or has come to. */
  rung: number;
  /** By rung and seed; null of a piece that is given out. */
  readonly results: Map<number, PieceResult | null>[];
}

/** The value of a trial at a rung: the mean over the seeds; undefined until all are there, null where one has none. */
export function valueAtRung({ seeds, rungs }: Plan, { results }: Trial, rung: number): number | null | undefined {
  const last = rungs.length - 1;
  const found = seeds.slice(0, rungs[rung].seeds).map((seed) => {
    const here = results[rung].get(seed);
    // What the first seed came to by all of the training is known from the rung before.
    return here === undefined && rung === last && rung > 0 && rungs[rung - 1].share === 1 ? results[rung - 1].get(seed) : here; // prettier-ignore
  });
  if (found.some((one) => one?.value === null)) return null;
  if (found.some((one) => one == null)) return undefined;
  return found.reduce((sum, one) => sum + one!.value!, 0) / found.length;
}

/** Steps that were trained in all: those of each seed go on from rung to rung. */
export const stepsTrained = (trials: readonly Trial[]): number =>
  trials.reduce((sum, { results }) => {
    const furthest = new Map<number, number>();
    for (const of of results)
      for (const [seed, result] of of) furthest.set(seed, Math.max(furthest.get(seed) ?? 0, result?.steps ?? 0));
    return sum + [...furthest.values()].reduce((total, steps) => total + steps, 0);
  }, 0);

/** How good a trial is: the highest rung that it has come to, and its value there. */
export interface Standing {
  readonly trial: Trial;
  readonly rung: number;
  readonly value: number | null;
}

/** Where trials stand that have come to any rung: the best first, those without a value last. */
export function standings(plan: Plan, trials: readonly Trial[]): Standing[] {
  return trials
    .flatMap((trial): Standing[] => {
      const reached = plan.rungs.flatMap((_, rung) => {
        const value = valueAtRung(plan, trial, rung);
        return value === undefined ? [] : [{ trial, rung, value }];
      });
      return reached.slice(-1);
    })
    .sort((a, b) => Number(a.value === null) - Number(b.value === null) || b.rung - a.rung || byValue(a, b));
}

const byValue = (a: { value: number | null; trial: Trial }, b: { value: number | null; trial: Trial }): number =>
  (b.value ?? -Infinity) - (a.value ?? -Infinity) || a.trial.id - b.trial.id;

/** A search in progress. */
export interface Search {
  readonly plan: Plan;
  readonly axes: readonly Axis[];
  readonly trials: readonly Trial[];
  /** The piece that comes next; null while nothing can be decided before a result. */
  next(): Start | null;
  /** A piece is given out. */
  start(start: Start): void;
  /** A piece has come to its end. */
  finish(piece: Piece, result: PieceResult): void;
  /** No more trials are proposed; those that lead go on to the last rung. `open(true)` takes that back. */
  open(isOpen: boolean): void;
  /** Pieces that are given out and have no result. */
  pending(): Piece[];
}

/** Points of even spread before results say where to look. */
const firstPoints = 10;

/** A search that begins. */
export function createSearch(plan: Plan): Search {
  const { rungs, seeds, synchronous } = plan;
  const axes = axesOf(plan.ranges);
  const trials: Trial[] = [];
  let isOpen = true;
  const last = rungs.length - 1;
  /** Trials that are proposed and compared together where rungs wait. */
  const bracket = reduction ** last;
  const bracketOf = (id: number) => Math.floor(id / bracket);

  const shift = axes.map((_, i) => createGenerator([plan.seed, 0, i]).random());
  const points = new Map<number, Point>();
  const pointOfTrial = ({ id, values }: Trial): Point => {
    const known = points.get(id) ?? pointOf(axes, values);
    points.set(id, known);
    return known;
  };

  function propose(): Values {
    const id = trials.length;
    if (id === 0) return plan.usual;
    const random = createGenerator([plan.seed, id]);
    if (plan.proposals === "random")
      return valuesAt(axes, axes.map(({ choices }) => (choices > 0 ? random.integers(0, choices) : random.random()))); // prettier-ignore
    const isKnown = (trial: Trial) =>
      valueAtRung(plan, trial, 0) !== undefined && (!synchronous || bracketOf(trial.id) < bracketOf(id));
    const known = trials.filter(isKnown);
    if (known.length < firstPoints) return valuesAt(axes, evenPoint(axes, id - 1, shift));
    const ranked = standings(plan, known)
      .sort(byValue) // what led at a rung and fell behind at the next is no example, though it is further
      .map(({ trial }) => pointOfTrial(trial));
    const pending = trials.filter((trial) => !isKnown(trial)).map(pointOfTrial);
    // Seconds differ from machine to machine, so where a search is to be the same anywhere they have no say.
    const costOf = synchronous ? undefined : costAmong(axes, known.map((trial) => [pointOfTrial(trial), secondsAtFirst(trial)])); // prettier-ignore
    return valuesAt(axes, proposeByParzen(axes, { ranked, pending, costOf }, random));
  }

  const firstSeed = seeds[0];
  const secondsAtFirst = ({ results }: Trial) => results[0].get(firstSeed)!.seconds;

  /** Whether the first seed has all of its training behind it when it comes to the last rung. */
  const isOnlySeeds = last > 0 && rungs[last - 1].share === 1;

  /** A seed that is still to be given out on a trial's way to its rung; none once one of them has failed. */
  function missingSeed({ rung, results }: Trial): number | undefined {
    if ([...results[rung].values()].some((result) => result?.value === null)) return undefined;
    return seeds
      .slice(rung === last && isOnlySeeds ? 1 : 0, rungs[rung].seeds)
      .find((seed) => !results[rung].has(seed));
  }

  /** Whether a trial has come to its rung. */
  const hasArrived = (trial: Trial): boolean =>
    missingSeed(trial) === undefined && valueAtRung(plan, trial, trial.rung) !== undefined;

  /** Trials among `group` that may go on from a rung: the best first. */
  function leaving(rung: number, group: readonly Trial[]): Trial[] {
    const there = group.filter((trial) => trial.rung >= rung);
    const arrived = there
      .map((trial) => ({ trial, value: valueAtRung(plan, trial, rung) }))
      .filter((one): one is { trial: Trial; value: number | null } => one.value !== undefined)
      .sort(byValue);
    const isComplete =
      arrived.length === there.length &&
      (!synchronous || !isOpen || group.length === bracket) &&
      group.every((trial) => trial.rung >= rung || hasArrived(trial)) &&
      (rung === 0 || leaving(rung - 1, group).length === 0);
    const third = Math.floor(arrived.length / reduction);
    const places = synchronous || !isOpen ? (isComplete ? Math.max(1, third) : 0) : third;
    const leading = arrived.filter(({ trial }) => trial.id !== 0).slice(0, places);
    return arrived
      .filter((one) => one.trial.rung === rung && one.value !== null && (one.trial.id === 0 || leading.includes(one))) // 0: what all are compared with
      .map(({ trial }) => trial);
  }

  return {
    plan,
    axes,
    trials,
    next() {
      for (const trial of trials) {
        const seed = missingSeed(trial);
        if (seed !== undefined) return { trial: trial.id, rung: trial.rung, seed };
      }
      const id = trials.length;
      const group = synchronous && id > 0 ? trials.slice(id - (id % bracket || bracket)) : trials;
      for (let rung = last - 1; rung >= 0; rung--) {
        const [best] = leaving(rung, group);
        if (best) return { trial: best.id, rung: rung + 1, seed: seeds[rung + 1 === last && isOnlySeeds ? 1 : 0] };
      }
      // A bracket is over before the next one begins.
      if (!isOpen || (synchronous && id > 0 && id % bracket === 0 && !trials.every(hasArrived))) return null;
      return { trial: id, rung: 0, seed: firstSeed, options: propose() };
    },
    start({ trial: id, rung, seed, options }) {
      if (id === trials.length)
        trials.push({ id, values: options!, rung: 0, results: rungs.map(() => new Map<number, PieceResult | null>()) });
      trials[id].rung = Math.max(trials[id].rung, rung);
      trials[id].results[rung].set(seed, null);
    },
    finish({ trial, rung, seed }, result) {
      trials[trial].results[rung].set(seed, result);
    },
    open: (open) => void (isOpen = open),
    pending: () =>
      trials.flatMap(({ id, results }) =>
        results.flatMap((of, rung) =>
          [...of].flatMap(([seed, result]) => (result === null ? [{ trial: id, rung, seed }] : [])),
        ),
      ),
  };
}

/** What a point will cost, by the points near it whose cost is known: a mean of logarithms, weighted by a kernel. */
export function costAmong(
  axes: readonly Axis[],
  known: readonly (readonly [Point, number])[],
): (point: Point) => number {
  const near = known.map(([point, cost]) => ({
    density: densityOf(axes, [point]),
    logCost: log(Math.max(1e-3, cost)),
  }));
  return (point) => {
    let [weights, sum] = [0, 0];
    for (const { density, logCost } of near) {
      const weight = density.of(point);
      weights += weight;
      sum += weight * logCost;
    }
    return exp(sum / weights);
  };
}
