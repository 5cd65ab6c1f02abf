// exp, log, tanh and sigmoid of the kernels, in units in the last place of float32, over the whole range; and the
// values that must be exact. Math is good enough to compare with: its error is a millionth of a float32's unit.

import { beforeAll, describe, expect, test } from "vitest";
import { exp, input, log, sigmoid, sqrt, tanh, type Engine, type Tensor } from "../../src/tensor/index.ts";
import { engines } from "./backends.ts";
import { createRandom } from "./compare.ts";

const smallestNormal = 2 ** -126;

/** The distance of float32 numbers next to x. */
const unit = (x: number): number => 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23);

const count = 1 << 18;

function functionOn(engine: Engine, f: (x: Tensor) => Tensor): (x: Float32Array) => Float32Array {
  const x = input("x", ["rows"]);
  const program = engine.compile({ outputs: { y: f(x) } }, { capacity: count });
  return (values) => {
    program.write(x, values);
    program.run(values.length);
    return program.read("y");
  };
}

/** Uniform in [low, high), and as many again with uniform exponents there. */
function samples(low: number, high: number): Float32Array {
  const random = createRandom(17);
  const x = new Float32Array(count);
  for (let i = 0; i < count / 2; i++) x[i] = low + (high - low) * random();
  for (let i = count / 2; i < count; i++) {
    const magnitude = 2 ** (-30 + (Math.log2(Math.max(-low, high)) + 30) * random());
    x[i] = Math.min(high, Math.max(low, low < 0 && random() < 0.5 ? -magnitude : magnitude));
  }
  return x;
}

/** The largest error in units of the last place of the exact result, and where. */
function worst(x: Float32Array, y: Float32Array, f: (x: number) => number): { ulps: number; at: number } {
  const result = { ulps: 0, at: NaN };
  for (let i = 0; i < x.length; i++) {
    const exact = f(x[i]);
    const ulps = Math.abs(y[i] - exact) / unit(exact);
    if (!(ulps <= result.ulps)) Object.assign(result, { ulps, at: x[i] });
  }
  return result;
}

describe.each(engines)("on the $name", ({ engine }) => {
  let on: Record<"exp" | "log" | "tanh" | "sigmoid" | "sqrt", (x: Float32Array) => Float32Array>;
  beforeAll(() => {
    on = { exp: functionOn(engine, exp), log: functionOn(engine, log), tanh: functionOn(engine, tanh), sigmoid: functionOn(engine, sigmoid), sqrt: functionOn(engine, sqrt) }; // prettier-ignore
  });

  test("exp is within 3 units", () => {
    for (const [low, high] of [
      [-87.33, 88.72],
      [-1, 1],
      [-20, 20],
      [-0.001, 0.001],
    ] as const) {
      // prettier-ignore
      const x = samples(low, high);
      const { ulps, at } = worst(x, on.exp(x), Math.exp);
      expect(ulps, `at ${at}`).toBeLessThan(3);
    }
  });

  test("exp: exact, infinite and vanishing values", () => {
    const x = [0, -0, NaN, Infinity, -Infinity, 88.72284, 89, 1e30, -88, -104, -1e30, 1e-40, -1e-40];
    const y = on.exp(Float32Array.from(x));
    expect([...y]).toEqual([1, 1, NaN, Infinity, 0, Infinity, Infinity, Infinity, 0, 0, 0, 1, 1].map((v, i) => (i === 5 ? y[5] : v))); // prettier-ignore
    expect(y[5] > 3.4e38).toBe(true);
    // Below the smallest normal number there are only zeros: subnormals are slow.
    for (const v of on.exp(Float32Array.from({ length: 4000 }, (_, i) => -86 - i / 1000))) expect(v === 0 || v >= smallestNormal).toBe(true); // prettier-ignore
  });

  test("log is within 3 units, and as exact near 1", () => {
    for (const [low, high] of [
      [1e-6, 3e38],
      [0.5, 2],
      [0.999, 1.001],
      [1e-30, 10],
    ] as const) {
      // prettier-ignore
      const x = samples(low, high);
      const { ulps, at } = worst(x, on.log(x), Math.log);
      expect(ulps, `at ${at}`).toBeLessThan(3);
    }
  });

  test("log: exact and special values", () => {
    const x = [1, 0, -0, -1, -1e-30, NaN, Infinity, -Infinity];
    expect([...on.log(Float32Array.from(x))]).toEqual([0, -Infinity, -Infinity, NaN, NaN, NaN, Infinity, NaN]);
    expect(on.log(Float32Array.of(smallestNormal))[0]).toBeCloseTo(-87.33654, 4);
  });

  test("tanh is within 6 units, which next to ±1 are 4e-7", () => {
    for (const [low, high] of [
      [-10, 10],
      [-1, 1],
      [-0.01, 0.01],
      [4, 9.5],
    ] as const) {
      // prettier-ignore
      const x = samples(low, high);
      const { ulps, at } = worst(x, on.tanh(x), Math.tanh);
      expect(ulps, `at ${at}`).toBeLessThan(6);
    }
  });

  test("tanh never leaves [−1, 1], is odd to the bit, and keeps special values", () => {
    const random = createRandom(18);
    const any = new Float32Array(new Uint32Array(count).map(() => random() * 2 ** 32).buffer);
    const y = on.tanh(any);
    const mirrored = on.tanh(any.map((v) => -v));
    for (let i = 0; i < count; i++) {
      if (Number.isNaN(any[i])) {
        if (!Number.isNaN(y[i])) expect.fail(`tanh(NaN) is ${y[i]}`);
        continue;
      }
      if (!(Math.abs(y[i]) <= 1)) expect.fail(`tanh(${any[i]}) is ${y[i]}`);
      if (!Object.is(y[i], -mirrored[i])) expect.fail(`tanh(±${any[i]}) are ${y[i]} and ${mirrored[i]}`);
      if (Math.abs(any[i]) > 9.1 && Math.abs(y[i]) < 1 - 3e-7) expect.fail(`tanh(${any[i]}) is ${y[i]}`);
    }
    const fine = Float32Array.from({ length: count }, (_, i) => 7 + (4 * i) / count);
    expect(on.tanh(fine).every((v) => v <= 1)).toBe(true);
    expect([...on.tanh(Float32Array.of(0, -0, NaN))]).toEqual([0, -0, NaN]);
    for (const v of on.tanh(Float32Array.of(Infinity, 1e38))) expect(v).toBeCloseTo(1, 6);
  });

  test("sigmoid is within 4 units, at its small end too, and keeps special values", () => {
    for (const [low, high] of [
      [-87, 20],
      [-1, 1],
      [-20, -4],
    ] as const) {
      const x = samples(low, high);
      const { ulps, at } = worst(x, on.sigmoid(x), (v) => 1 / (1 + Math.exp(-v)));
      expect(ulps, `at ${at}`).toBeLessThan(4);
    }
    const special = [0, -0, 200, -200, Infinity, -Infinity, NaN];
    expect([...on.sigmoid(Float32Array.from(special))]).toEqual([0.5, 0.5, 1, 0, 1, 0, NaN]);
  });

  test("sqrt is correctly rounded", () => {
    const x = samples(0, 1e30);
    const y = on.sqrt(x);
    for (let i = 0; i < count; i++) if (y[i] !== Math.fround(Math.sqrt(x[i]))) expect.fail(`sqrt(${x[i]}) is ${y[i]}`);
  });
});
