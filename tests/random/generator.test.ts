// The generator against numbers drawn with NumPy 1.24.2, and its own promises: state, errors, statistics.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { createGenerator } from "../../src/random/index.ts";
import type { GeneratorState } from "../../src/random/index.ts";

describe("numbers that numpy.random.default_rng gives", () => {
  test("a seed above 2^64", () => {
    const g = createGenerator(2n ** 64n + 5n);
    expect([g.random(), g.random(), g.random()]).toEqual([0.7426581154321283, 0.3910139257952745, 0.6852110025606437]);
    expect([...g.fillIntegers(new Int32Array(5), 0, 6)]).toEqual([4, 2, 1, 5, 2]);
  });

  test("all kinds of draws in turn", () => {
    const g = createGenerator(7);
    expect([
      g.random(),
      g.integers(0, 7),
      g.randomFloat32(),
      g.integers(0, 2 ** 40),
      g.integers(0, 2 ** 32),
      g.standardNormal(),
      g.integers(-5, 2 ** 31, { endpoint: true }),
      g.standardExponential(),
      g.standardNormalFloat32(),
    ]).toEqual([
      0.625095466604667, 4, 0.8972137570381165, 852875435924, 3580503874, -0.45467078517172255, 483628753,
      3.3836373514362537, 1.3030691146850586,
    ]); // prettier-ignore
  });

  test("a range that rejects a quarter of the draws", () => {
    const expected = [275895278, 578019063, 762820035, 584216872, 2581085717, 1875275178, 126913354, 1070096069];
    const g = createGenerator(3);
    expect(expected.map(() => g.integers(0, 3 * 2 ** 30))).toEqual(expected);
  });

  test("permutation, and the same in place", () => {
    const expected = [4, 6, 10, 0, 1, 3, 8, 7, 2, 5, 9, 11];
    expect([...createGenerator(7).permutation(12)]).toEqual(expected);
    expect([...createGenerator(7).fillPermutation(new Int32Array(12).fill(9))]).toEqual(expected);
    const letters = [..."abcdefghijkl"];
    createGenerator(7).shuffle(letters);
    expect(letters).toEqual(expected.map((i) => "abcdefghijkl"[i]));
  });

  test("choice in all its ways", () => {
    const g = createGenerator(7);
    const p = [0.1, 0.2, 0.3, 0.4];
    expect([...g.choice(20, { size: 5, replace: false })]).toEqual([10, 12, 15, 11, 17]);
    expect([...g.choice(20, { size: 5, replace: false, shuffle: false })]).toEqual([4, 16, 15, 17, 0]);
    expect(g.choice([..."abcd"], { size: 6, p })).toEqual([..."ddccbb"]);
    expect([...g.choice(4, { size: 3, replace: false, p })]).toEqual([2, 3, 1]);
    const many = g.choice(20001, { size: 5000, replace: false });
    expect([...many.slice(0, 4)]).toEqual([16953, 14959, 10061, 9321]);
    expect(new Set(many).size).toBe(5000);
    expect(g.choice(9)).toBe(4);
  });

  test("the tails of the Ziggurat", () => {
    const g = createGenerator(3);
    expect(g.fillStandardNormal(new Float64Array(100_000))[90385]).toBe(4.369477573047474);
    expect(g.fillStandardExponential(new Float64Array(100_000))[91460]).toBe(11.36748118377641);
  });
});

