import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBfloat16, fromFloat16, largestHalf, toFloat16 } from "../../src/math/half.ts";

const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const isNaNHalf = (bits: number): boolean => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;

/** What a half is by definition. */
function value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const bitsOf = (floats: Float32Array): Uint32Array => new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
const half = (x: number): number => toFloat16(new Float32Array([x]))[0];

describe("halves", () => {
  test("all 65,536 are the numbers that the format defines", () => {
    const floats = fromFloat16(all);
    const wrong = all.filter((bits) => !Object.is(floats[bits], value(bits)));
    expect([...wrong]).toEqual([]);
  });

  test("all 65,536 come back from floats to the bit, the payloads of NaNs among them", () => {
    expect(toFloat16(fromFloat16(all))).toEqual(all);
  });

  test.each([
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [1 / 3, 0x3555],
    [largestHalf, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [1e30, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [-(2 ** -25) * 1.001, 0x8001],
    [1e-45, 0x0000],
    [NaN, 0x7e00],
  ])("%f is %i", (x, bits) => {
    expect(half(x)).toBe(bits);
  });

  test("a number in the middle of two goes to the even one, the floats beside it to the nearer", () => {
    const wrong: number[] = [];
    for (let low = 0; low < 0x7bff; low++) {
      const middle = new Float32Array([(value(low) + value(low + 1)) / 2]); // exact: a float has 13 bits more
      const [bits] = bitsOf(middle);
      const beside = new Float32Array(new Uint32Array([bits - 1, bits, bits + 1]).buffer);
      const [below, at, above] = toFloat16(beside);
      if (below !== low || at !== low + (low & 1) || above !== low + 1) wrong.push(low);
    }
    expect(wrong).toEqual([]);
  });

  test("no NaN becomes an infinity, and signs stay", () => {
    const any = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(any, (bits) => {
        const x = new Float32Array(Uint32Array.of(bits).buffer);
        const [to] = toFloat16(x);
        expect(isNaNHalf(to)).toBe(Number.isNaN(x[0]));
        expect(to >>> 15).toBe(bits >>> 31);
      }),
      { numRuns: 2000 },
    );
  });

  test("of a part of an array, that part", () => {
    expect(toFloat16(new Float32Array([1, 2, 3]).subarray(1, 2))).toEqual(Uint16Array.of(0x4000));
    expect(fromFloat16(Uint16Array.of(1, 0x4000, 3).subarray(1, 2))).toEqual(Float32Array.of(2));
  });
});

test("all 65,536 bfloat16 numbers are the upper halves of floats", () => {
  const floats = bitsOf(fromBfloat16(all));
  expect(floats.every((bits, upper) => bits === upper * 65_536)).toBe(true);
  expect([...fromBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x3dcd, 0x7f80))]).toEqual([1, -2, 0.10009765625, Infinity]);
});
