// Elementary functions: error in ulps against exact references, special cases, and the bits on a fixed grid.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { fixedExponential, fixedLogarithm, fixedToDouble } from "../../src/math/fixed-point.ts";
import * as math from "../../src/math/index.ts";
import * as reference from "./reference.ts";

const { toFixed, ulpError } = reference;

/** A seeded source of test inputs, independent of src/random. */
function source(seed: number): () => number {
  let s = seed;
  const next = () => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0);
  return () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
}
const uniform = (u: () => number, low: number, high: number) => low + (high - low) * u();
const spread = (u: () => number, low: number, high: number) =>
  (u() < 0.5 ? -1 : 1) * Math.pow(2, uniform(u, low, high));

type Unary = (x: number) => number;

describe("errors against exact values are below one ulp", () => {
  const cases: [string, Unary, (x: bigint, y: number) => bigint, (u: () => number) => number, number][] = [
    ["sin, |x| < π/4", math.sin, reference.sin, (u) => uniform(u, -0.7853, 0.7853), 0.8],
    ["sin, |x| < 1e6", math.sin, reference.sin, (u) => spread(u, -20, 20), 0.8],
    ["sin, large", math.sin, reference.sin, (u) => spread(u, 20, 240), 0.8],
    ["cos, |x| < π/4", math.cos, reference.cos, (u) => uniform(u, -0.7853, 0.7853), 0.8],
    ["cos, |x| < 1e6", math.cos, reference.cos, (u) => spread(u, -20, 20), 0.8],
    ["cos, large", math.cos, reference.cos, (u) => spread(u, 20, 240), 0.8],
    ["tan, |x| < 1e6", math.tan, reference.tan, (u) => spread(u, -20, 20), 0.95],
    ["tan, large", math.tan, reference.tan, (u) => spread(u, 20, 240), 0.95],
    ["exp", math.exp, reference.exp, (u) => uniform(u, -30, 30), 0.75],
    ["expm1", math.expm1, reference.expm1, (u) => spread(u, -50, 5), 0.9],
    ["log", math.log, reference.log, (u) => Math.abs(spread(u, -60, 60)), 0.6],
    ["log near 1", math.log, reference.log, (u) => 1 + spread(u, -50, -2), 0.6],
    ["log1p", math.log1p, (x, y) => reference.log(x + reference.ONE, y), (u) => uniform(u, -0.99, 3), 0.6],
    ["tanh", math.tanh, reference.tanh, (u) => spread(u, -25, 4), 0.8],
  ];
  test.each(cases)("%s", (_name, f, exact, input, bound) => {
    const u = source(7);
    let worst = 0;
    for (let i = 0; i < 200; i++) {
      const x = input(u);
      const y = f(x);
      worst = Math.max(worst, Math.abs(ulpError(y, exact(toFixed(x), y))));
    }
    expect(worst).toBeLessThan(bound);
    expect(worst).toBeGreaterThan(0.3); // the measure measures
  });

  test("pow", () => {
    const u = source(8);
    for (let i = 0; i < 150; i++) {
      const x = Math.abs(spread(u, -8, 8));
      const y = uniform(u, -8, 8);
      const exact = reference.exp(reference.mul(toFixed(y), reference.log(toFixed(x), Math.log(x))));
      expect(Math.abs(ulpError(math.pow(x, y), exact))).toBeLessThan(0.7);
    }
    const near = 1 + 2 ** -20;
    const exact = reference.exp(reference.mul(toFixed(1e7), reference.log(toFixed(near), Math.log(near))));
    expect(Math.abs(ulpError(math.pow(near, 1e7), exact))).toBeLessThan(0.7);
  });

  test("atan2", () => {
    const u = source(9);
    for (let i = 0; i < 150; i++) {
      const y = spread(u, -8, 8);
      const x = spread(u, -8, 8);
      const a = math.atan2(y, x);
      expect(Math.abs(ulpError(a, reference.atan2(toFixed(y), toFixed(x), a)))).toBeLessThan(0.6);
    }
  });

  test("the worst known arguments for the reduction by π/2", () => {
    // 6381956970095103·2^797 is the double nearest to a multiple of π/2 (Muller, Elementary Functions)
    const x = 6381956970095103 * 2 ** 797;
    expect(math.cos(x)).toBe(-4.687165924254628e-19);
    expect(math.sin(x)).toBe(1);
    expect(math.sin(Math.PI)).toBe(1.2246467991473532e-16);
    expect(math.cos(Math.PI / 2)).toBe(6.123233995736766e-17);
    expect(math.sin(1e22)).toBe(-0.8522008497671888);
    expect(math.cos(1e15)).toBeCloseTo(-0.5131937377869703, 15);
  });
});

