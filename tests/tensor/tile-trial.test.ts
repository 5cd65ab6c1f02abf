// Which tiles a trial takes, by kernels and a clock of the test's own.

import { describe, expect, test } from "vitest";
import { createTileTrial, trialBytes, type Tiles } from "../../src/tensor/wasm/tile-trial.ts";

interface Fake {
  /** Milliseconds that tiles take at a time. */
  readonly narrow: (time: number) => number;
  readonly wide: (time: number) => number;
  /** What the last cell of the wide result is off by. */
  readonly wrongBy?: number;
}

/** Calls a trial every millisecond; gives each result with its time. */
function tryFor(milliseconds: number, { narrow, wide, wrongBy = 0 }: Fake) {
  let clock = 0;
  const memory = new Float32Array(trialBytes / 4);
  const tiles: Tiles = {
    tryTiles(at, useWide) {
      clock += useWide ? wide(clock) : narrow(clock);
      memory.fill(2, memory.length / 2);
      if (useWide) memory[memory.length - 1] += wrongBy;
      expect(at).toBe(0);
    },
  };
  const trial = createTileTrial(
    tiles,
    () => memory,
    0,
    () => clock,
  );
  const results = [];
  while (clock < milliseconds) {
    const result = trial();
    if (result) results.push({ ...result, at: clock });
    if (result?.final) break;
    clock += 1;
  }
  return results;
}

const optimizedAt = (when: number, before: number, after: number) => (time: number) => (time < when ? before : after);

describe("a trial of tiles", () => {
  test("takes wide ones as soon as they turn out much faster, and stays with them", () => {
    const results = tryFor(10_000, { narrow: () => 0.003, wide: optimizedAt(50, 0.012, 0.0015) });
    const first = results.findIndex(({ choice }) => choice === "wide");
    expect(results[first].at).toBeGreaterThan(50);
    expect(results[first].at).toBeLessThan(120);
    expect(results.slice(first).every(({ choice }) => choice === "wide")).toBe(true);
    expect(results.at(-1)).toMatchObject({ choice: "wide", final: true });
  });

  test("goes back where narrow ones are optimized later, and are not much slower", () => {
    const results = tryFor(10_000, { narrow: optimizedAt(200, 0.012, 0.003), wide: () => 0.006 });
    expect(results.some(({ choice }) => choice === "wide")).toBe(true);
    expect(results.at(-1)).toMatchObject({ choice: "narrow", final: true });
  });

  test("takes narrow ones where there is little between them", () => {
    const results = tryFor(10_000, { narrow: () => 0.003, wide: () => 0.0025 });
    expect(results.every(({ choice }) => choice === "narrow")).toBe(true);
  });

  test("ends within seconds, and tries ever more rarely", () => {
    const results = tryFor(60_000, { narrow: () => 0.003, wide: () => 0.0015 });
    expect(results).toHaveLength(40);
    expect(results.at(-1)!.at).toBeLessThan(5000);
    expect(results[39].at - results[38].at).toBeGreaterThan(20 * (results[1].at - results[0].at));
  });

  test("takes narrow ones for good where a wide result differs in a single bit", () => {
    const [only, ...rest] = tryFor(10_000, { narrow: () => 0.003, wide: () => 0.0015, wrongBy: 2 ** -22 });
    expect(only).toMatchObject({ choice: "wrong", final: true });
    expect(rest).toEqual([]);
  });
});