describe("state", () => {
  test("is NumPy's, with the waiting half draw", () => {
    const g = createGenerator(7);
    g.integers(0, 5);
    expect(g.getState()).toEqual({
      bitGenerator: "PCG64",
      state: "202649823521392248019888743452465977457",
      inc: "261136684632268670825940853076396136793",
      hasUint32: 1,
      uinteger: 2684764585,
    });
  });

  test("survives JSON after any calls", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 130n), fc.nat(9), (seed, calls) => {
        const a = createGenerator(seed);
        for (let i = 0; i < calls; i++) for (const next of [a.randomFloat32, a.random, a.standardNormal]) next.call(a);
        const b = createGenerator(0);
        b.setState(JSON.parse(JSON.stringify(a.getState())) as GeneratorState);
        const draw = (g: typeof a) => [
          g.integers(0, 9),
          g.random(),
          g.integers(0, 9),
          g.standardNormal(),
          g.nextUint64(),
        ];
        expect(draw(b)).toEqual(draw(a));
        expect(b.getState()).toEqual(a.getState());
      }),
      { numRuns: 50 },
    );
  });

  test("the step of PCG64 is multiplication modulo 2^128", () => {
    const multiplier = 0x2360ed051fc65da44385df649fccf645n;
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 128n - 1n), fc.bigInt(0n, 2n ** 127n - 1n), (state, stream) => {
        const inc = 2n * stream + 1n;
        const g = createGenerator(0);
        g.setState({ bitGenerator: "PCG64", state: `${state}`, inc: `${inc}`, hasUint32: 0, uinteger: 0 });
        const next = BigInt.asUintN(128, state * multiplier + inc);
        const folded = BigInt.asUintN(64, (next >> 64n) ^ next);
        const rotation = next >> 122n;
        const output = BigInt.asUintN(64, (folded >> rotation) | (folded << (64n - rotation)));
        expect(g.nextUint64()).toBe(output);
        expect(g.getState().state).toBe(`${next}`);
      }),
      { numRuns: 2000, examples: [[2n ** 128n - 1n, 2n ** 127n - 1n], [0n, 0n], [2n ** 32n - 1n, 2n ** 127n - 1n]] }, // prettier-ignore
    );
  });

  test("seed() starts over, and drops the waiting half", () => {
    const g = createGenerator(1);
    g.integers(0, 5);
    g.seed(42);
    expect(g.getState()).toEqual(createGenerator(42).getState());
  });

  test.each([
    [{ state: "-1" }, /state must be a 128-bit integer/],
    [{ state: `${2n ** 128n}` }, /state must be a 128-bit integer/],
    [{ inc: "2" }, /inc must be odd/],
    [{ uinteger: -1 }, /uinteger/],
    [{ hasUint32: 2 }, /hasUint32/],
    [{ bitGenerator: "MT19937" }, /MT19937/],
  ])("refuses %o and stays as it was", (change, message) => {
    const g = createGenerator(1);
    const before = g.getState();
    expect(() => g.setState({ ...before, ...change } as GeneratorState)).toThrow(message);
    expect(g.getState()).toEqual(before);
  });
});

describe("draws", () => {
  test("filling gives what single calls give", () => {
    const single = createGenerator(11);
    const filled = createGenerator(11);
    const check = (out: ArrayLike<number>, draw: () => number) =>
      expect(Array.from(out)).toEqual(Array.from(out, draw));
    check(filled.fillRandom(new Float64Array(9)), () => single.random());
    check(filled.fillRandomFloat32(new Float32Array(9)), () => single.randomFloat32());
    check(filled.fillUniform(new Float64Array(9), 2, 5), () => single.uniform(2, 5));
    check(filled.fillNormal(new Float64Array(9), 1, 2), () => single.normal(1, 2));
    check(filled.fillStandardNormalFloat32(new Float32Array(9)), () => single.standardNormalFloat32());
    check(filled.fillStandardExponential(new Float64Array(9)), () => single.standardExponential());
    check(filled.fillIntegers(new Int32Array(9), -3, 3, { endpoint: true }), () => single.integers(-3, 4));
    expect(filled.getState()).toEqual(single.getState());
  });

  test("integers stay in their range and reach both ends", () => {
    const g = createGenerator(5);
    for (const [low, high] of [
      [0, 1],
      [0, 2],
      [-3, 4],
      [2 ** 52, 2 ** 52 + 3],
      [-1, 0],
    ] as const) {
      // prettier-ignore
      const seen = new Set(Array.from({ length: 300 }, () => g.integers(low, high)));
      expect(Math.min(...seen)).toBe(low);
      expect(Math.max(...seen)).toBe(high - 1);
      expect(seen.size).toBe(high - low);
    }
  });

  test("each order of three is as likely as another", () => {
    const g = createGenerator(6);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const key = g.permutation(3).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150); // five standard deviations
  });

  test("errors say what was wrong", () => {
    const g = createGenerator(0);
    for (const seed of [-1, 0.5, NaN, -1n, 2 ** 53, [1, -2]]) expect(() => createGenerator(seed)).toThrow(InputError);
    expect(() => g.integers(3, 3)).toThrow("no integers from 3 to below 3");
    expect(() => g.integers(0, 2.5)).toThrow(InputError);
    expect(() => g.integers64(0n, 2n ** 64n + 1n)).toThrow(InputError);
    expect(() => g.choice(0)).toThrow(InputError);
    expect(() => g.choice(3, { size: 4, replace: false })).toThrow("cannot draw 4 of 3");
    expect(() => g.choice(3, { p: [0.5, 0.6, 0.1] })).toThrow("sum to");
    expect(() => g.choice(3, { p: [0.5, 0.5] })).toThrow("2 probabilities for 3 elements");
    expect(() => g.choice(3, { p: [1.5, -0.5, 0] })).toThrow("probability 1 is -0.5");
    expect(() => g.choice(3, { size: 2, replace: false, p: [1, 0, 0] })).toThrow("probability above 0");
  });
});
