// SeedSequence against numbers of NumPy 1.24.2, its state, and the named streams of a run.
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { SeedSequence, createGenerator, createStreams } from "../../src/random/index.ts";

describe("SeedSequence", () => {
  test("mixes arrays, long keys and children as NumPy does", () => {
    const sequence = new SeedSequence([1, 2 ** 40, 0, 7, 8], [3, 2 ** 33]);
    expect([...sequence.generateState(4)]).toEqual([178993331, 2420409005, 1147616905, 1447236322]);
    expect([...sequence.spawn(3)[2].generateState(2)]).toEqual([2244588286, 1220627495]);
  });

  test("numbers and bigints are the same seed", () => {
    for (const seed of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1])
      expect(new SeedSequence(seed).pool).toEqual(new SeedSequence(BigInt(seed)).pool);
  });

  test("children are told apart, and go on after those spawned before", () => {
    const a = new SeedSequence(1);
    const [first, second] = a.spawn(2);
    const [third] = a.spawn(1);
    expect([first, second, third].map((child) => child.spawnKey)).toEqual([[0], [1], [2]]);
    expect(new Set([a, first, second, third].map((s) => s.pool.join())).size).toBe(4);
    expect(a.childrenSpawned).toBe(3);
  });

  test("its state survives JSON", () => {
    for (const entropy of [5, 2n ** 90n, [1, 2n ** 40n]]) {
      const a = new SeedSequence(entropy, [4]);
      a.spawn(2);
      const b = SeedSequence.fromState(JSON.parse(JSON.stringify(a.getState())));
      expect(b.pool).toEqual(a.pool);
      expect(b.spawn(1)[0].pool).toEqual(a.spawn(1)[0].pool);
      expect(b.getState()).toEqual(a.getState());
    }
  });
});

describe("streams", () => {
  test("each purpose has its own fixed numbers", () => {
    const streams = createStreams(3);
    const keys = { initialization: 0, actions: 1, minibatches: 2, environments: 3, evaluation: 4 } as const;
    for (const [purpose, key] of Object.entries(keys)) {
      const sequence = streams(purpose as keyof typeof keys);
      expect(sequence.spawnKey).toEqual([key]);
      expect(sequence.pool).toEqual(new SeedSequence(3, [key]).pool);
    }
    const firsts = Object.keys(keys).map((purpose) => createGenerator(streams(purpose as "actions")).random());
    expect(new Set(firsts).size).toBe(5);
  });

  test("using one, or more environments, leaves the others alone", () => {
    const streams = createStreams(3);
    const two = streams("environments").spawn(2);
    const three = streams("environments").spawn(3);
    expect(three.slice(0, 2).map((s) => s.pool)).toEqual(two.map((s) => s.pool));
    expect(streams("actions").pool).toEqual(createStreams(3)("actions").pool);
    expect(streams("actions").pool).not.toEqual(createStreams(4)("actions").pool);
  });

  test("bad seeds and names are refused at once", () => {
    expect(() => createStreams(-1)).toThrow(InputError);
    for (const seed of ["1", undefined, null, {}]) expect(() => createStreams(seed as number)).toThrow(InputError);
    expect(() => createStreams(0)("toString" as "actions")).toThrow('unknown random stream "toString": known are init');
  });
});