describe("agreement with Math", () => {
  const close = (a: number, b: number) => Object.is(a, b) || Math.abs(a - b) <= 2 * 2 ** -52 * Math.abs(b) + 1e-323;
  test("within 2 ulp on 20 000 arguments of each function", () => {
    const u = source(10);
    for (let i = 0; i < 20_000; i++) {
      const x = spread(u, -30, 9);
      const y = spread(u, -10, 5);
      for (const name of ["sin", "cos", "tan", "exp", "expm1", "tanh"] as const)
        if (!close(math[name](x), Math[name](x))) expect.fail(`${name}(${x}): ${math[name](x)}, Math ${Math[name](x)}`);
      const p = Math.abs(spread(u, -1074, 1023));
      for (const name of ["log", "log1p"] as const)
        if (!close(math[name](p), Math[name](p))) expect.fail(`${name}(${p}): ${math[name](p)}, Math ${Math[name](p)}`);
      if (!close(math.atan2(x, y), Math.atan2(x, y))) expect.fail(`atan2(${x}, ${y})`);
      if (!close(math.pow(p, y), Math.pow(p, y))) expect.fail(`pow(${p}, ${y}): ${math.pow(p, y)}`);
    }
  });

  const special = [NaN, 0, -0, 1, -1, Infinity, -Infinity, 5e-324, -5e-324, 1e-310, 2 ** -1022, Number.MAX_VALUE];
  const more = [
    ...special,
    -Number.MAX_VALUE,
    0.5,
    -0.5,
    2,
    -2,
    3,
    -3,
    2.5,
    1e-20,
    -1e-20,
    709.78,
    710,
    -745,
    -746,
    1e300,
  ];

  test.each(["sin", "cos", "tan", "exp", "expm1", "log", "log1p", "tanh"] as const)("special cases of %s", (name) => {
    for (const x of more) {
      const [a, b] = [math[name](x), Math[name](x)];
      if (!close(a, b)) expect.fail(`${name}(${x}): ${a}, Math ${b}`);
      if (b === 0 || !Number.isFinite(b)) expect(a, `${name}(${x})`).toBe(b);
    }
  });

  test.each(["atan2", "pow"] as const)("special cases of %s", (name) => {
    for (const x of more)
      for (const y of [...more, 9007199254740991, -9007199254740991, 2 ** 53, 2 ** 70, 1 / 3]) {
        const [a, b] = [math[name](x, y), Math[name](x, y)];
        if (!close(a, b)) expect.fail(`${name}(${x}, ${y}): ${a}, Math ${b}`);
        if (b === 0 || !Number.isFinite(b)) expect(a, `${name}(${x}, ${y})`).toBe(b);
      }
  });

  test("overflow and underflow", () => {
    expect(math.exp(709.782712893384)).toBe(1.7976931348622732e308);
    expect(math.exp(709.7827128933841)).toBe(Infinity);
    expect(math.exp(-745.1332191019411)).toBe(5e-324);
    expect(math.exp(-745.1332191019412)).toBe(0);
    expect(math.pow(2, 1023)).toBe(2 ** 1023);
    expect(math.pow(2, 1024)).toBe(Infinity);
    expect(math.pow(2, -1074)).toBe(5e-324);
    expect(math.pow(2, -1075)).toBe(0);
  });

  test("exact powers are exact", () => {
    for (let n = 0; n <= 22; n++) expect(math.pow(10, n)).toBe(Number(`1e${n}`));
    for (let n = -1074; n < 1024; n++) expect(math.pow(2, n)).toBe(2 ** n);
    expect(math.pow(-3, 33)).toBe(-5559060566555523);
    expect(math.pow(6.25, 0.5)).toBe(2.5);
  });
});

test("fixed-point logarithm and exponential undo each other", () => {
  for (const x of [0.001, 0.3, 0.9999, 1, 1.5, 7.7, 120.25]) {
    const fixed = BigInt(Math.round(x * 2 ** 40)) << 88n;
    const back = fixedExponential(fixedLogarithm(fixed));
    expect(Math.abs(Number(back - fixed))).toBeLessThan(Number(fixed >> 100n) + 2 ** 20);
    expect(fixedToDouble(fixedLogarithm(fixed))).toBeCloseTo(Math.log(Math.round(x * 2 ** 40) / 2 ** 40), 13);
  }
});

test("every engine gives the same bits", () => {
  const results: number[] = [];
  for (let i = -3000; i <= 3000; i++) {
    const x = i / 97;
    const p = (i + 3001) / 512;
    results.push(math.sin(x), math.cos(x), math.tan(x), math.exp(x), math.expm1(x), math.tanh(x));
    results.push(math.sin(x * 1e12), math.cos(x * 1e200), math.log(p), math.log1p(p - 0.001), math.atan2(x, p - 5));
    results.push(math.pow(p, x), math.pow(p, 0.1), math.exp(x * 20), math.log(p * 1e-310));
  }
  expect(results.some(Number.isNaN)).toBe(false);
  const bytes = new DataView(new ArrayBuffer(results.length * 8));
  results.forEach((x, i) => bytes.setFloat64(8 * i, x, true));
  const hash = createHash("sha256").update(new Uint8Array(bytes.buffer)).digest("hex");
  expect(hash).toBe("f9bdc610f6e2099c26b4868bf4bfb9a7205a52eefe69c876ae590e01653df902");
});
