// Helpers for tests that compare numbers: random data, relative errors, central differences, checks of gradients.

import { existsSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { runReference, type Feeds } from "../../src/tensor/reference.ts";
import { concreteSize } from "../../src/tensor/graph/shape.ts";
import { add, constant, gradients, input, mul, sum, type Tensor } from "../../src/tensor/index.ts";

/** Uniform numbers in [0, 1) from a 48-bit linear congruential generator (the constants of drand48). */
export function createRandom(seed: number): () => number {
  let state = (BigInt(seed) << 16n) | 0x330en;
  return () => {
    state = (state * 0x5deece66dn + 0xbn) & 0xffff_ffff_ffffn;
    return Number(state >> 16n) / 2 ** 32;
  };
}

/** `size` numbers, uniform in [low, high). */
export const uniform = (random: () => number, size: number, low = -1, high = 1): Float64Array =>
  new Float64Array(size).map(() => low + (high - low) * random());

/** `size` class indices in 0..n−1. */
export const classes = (random: () => number, size: number, n: number): Float64Array =>
  new Float64Array(size).map(() => Math.floor(random() * n));

/**
 * Largest |a − b| over the largest |b|, both arrays as a whole; absolute where all of b is below `floor`. NaN if any is
 * NaN.
 */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>, floor = 1e-6): number {
  if (a.length !== b.length) throw new Error(`relativeError: ${a.length} numbers and ${b.length}`);
  let difference = 0;
  let scale = floor;
  for (let i = 0; i < b.length; i++) {
    if (!Object.is(a[i], b[i]) && a[i] !== b[i]) difference = Math.max(difference, Math.abs(a[i] - b[i]));
    scale = Math.max(scale, Math.abs(b[i]));
  }
  return difference / scale;
}

/** Asserts that relativeError(actual, expected) ≤ tolerance. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  label = "value",
): void {
  const error = relativeError(actual, expected);
  expect(
    error <= tolerance,
    `${label}: relative error ${error} > ${tolerance}\n  actual   ${Array.from(actual)}\n  expected ${Array.from(expected)}`,
  ).toBe(true);
}

/** The gradient of f at x by central differences of fourth order: errors of step⁴ and of 1e-16/step. */
export function centralDifference(f: (x: Float64Array) => number, x: ArrayLike<number>, step = 1e-3): Float64Array {
  const at = Float64Array.from(x);
  return at.map((_, i) => {
    const center = at[i];
    const shifted = (by: number): number => {
      at[i] = center + by * step;
      const y = f(at);
      at[i] = center;
      return y;
    };
    return (8 * (shifted(1) - shifted(-1)) - (shifted(2) - shifted(-2))) / (12 * step);
  });
}

/** The value of one tensor on the reference backend. */
export const evaluate = (t: Tensor, feeds: Feeds, rows?: number): Float64Array =>
  runReference({ outputs: { t } }, feeds, rows).outputs.t;

/** The central difference of a scalar tensor with respect to a fed tensor. */
export function differenceOf(scalar: Tensor, x: Tensor, feeds: Feeds, rows?: number, step?: number): Float64Array {
  return centralDifference((value) => evaluate(scalar, new Map(feeds).set(x, value), rows)[0], feeds.get(x)!, step);
}

/**
 * Σᵢ ⟨tᵢ, wᵢ⟩ with wᵢ new inputs, which are added to `feeds` with random values: no element's derivative hides
 * another's.
 */
export function weightedSum(tensors: readonly Tensor[], feeds: Map<Tensor, ArrayLike<number>>, rows: number): Tensor {
  const random = createRandom(feeds.size + 1);
  return tensors.reduce<Tensor>((total, t) => {
    const w = input(`weight ${feeds.size}`, t.shape);
    feeds.set(w, uniform(random, concreteSize(t.shape, rows), 0.5, 1.5));
    return add(total, sum(mul(t, w)));
  }, constant(0));
}

/**
 * Asserts that the gradients of Σ⟨t, weights⟩ with respect to `wrt` agree with central differences, and that the
 * gradients of ⟨those gradients, weights⟩ do so too, and so on up to `orders` (default: first and second derivatives).
 */
export function checkGradients(
  t: Tensor,
  feeds: Feeds,
  wrt: readonly Tensor[],
  options: { rows?: number; orders?: number; tolerance?: number; label?: string } = {},
): void {
  const { rows = 1, orders = 2, tolerance = 1e-6, label = t.operation.kind } = options;
  const fed = new Map(feeds);
  let scalar = weightedSum([t], fed, rows);
  for (let order = 1; order <= orders; order++) {
    const derivatives = gradients(scalar, wrt);
    const { values } = runReference({ outputs: {} }, fed, rows);
    wrt.forEach((x, i) => {
      expect(derivatives[i].shape, `${label}: shape of the gradient`).toEqual(x.shape);
      const expected = differenceOf(scalar, x, fed, rows);
      expectClose(values(derivatives[i]), expected, tolerance, `${label}: derivative ${order} by "${x.name}"`);
    });
    scalar = weightedSum(derivatives, fed, rows);
  }
}

/** A part of ../shared/golden/losses.json (from PyTorch in float64), or null where that folder is missing. */
export function golden<T>(part: string): T | null {
  const file = new URL("../../../shared/golden/losses.json", import.meta.url);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, T>)[part] : null;
}
