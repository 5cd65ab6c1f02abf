// Every number of the golden file of NumPy's generator, bit for bit.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SeedSequence, createGenerator } from "../../src/random/index.ts";

const path = new URL("../../../shared/golden/numpy_rng.json", import.meta.url);
const missing = !existsSync(path);
type Golden = Record<string, (number | string)[]> & { pcg64_state: string; pcg64_inc: string };
const seeds: Record<string, Golden> = missing ? {} : JSON.parse(readFileSync(path, "utf8")).seeds;

if (missing) test.skip("../shared/golden/numpy_rng.json is missing: NumPy's numbers are not compared");

describe.each(Object.keys(seeds))("NumPy's numbers, seed %s", (seed) => {
  const golden = seeds[seed];
  const fresh = () => createGenerator(Number(seed));
  const times = <T>(n: number, draw: () => T) => Array.from({ length: n }, () => draw());

  test("seed sequence and state", () => {
    for (const entropy of [Number(seed), BigInt(seed), [Number(seed)]]) {
      const sequence = new SeedSequence(entropy);
      expect([...sequence.pool]).toEqual(golden.seed_sequence_pool);
      expect([...sequence.generateState(8, "uint32")]).toEqual(golden.generate_state_uint32_8);
      expect([...sequence.generateState(4, "uint64")].map(String)).toEqual(golden.generate_state_uint64_4);
    }
    expect(fresh().getState()).toMatchObject({ state: golden.pcg64_state, inc: golden.pcg64_inc, hasUint32: 0 });
    const child = createGenerator(new SeedSequence(Number(seed)).spawn(1)[0]);
    expect(times(3, () => child.random())).toEqual(golden.spawn_child0_random_3);
  });

  const draws: [string, (g: ReturnType<typeof fresh>) => unknown[]][] = [
    ["raw_uint64_10", (g) => times(10, () => String(g.nextUint64()))],
    ["random_10", (g) => [...g.fillRandom(new Float64Array(10))]],
    ["random_scalar_10", (g) => times(10, () => g.random())],
    ["random_float32_10", (g) => times(10, () => g.randomFloat32())],
    ["uniform_-0.05_0.05_4", (g) => times(4, () => g.uniform(-0.05, 0.05))],
    ["uniform_-0.05_0.05_(4,)_float32_cast", (g) => [...g.fillUniform(new Float32Array(4), -0.05, 0.05)]],
    ["integers_0_10_10", (g) => [...g.fillIntegers(new Int32Array(10), 0, 10)]],
    ["integers_scalar_0_10_10", (g) => times(10, () => g.integers(0, 10))],
    ["integers_0_2_10", (g) => times(10, () => g.integers(0, 2))],
    ["integers_0_1000003_10", (g) => times(10, () => g.integers(0, 1000003))],
    ["integers_0_2pow40_10", (g) => times(10, () => g.integers(0, 2 ** 40))],
    ["integers_int64_full_10", (g) => times(10, () => String(g.integers64(-(2n ** 63n), 2n ** 63n)))],
    ["standard_normal_10", (g) => times(10, () => g.standardNormal())],
    ["standard_normal_float32_10", (g) => times(10, () => g.standardNormalFloat32())],
    ["normal_1.5_0.3_10", (g) => times(10, () => g.normal(1.5, 0.3))],
    ["standard_exponential_10", (g) => times(10, () => g.standardExponential())],
    ["permutation_10", (g) => [...g.permutation(10)]],
    ["shuffle_10", (g) => {
      const array = times(10, () => 0).map((_, i) => i);
      g.shuffle(array);
      return array;
    }],
    ["choice_10_of_10", (g) => [...g.choice(10, { size: 10 })]],
  ]; // prettier-ignore

  test.each(draws)("%s", (key, draw) => {
    expect(golden[key]).toBeDefined();
    expect(draw(fresh())).toEqual(golden[key]);
  });

  test("interleaved draws of 32 and 64 bits", () => {
    const g = fresh();
    const drawn = [g.random(), g.integers(0, 10), g.random(), g.integers(0, 10), g.integers(0, 10)];
    drawn.push(g.standardNormal(), g.uniform(-1, 1));
    expect(drawn).toEqual(golden.mixed_interleave);
  });

  test("100 000 normal draws", () => {
    const values = fresh().fillStandardNormal(new Float64Array(100_000));
    expect([...values.slice(-10)]).toEqual(golden.standard_normal_last10_of_100000);
    let sum = 0;
    let squares = 0;
    let largest = 0;
    for (const x of values) {
      sum += x;
      largest = Math.max(largest, Math.abs(x));
    }
    const mean = sum / values.length;
    for (const x of values) squares += (x - mean) ** 2;
    const actual = [sum, mean, Math.sqrt(squares / values.length), largest];
    golden.standard_normal_100000_sum_mean_std_maxabs.forEach((expected, i) =>
      expect(Math.abs(actual[i] / Number(expected) - 1)).toBeLessThan(1e-9),
    );
  });
});
