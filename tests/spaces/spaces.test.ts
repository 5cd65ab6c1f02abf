import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { createGenerator } from "../../src/random/index.ts";
import {
  box,
  contains,
  describeSpace,
  discrete,
  encode,
  elementSize,
  flatSize,
  maskSize,
  multiBinary,
  multiDiscrete,
  sameSpace,
  sample,
  spaceFromJson,
  spaceProblem,
  spaceToJson,
  type Space,
} from "../../src/spaces/index.ts";

describe("box", () => {
  test("takes one bound for all, or one for each", () => {
    expect(box(-1, 1, [2, 3])).toMatchObject({ kind: "box", shape: [2, 3], dtype: "float32" });
    expect([...box([-1, -Infinity], 2).low]).toEqual([-1, -Infinity]);
    expect([...box([-1, -2], 2, [2]).high]).toEqual([2, 2]);
    expect(box(-1, 1).shape).toEqual([1]);
    expect(box([1, 2, 3], [1, 2, 3]).shape).toEqual([3]);
    expect(box(0, 1, []).low).toHaveLength(1);
  });

  test.each([
    ["NaN", () => box(NaN, 1), /component 0 is NaN/],
    ["low above high", () => box([0, 3], [1, 2]), /low 3 is above high 2 at component 1/],
    ["no finite number", () => box(Infinity, Infinity), /no finite number/],
    ["lengths that disagree", () => box([0, 0], [1, 1, 1]), /low has 2 values, but the shape has 3/],
    ["a shape that disagrees", () => box([0, 0], 1, [3]), /low has 2 values, but the shape has 3/],
    ["a broken shape", () => box(0, 1, [2.5]), /shape \[2.5\] has 2.5/],
    ["no bound", () => box(undefined as unknown as number, 1), /must be a number/],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(InputError);
    expect(make).toThrow(message);
  });
});

describe("discrete", () => {
  test("begins at 0 unless told", () => {
    expect(discrete(3)).toEqual({ kind: "discrete", n: 3, start: 0 });
    expect(discrete(3, -1).start).toBe(-1);
  });

  test.each([0, -1, 2.5, NaN, Infinity, "2"])("refuses n = %s", (n) => {
    expect(() => discrete(n as number)).toThrow(/n is .*, but must be a whole number of at least 1/);
  });

  test("refuses a start that is no whole number", () => {
    expect(() => discrete(2, 0.5)).toThrow(InputError);
  });
});

describe("multiDiscrete and multiBinary", () => {
  test("keep a copy of what they are given", () => {
    const counts = [3, 2];
    const space = multiDiscrete(counts);
    counts[0] = 9;
    expect(space).toEqual({ kind: "multiDiscrete", counts: [3, 2] });
    expect(multiDiscrete(Int32Array.of(3, 2))).toEqual(space);
    expect(multiBinary(4)).toEqual({ kind: "multiBinary", n: 4 });
  });

  test.each([
    [[], /counts is empty/],
    [[2, 0], /counts\[1\] is 0, but must be a whole number of at least 1/],
    [[2.5], /counts\[0\] is 2.5/],
    [["2"], /counts\[0\] is "2"/],
    [3, /counts is 3, but must be an array/],
    [undefined, /counts is undefined/],
  ])("multiDiscrete refuses %j", (counts, message) => {
    expect(() => multiDiscrete(counts as number[])).toThrow(InputError);
    expect(() => multiDiscrete(counts as number[])).toThrow(message);
  });

  test.each([0, -1, 2.5, NaN, "2"])("multiBinary refuses n = %s", (n) => {
    expect(() => multiBinary(n as number)).toThrow(/MultiBinary: n is .*, but must be a whole number of at least 1/);
  });
});

describe("contains", () => {
  const space = box([-1, -Infinity], [0.7, Infinity]);
  test.each([
    [Float32Array.of(-1, 1e30), true],
    [[0.7, 0], true], // 0.7 rounds to the float32 bound, which is below the double 0.7
    [[0.70001, 0], false],
    [[NaN, 0], false],
    [[0, NaN], false],
    [[0], false],
    [[0, 0, 0], false],
    [["0", 0], false],
    [0, false],
    [null, false],
  ])("Box: %j is %s", (x, expected) => {
    expect(contains(space, x)).toBe(expected);
  });

  test.each([
    [-1, true],
    [1, true],
    [2, false],
    [-2, false],
    [0.5, false],
    [NaN, false],
    ["0", false],
    [[0], false],
  ])("Discrete(3, start −1): %j is %s", (x, expected) => {
    expect(contains(discrete(3, -1), x)).toBe(expected);
  });
});

