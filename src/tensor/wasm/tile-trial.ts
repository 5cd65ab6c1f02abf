// Which register tiles products take, while wide vectors are allowed: the wide ones are faster where V8 has joined their operations, and
// slower where it has not, or not yet. Only code that V8 has optimized can tell, so both are tried now and then while an
// engine works. Their bits are compared each time; they are the same, so tiles may change between any two runs.

import { trialColumns, trialDepth, trialRows, wideSwitch } from "../compile/instructions.ts";
import type { Heap } from "./heap.ts";
import { wideVectorsAllowed } from "./vectors.ts";

/** What a trial needs of the kernels and of the memory around them. */
export interface Tiles {
  /** A small product and one that adds to it, at `at`: A and B in front, then both results of `trialCells` floats each. */
  tryTiles(at: number, wide: boolean): void;
}

/** What came out so far. */
export type TileChoice = "narrow" | "wide" | "wrong";

/** Floats of both operands, and of a result. */
const trialOperands = trialRows * trialDepth + trialDepth * trialColumns;
const trialCells = trialRows * trialColumns;
/** Bytes that a trial works in. */
export const trialBytes = 4 * (trialOperands + 2 * trialCells);

/** Wide tiles are taken where they need less than this share of the time of narrow ones. */
const muchFaster = 0.8;
const trials = 40;
/** Milliseconds between the first two trials, and by how much each pause is longer than the one before. */
const pause = 5;
const repetitions = 4;

/**
 * Tries both tiles from time to time; the times of narrow and of wide ones are the least so far.
 *
 * @param floats a view of the memory
 * @param at where the trial's memory begins, in bytes
 * @param now the time in milliseconds
 * @returns a function for each run of a program, which gives the choice when it may have changed, and whether it is final
 */
export function createTileTrial(tiles: Tiles, floats: () => Float32Array, at: number, now: () => number) {
  floats().set(
    Float32Array.from({ length: trialOperands }, (_, i) => ((37 * i) % 101) / 101 - 0.5),
    at / 4,
  );
  const least = { narrow: Infinity, wide: Infinity };
  const results = { narrow: new Float32Array(2 * trialCells), wide: new Float32Array(2 * trialCells) };
  const tryOut = (name: "narrow" | "wide"): void => {
    for (let i = 0; i < repetitions; i++) {
      const start = now();
      tiles.tryTiles(at, name === "wide");
      least[name] = Math.min(least[name], now() - start);
    }
    const from = at / 4 + trialOperands;
    results[name].set(floats().subarray(from, from + 2 * trialCells));
  };
  let count = 0;
  let next = 0;

  return (): { choice: TileChoice; final: boolean } | undefined => {
    const time = now();
    if (time < next) return;
    count++;
    next = time + pause * count;
    tryOut("narrow");
    tryOut("wide");
    if (!sameBits(results.narrow, results.wide)) return { choice: "wrong", final: true };
    return { choice: least.wide < muchFaster * least.narrow ? "wide" : "narrow", final: count === trials };
  };
}

const switchOf = (heap: Heap): Int32Array => new Int32Array(heap.floats().buffer, wideSwitch, 1);

/** Whether products take wide tiles now. */
export const takesWideTiles = (heap: Heap): boolean => switchOf(heap)[0] !== 0;

/** Sets the word in an engine's memory that says which tiles products take. */
export const takeTiles = (heap: Heap, choice: TileChoice): void => void (switchOf(heap)[0] = choice === "wide" ? 1 : 0);

/** What the trials of this thread came to, for builds that fuse multiply-adds (false) and strict ones (true). */
const settled = new Map<boolean, TileChoice>();

/** What is to be called before each run of a program, while it is open which tiles the engine takes. */
export function tileChooser(tiles: Tiles, heap: Heap, strict: boolean): (() => void) | undefined {
  if (!wideVectorsAllowed()) return undefined;
  const known = settled.get(strict);
  if (known) return void takeTiles(heap, known);
  const at = heap.allocate(trialBytes);
  let trial: ReturnType<typeof createTileTrial> | undefined = createTileTrial(tiles, heap.floats, at, () =>
    performance.now(),
  );
  return () => {
    const result = trial?.();
    if (!result) return;
    takeTiles(heap, result.choice);
    if (!result.final) return;
    settled.set(strict, result.choice);
    trial = undefined;
  };
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const [x, y] = [a, b].map(({ buffer }) => new Int32Array(buffer));
  return x.every((bits, i) => bits === y[i]);
}