describe("contains, of several choices", () => {
  test.each([
    [Int32Array.of(2, 1), true],
    [[0, 0], true],
    [Float32Array.of(2, 0), true],
    [[3, 0], false],
    [[0, 2], false],
    [[-1, 0], false],
    [[0.5, 0], false],
    [[NaN, 0], false],
    [[0], false],
    [[0, 0, 0], false],
    [0, false],
    [null, false],
  ])("MultiDiscrete([3, 2]): %j is %s", (x, expected) => {
    expect(contains(multiDiscrete([3, 2]), x)).toBe(expected);
  });

  test.each([
    [[0, 1, 1], true],
    [Int32Array.of(1, 1, 1), true],
    [[0, 2, 0], false],
    [[0, -1, 0], false],
    [[0, 1], false],
    [[true, false, true], false],
  ])("MultiBinary(3): %j is %s", (x, expected) => {
    expect(contains(multiBinary(3), x)).toBe(expected);
  });
});

const bound = fc.oneof(fc.double({ min: -100, max: 100, noNaN: true }), fc.constantFrom(-Infinity, Infinity));
const boxes = fc
  .array(fc.tuple(bound, bound), { minLength: 1, maxLength: 5 })
  .map((pairs) =>
    pairs.map(([a, b]) => (a === b && !Number.isFinite(a) ? [-Infinity, Infinity] : [Math.min(a, b), Math.max(a, b)])),
  )
  .map((pairs) =>
    box(
      pairs.map(([low]) => low),
      pairs.map(([, high]) => high),
    ),
  );
const spaces: fc.Arbitrary<Space> = fc.oneof(
  boxes,
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -5, max: 5 })).map(([n, start]) => discrete(n, start)),
  fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }).map(multiDiscrete),
  fc.integer({ min: 1, max: 9 }).map(multiBinary),
);

describe("sample", () => {
  test("draws elements, whatever the space", () => {
    fc.assert(
      fc.property(spaces, fc.nat(), (space, seed) => {
        const generator = createGenerator(seed);
        for (let k = 0; k < 20; k++) expect(contains(space, sample(space, generator))).toBe(true);
      }),
    );
  });

  test("reaches every element of Discrete", () => {
    const generator = createGenerator(0);
    const seen = new Set(Array.from({ length: 200 }, () => sample(discrete(4, 2), generator)));
    expect([...seen].sort()).toEqual([2, 3, 4, 5]);
  });

  test("fills a bounded Box from end to end", () => {
    const generator = createGenerator(0);
    const draws = Array.from({ length: 2000 }, () => sample(box(2, 4), generator)[0]);
    expect(Math.min(...draws)).toBeLessThan(2.02);
    expect(Math.max(...draws)).toBeGreaterThan(3.98);
    expect(draws.reduce((a, b) => a + b) / draws.length).toBeCloseTo(3, 1);
  });
});

describe("sample draws several choices as NumPy does", () => {
  // default_rng(7): (random(3) * [3, 2, 5]).astype(int); integers(0, 2, size, dtype=int8). Computed with NumPy 2.4.6.
  test("MultiDiscrete", () => {
    const generator = createGenerator(7);
    const space = multiDiscrete([3, 2, 5]);
    expect([0, 1].map(() => [...sample(space, generator)])).toEqual([
      [1, 1, 3],
      [0, 0, 4],
    ]);
  });

  test("MultiBinary, four of a word, a new word for each element", () => {
    const generator = createGenerator(7);
    expect([10, 3, 5].map((n) => sample(multiBinary(n), generator).join(""))).toEqual(["1011100110", "111", "01010"]);
    expect(generator.random()).toBe(0.22520718999059186);
  });
});

describe("sample from what a mask allows", () => {
  test.each<[Space, number[], unknown[]]>([
    [discrete(4, 2), [0, 1, 0, 1], [3, 5]],
    [
      multiDiscrete([3, 2]),
      [1, 0, 2, 0, 1],
      [
        [0, 1],
        [2, 1],
      ],
    ],
  ])("%j, %j", (space, mask, allowed) => {
    const generator = createGenerator(0);
    const seen = new Set<string>();
    for (let k = 0; k < 50; k++) {
      const x = sample(space, generator, mask);
      seen.add(JSON.stringify(typeof x === "number" ? x : [...x]));
    }
    expect([...seen].sort()).toEqual(allowed.map((x) => JSON.stringify(x)));
  });

  test("refuses masks that do not fit, or forbid everything", () => {
    const generator = createGenerator(0);
    expect(() => sample(discrete(2), generator, [1])).toThrow(/mask has 1 entries, but Discrete\(2\) takes 2/);
    expect(() => sample(discrete(2), generator, [0, 0])).toThrow(/forbids every action/);
    expect(() => sample(box(0, 1) as Space, generator, [1])).toThrow(InputError);
  });
});

describe("encode", () => {
  test("writes a Box as it is and Discrete as one-hot, at an offset, and nothing else", () => {
    const out = new Float32Array(8).fill(9);
    encode(box(-1, 1, [2]), [0.5, -0.5], out, 1);
    expect([...out]).toEqual([9, 0.5, -0.5, 9, 9, 9, 9, 9]);
    encode(discrete(3, 5), 6, out, 4);
    expect([...out]).toEqual([9, 0.5, -0.5, 9, 0, 1, 0, 9]);
  });

  test("writes one one-hot after the other, and MultiBinary as it is", () => {
    const out = new Float32Array(9).fill(9);
    encode(multiDiscrete([3, 2]), Int32Array.of(2, 0), out, 1);
    expect([...out]).toEqual([9, 0, 0, 1, 1, 0, 9, 9, 9]);
    encode(multiBinary(2), [0, 1], out, 6);
    expect([...out]).toEqual([9, 0, 0, 1, 1, 0, 0, 1, 9]);
  });

  test("flatSize is how much it writes", () => {
    expect(flatSize(multiDiscrete([3, 2, 4]))).toBe(9);
    expect(flatSize(multiBinary(4))).toBe(4);
    expect(flatSize(box(0, 1, [2, 3]))).toBe(6);
    expect(flatSize(discrete(5, 2))).toBe(5);
  });
});

test("elementSize and maskSize: numbers of an element, and of a mask", () => {
  const sizes = [box(0, 1, [2, 3]), discrete(5, 2), multiDiscrete([3, 2, 4]), multiBinary(4)].map((space) => {
    return [elementSize(space), maskSize(space)];
  });
  expect(sizes).toEqual([
    [6, 0],
    [1, 5],
    [3, 9],
    [4, 0],
  ]);
});

test.each([
  [multiDiscrete([3, 2]), "MultiDiscrete([3, 2])"],
  [multiBinary(4), "MultiBinary(4)"],
  [box(-4.8, 4.8, [4]), "Box(-4.8..4.8, shape (4,))"],
  [box([-4.8, -Infinity], [4.8, Infinity]), "Box([-4.8, -inf]..[4.8, inf], shape (2,))"],
  [box(0, 255, [84, 84]), "Box(0..255, shape (84, 84))"],
  [box([0, 0, 0, 0, 0, 0, 0, 0, -1], 1), "Box(within -1..1, shape (9,))"],
  [discrete(2), "Discrete(2)"],
  [discrete(3, -1), "Discrete(3, start -1)"],
])("describeSpace %#: %s", (space, expected) => {
  expect(describeSpace(space)).toBe(expected);
});

describe("spaces as JSON", () => {
  test("come back the same", () => {
    fc.assert(
      fc.property(spaces, (space) => {
        const back = spaceFromJson(JSON.parse(JSON.stringify(spaceToJson(space))));
        expect(sameSpace(back, space)).toBe(true);
        expect(back).toEqual(space);
      }),
    );
  });

  test.each([
    null,
    3,
    {},
    { kind: "multiBinary" },
    { kind: "multiDiscrete", counts: 3 },
    { kind: "box", low: [0], high: ["1"], shape: [1] },
    { kind: "discrete", n: 0, start: 0 },
  ])("%j is refused", (json) => {
    expect(() => spaceFromJson(json)).toThrow(InputError);
  });
});

test("sameSpace tells kinds, shapes, bounds and starts apart", () => {
  const different = [
    box(0, 1, [4]),
    box(0, 1, [2, 2]),
    box(0, 2, [4]),
    box(-1, 1, [4]),
    discrete(4),
    discrete(4, 1),
    discrete(5),
    multiDiscrete([4]),
    multiDiscrete([2, 2]),
    multiDiscrete([2, 3]),
    multiBinary(4),
    multiBinary(5),
  ];
  different.forEach((a, i) => different.forEach((b, j) => expect(sameSpace(a, b)).toBe(i === j)));
});

test.each([
  [box(-1, 1), null],
  [discrete(2), null],
  [multiDiscrete([2, 3]), null],
  [multiBinary(2), null],
  [{ kind: "multiDiscrete", counts: [2, 0] }, /^is MultiDiscrete, but counts\[1\] is 0/],
  [{ kind: "multiDiscrete" }, /^is MultiDiscrete, but counts is undefined/],
  [{ kind: "multiBinary", n: 0 }, /^is MultiBinary with n = 0/],
  [undefined, /^is undefined, but must be a space/],
  [{ kind: "Box" }, /^has kind "Box"/],
  [{ kind: "discrete", n: 2 }, /start = undefined/],
  [{ kind: "box", shape: [2], low: [0, 0], high: [1, 1] }, /Float32Array/],
  [{ ...box(0, 1, [2]), shape: [3] }, /3 components with 2 lower/],
  [{ ...box(0, 1, [2]), low: Float32Array.of(0, NaN) }, /component 1 has the bounds NaN..1/],
])("spaceProblem %#", (x, expected) => {
  if (expected === null) expect(spaceProblem(x)).toBeNull();
  else expect(spaceProblem(x)).toMatch(expected);
});
