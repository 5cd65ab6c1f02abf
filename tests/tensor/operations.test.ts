// The values of every operation, computed by hand; broadcasting; shapes and the messages when they do not fit.

import { describe, expect, test } from "vitest";
import {
  add,
  broadcastTo,
  clip,
  constant,
  div,
  exp,
  greater,
  greaterEqual,
  input,
  log,
  logSoftmax,
  matmul,
  maximum,
  mean,
  minimum,
  mul,
  named,
  neg,
  pick,
  place,
  relu,
  reshape,
  rowCount,
  select,
  sigmoid,
  softmax,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  sumTo,
  tanh,
  variable,
  type Shape,
  type Tensor,
} from "../../src/tensor/index.ts";
import { createRandom, evaluate, expectClose, uniform } from "./compare.ts";

/** Feeds the numbers to inputs of the given shapes, applies f, returns the values. */
function apply(f: (...x: Tensor[]) => Tensor, inputs: [Shape, number[]][], rows = 1): number[] {
  const tensors = inputs.map(([shape], i) => input(`x${i}`, shape));
  return [...evaluate(f(...tensors), new Map(tensors.map((t, i) => [t, inputs[i][1]])), rows)];
}

const vector = (f: (x: Tensor) => Tensor, numbers: number[]): number[] => apply(f, [[[numbers.length], numbers]]);
const pair = (f: (a: Tensor, b: Tensor) => Tensor, a: number[], b: number[]): number[] =>
  apply(f, [
    [[a.length], a],
    [[b.length], b],
  ]);

describe("elementwise", () => {
  test("neg, exp, log, sqrt, square, tanh, sigmoid, relu", () => {
    expect(vector(neg, [1, -2, 0.5])).toEqual([-1, 2, -0.5]);
    expectClose(vector(exp, [0, 1, -1]), [1, 2.718281828459045, 0.36787944117144233], 1e-15);
    expectClose(vector(log, [1, 2, 10]), [0, 0.6931471805599453, 2.302585092994046], 1e-15);
    expect(vector(log, [0])).toEqual([-Infinity]);
    expect(vector(log, [-1])).toEqual([NaN]);
    expect(vector(sqrt, [0, 4, 2.25])).toEqual([0, 2, 1.5]);
    expect(vector(square, [-3, 0, 0.5])).toEqual([9, 0, 0.25]);
    expectClose(vector(tanh, [0, 1, -0.5]), [0, 0.7615941559557649, -0.46211715726000974], 1e-15);
    expectClose(vector(sigmoid, [0, 1, -1]), [0.5, 0.7310585786300049, 0.2689414213699951], 1e-15);
    expect(vector(sigmoid, [1000, -1000, NaN])).toEqual([1, 0, NaN]);
    expect(vector(relu, [-1, 0, 2])).toEqual([0, 0, 2]);
  });

  test("add, sub, mul, div, minimum, maximum", () => {
    expect(pair(add, [1, 2], [10, -20])).toEqual([11, -18]);
    expect(pair(sub, [1, 2], [10, -20])).toEqual([-9, 22]);
    expect(pair(mul, [3, 2], [10, -20])).toEqual([30, -40]);
    expect(pair(div, [3, 2], [4, -8])).toEqual([0.75, -0.25]);
    expect(pair(minimum, [3, 2, 5], [4, -8, 5])).toEqual([3, -8, 5]);
    expect(pair(maximum, [3, 2, 5], [4, -8, 5])).toEqual([4, 2, 5]);
  });

  test("comparisons give 1 or 0", () => {
    expect(pair(greater, [1, 2, 3], [2, 2, 2])).toEqual([0, 0, 1]);
    expect(pair(greaterEqual, [1, 2, 3], [2, 2, 2])).toEqual([0, 1, 1]);
  });

  test("a NaN passes through minimum, maximum and relu, and compares as false", () => {
    expect(pair(minimum, [NaN, 1], [1, NaN])).toEqual([NaN, NaN]);
    expect(pair(maximum, [NaN, 1], [1, NaN])).toEqual([NaN, NaN]);
    expect(vector(relu, [NaN])).toEqual([NaN]);
    expect(pair(greater, [NaN, 1], [1, NaN])).toEqual([0, 0]);
    expect(pair(greaterEqual, [NaN, 1], [1, NaN])).toEqual([0, 0]);
  });

  test("numbers stand for constants on either side", () => {
    expect(vector((x) => sub(1, x), [3, 4])).toEqual([-2, -3]);
    expect(vector((x) => div(x, 4), [3, 4])).toEqual([0.75, 1]);
  });

  test("clip, also with tensors as bounds", () => {
    expect(vector((x) => clip(x, -1, 2), [-3, -1, 0, 2, 5])).toEqual([-1, -1, 0, 2, 2]);
    expect(pair((x, y) => clip(x, neg(y), y), [-3, -1, 0, 2, 5], [1, 2, 3, 1, 6])).toEqual([-1, -1, 0, 1, 5]);
  });

  test("select takes a where the condition is not 0, and is not touched by the other side", () => {
    expect(pair((c, x) => select(c, x, 7), [1, 0, -2], [10, 20, 30])).toEqual([10, 7, 30]);
    expect(pair((c, x) => select(c, 0, log(x)), [1, 0], [-1, 1])).toEqual([0, 0]);
  });

  test("stopGradient and named keep the value", () => {
    expect(vector(stopGradient, [1, -2])).toEqual([1, -2]);
    expect(vector((x) => named("twice x", mul(x, 2)), [1, -2])).toEqual([2, -4]);
    const x = input("x", []);
    expect(named("y", x)).toBe(x);
  });
});

describe("broadcasting", () => {
  const shapes = (a: Shape, b: Shape): Shape => add(input("a", a), input("b", b)).shape;

  test("result shapes", () => {
    expect(shapes(["rows", 3], [3])).toEqual(["rows", 3]);
    expect(shapes(["rows", 1], ["rows", 3])).toEqual(["rows", 3]);
    expect(shapes([], ["rows", 3])).toEqual(["rows", 3]);
    expect(shapes([1], ["rows"])).toEqual(["rows"]);
    expect(shapes([1, 3], ["rows", 1])).toEqual(["rows", 3]);
    expect(shapes([2, 1, 4], [3, 1])).toEqual([2, 3, 4]);
    expect(shapes([], [])).toEqual([]);
  });

  test("values", () => {
    const m: [Shape, number[]] = [
      ["rows", 3],
      [1, 2, 3, 4, 5, 6],
    ];
    expect(apply(add, [m, [[3], [10, 20, 30]]], 2)).toEqual([11, 22, 33, 14, 25, 36]);
    expect(
      apply(
        mul,
        [
          [
            ["rows", 1],
            [10, 100],
          ],
          m,
        ],
        2,
      ),
    ).toEqual([10, 20, 30, 400, 500, 600]);
    expect(apply(sub, [[[], [10]], m], 2)).toEqual([9, 8, 7, 6, 5, 4]);
    expect(
      apply(add, [
        [
          [2, 1],
          [10, 20],
        ],
        [[3], [1, 2, 3]],
      ]),
    ).toEqual([11, 12, 13, 21, 22, 23]);
    const cube = apply(add, [
      [
        [2, 1, 2],
        [0, 1, 2, 3],
      ],
      [
        [2, 1],
        [10, 20],
      ],
    ]);
    expect(cube).toEqual([10, 11, 20, 21, 12, 13, 22, 23]);
  });

  test("one row is as good as many", () => {
    expect(
      apply(
        mul,
        [
          [["rows", 1], [10]],
          [
            ["rows", 3],
            [1, 2, 3],
          ],
        ],
        1,
      ),
    ).toEqual([10, 20, 30]);
    expect(
      apply(
        add,
        [
          [
            ["rows", 3],
            [1, 2, 3],
          ],
          [[3], [1, 1, 1]],
        ],
        1,
      ),
    ).toEqual([2, 3, 4]);
  });

  test("broadcastTo repeats, sumTo sums back", () => {
    expect(apply((x) => broadcastTo(x, ["rows", 2]), [[[2], [1, 2]]], 3)).toEqual([1, 2, 1, 2, 1, 2]);
    expect(
      apply(
        (x) => broadcastTo(x, [2, 2]),
        [
          [
            [2, 1],
            [1, 2],
          ],
        ],
      ),
    ).toEqual([1, 1, 2, 2]);
    expect(apply((x) => broadcastTo(x, [2, 1, 2]), [[[2], [1, 2]]])).toEqual([1, 2, 1, 2]);
    const m: [Shape, number[]] = [
      ["rows", 2],
      [1, 2, 3, 4, 5, 6],
    ];
    expect(apply((x) => sumTo(x, [2]), [m], 3)).toEqual([9, 12]);
    expect(apply((x) => sumTo(x, ["rows", 1]), [m], 3)).toEqual([3, 7, 11]);
    expect(apply((x) => sumTo(x, [1, 2]), [m], 3)).toEqual([9, 12]);
    expect(apply((x) => sumTo(x, []), [m], 3)).toEqual([21]);
  });
});

describe("reductions", () => {
  const m: [Shape, number[]] = [
    ["rows", 3],
    [1, 2, 3, 4, 5, 6],
  ];
  const cube: [Shape, number[]] = [
    [2, 2, 2],
    [1, 2, 3, 4, 5, 6, 7, 8],
  ];

  test("sum", () => {
    expect(apply((x) => sum(x), [m], 2)).toEqual([21]);
    expect(apply((x) => sum(x, 0), [m], 2)).toEqual([5, 7, 9]);
    expect(apply((x) => sum(x, 1), [m], 2)).toEqual([6, 15]);
    expect(apply((x) => sum(x, -1), [m], 2)).toEqual([6, 15]);
    expect(apply((x) => sum(x, 1), [cube])).toEqual([4, 6, 12, 14]);
    expect(apply((x) => sum(x, [0, 2]), [cube])).toEqual([14, 22]);
    expect(apply((x) => sum(x, [2, -3]), [cube])).toEqual([14, 22]);
    expect(apply((x) => sum(x, []), [cube])).toEqual(cube[1]);
    expect(apply((x) => sum(x), [[[], [5]]])).toEqual([5]);
  });

  test("mean divides by the live number of rows", () => {
    expect(apply((x) => mean(x), [m], 2)).toEqual([3.5]);
    expect(apply((x) => mean(x, 0), [m], 2)).toEqual([2.5, 3.5, 4.5]);
    expect(apply((x) => mean(x, 1), [m], 2)).toEqual([2, 5]);
    expect(apply((x) => mean(x, [0, 1]), [m], 2)).toEqual([3.5]);
    expect(apply((x) => mean(x, [0, 2]), [cube])).toEqual([3.5, 5.5]);
    expect(apply((x) => mean(x), [[["rows"], [4]]], 1)).toEqual([4]);
    expect(apply(() => rowCount(), [m], 2)).toEqual([2]);
  });

  test("keepDims leaves axes of one", () => {
    const x = input("x", ["rows", 3]);
    expect(sum(x, 0, { keepDims: true }).shape).toEqual([1, 3]);
    expect(mean(x, 1, { keepDims: true }).shape).toEqual(["rows", 1]);
    expect(sum(x, undefined, { keepDims: true }).shape).toEqual([1, 1]);
    expect(apply((y) => sub(y, mean(y, -1, { keepDims: true })), [m], 2)).toEqual([-1, 0, 1, -1, 0, 1]);
  });
});

describe("matrices, softmax, indices", () => {
  test("matmul, each side transposed or not", () => {
    const [a, aT] = [
      [1, 2, 3, 4, 5, 6],
      [1, 4, 2, 5, 3, 6],
    ]; // [2, 3] and its transpose
    const [b, bT] = [
      [1, 0, 2, -1, 1, 3],
      [1, 2, 1, 0, -1, 3],
    ]; // [3, 2]
    const product = [8, 7, 20, 13];
    for (const transposeA of [false, true])
      for (const transposeB of [false, true])
        expect(
          apply(
            (x, y) => matmul(x, y, { transposeA, transposeB }),
            [
              [transposeA ? [3, 2] : [2, 3], transposeA ? aT : a],
              [transposeB ? [2, 3] : [3, 2], transposeB ? bT : b],
            ],
          ),
        ).toEqual(product);
  });

  test("matmul with rows: activations by weights, and summed over rows", () => {
    expect(
      apply(
        (x, w) => matmul(x, w),
        [
          [
            ["rows", 2],
            [1, 2, 3, 4, 5, 6],
          ],
          [
            [2, 1],
            [1, 10],
          ],
        ],
        3,
      ),
    ).toEqual([21, 43, 65]);
    const summed = apply((x, g) => matmul(x, g, { transposeA: true }), [
      [["rows", 2], [1, 2, 3, 4, 5, 6]],
      [["rows", 1], [1, 10, 100]],
    ], 3); // prettier-ignore
    expect(summed).toEqual([531, 642]);
  });

  test("logSoftmax and softmax", () => {
    expectClose(vector(logSoftmax, [0, 0]), [-Math.LN2, -Math.LN2], 1e-15);
    expectClose(vector(softmax, [0, Math.log(3)]), [0.25, 0.75], 1e-15);
    expectClose(
      apply(
        softmax,
        [
          [
            ["rows", 2],
            [0, Math.log(3), 5, 5],
          ],
        ],
        2,
      ),
      [0.25, 0.75, 0.5, 0.5],
      1e-15,
    );
    expect(vector(logSoftmax, [3])).toEqual([0]);
  });

  test("logSoftmax does not overflow, and holds −∞ where the logit does", () => {
    expect(vector(logSoftmax, [10000, 0])).toEqual([0, -10000]);
    expect(vector(logSoftmax, [-10000, -10000])).toEqual([-Math.LN2, -Math.LN2]);
    expect(vector(logSoftmax, [1, -Infinity])).toEqual([0, -Infinity]);
  });

  test("pick and place", () => {
    const x: [Shape, number[]] = [
      ["rows", 3],
      [1, 2, 3, 4, 5, 6],
    ];
    expect(apply(pick, [x, [["rows"], [2, 0]]], 2)).toEqual([3, 4]);
    expect(
      apply(
        (y, i) => place(y, i, 3),
        [
          [["rows"], [7, 8]],
          [["rows"], [2, 0]],
        ],
        2,
      ),
    ).toEqual([0, 0, 7, 8, 0, 0]);
    expect(
      apply(pick, [
        [[3], [1, 2, 3]],
        [[], [1]],
      ]),
    ).toEqual([2]);
    expect(
      apply(pick, [
        [
          [2, 2, 2],
          [1, 2, 3, 4, 5, 6, 7, 8],
        ],
        [
          [2, 2],
          [0, 1, 1, 0],
        ],
      ]),
    ).toEqual([1, 4, 6, 7]);
  });

  test("place is the transpose of pick: ⟨pick(x), g⟩ = ⟨x, place(g)⟩", () => {
    const random = createRandom(1);
    for (const [rows, n] of [
      [1, 1],
      [1, 4],
      [7, 3],
    ] as const) {
      const [x, g] = [uniform(random, rows * n), uniform(random, rows)];
      const index = [...g].map(() => Math.floor(random() * n));
      const dot = (p: number[], q: ArrayLike<number>) => p.reduce((total, v, i) => total + v * q[i], 0);
      const picked = apply(
        pick,
        [
          [["rows", n], [...x]],
          [["rows"], index],
        ],
        rows,
      );
      const placed = apply(
        (y, i) => place(y, i, n),
        [
          [["rows"], [...g]],
          [["rows"], index],
        ],
        rows,
      );
      expect(dot(picked, g)).toBeCloseTo(dot(placed, x), 14);
    }
  });

  test("an index that does not exist is an error", () => {
    for (const index of [3, -1, 0.5, NaN]) {
      expect(() =>
        apply(pick, [
          [[3], [1, 2, 3]],
          [[], [index]],
        ]),
      ).toThrow(`index ${index} is not one of 0..2`);
      expect(() =>
        apply(
          (x, i) => place(x, i, 3),
          [
            [[], [1]],
            [[], [index]],
          ],
        ),
      ).toThrow(RangeError);
    }
  });

  test("reshape keeps the order of elements", () => {
    expect(
      apply(
        (x) => sum(reshape(x, [3, 2]), 0),
        [
          [
            [2, 3],
            [1, 2, 3, 4, 5, 6],
          ],
        ],
      ),
    ).toEqual([9, 12]);
    expect(
      apply(
        (x) => sum(reshape(x, ["rows", 2, 2]), 1),
        [
          [
            ["rows", 4],
            [1, 2, 3, 4, 5, 6, 7, 8],
          ],
        ],
        2,
      ),
    ).toEqual([4, 6, 12, 14]);
    const x = input("x", [2, 3]);
    expect(reshape(x, [2, 3])).toBe(x);
  });
});

describe("shapes that do not fit", () => {
  const x = input("x", ["rows", 3]);
  const w = input("w", [3, 4]);
  const v = input("v", [4]);
  const n = input("n", ["rows"]);

  test.each<[string, () => Tensor, string]>([
    ["add of other sizes", () => add(x, v), "add: shapes [rows, 3] and [4] do not broadcast"],
    ["mul of rows with a fixed size", () => mul(x, w), "mul: shapes [rows, 3] and [3, 4] do not broadcast"],
    ["[rows] with [rows, 3]", () => sub(n, x), "sub: shapes [rows] and [rows, 3] do not broadcast"],
    ["[rows] with [rows, 1]", () => sub(n, sum(x, 1, { keepDims: true })), 'only the first may be "rows"'],
    ["select", () => select(x, v, 0), "select: shapes [rows, 3] and [4] do not broadcast"],
    ["matmul of other inner sizes", () => matmul(w, x), "matmul: [3, 4] times [rows, 3] is not defined"],
    ["matmul of a vector", () => matmul(v, w), "matmul: [4] is not a matrix"],
    [
      "matmul into columns of rows",
      () => matmul(w, x, { transposeA: true, transposeB: true }),
      "[4, 3] times [3, rows]",
    ],
    ["sum over no such axis", () => sum(x, 2), "axis 2 does not exist in shape [rows, 3]"],
    ["sum over a fractional axis", () => sum(x, 0.5), "axis 0.5 does not exist"],
    [
      "reshape to other sizes",
      () => reshape(w, [5, 2]),
      "reshape: [3, 4] has a different number of elements than [5, 2]",
    ],
    ["reshape away the rows", () => reshape(x, [3]), "reshape: [rows, 3] has a different number of elements than [3]"],
    ["reshape with rows inside", () => reshape(x, [3, "rows"]), 'only the first may be "rows"'],
    ["broadcastTo a smaller shape", () => broadcastTo(w, [1, 4]), "broadcastTo: [3, 4] does not broadcast to [1, 4]"],
    [
      "broadcastTo another shape",
      () => broadcastTo(w, [2, 4]),
      "broadcastTo: shapes [3, 4] and [2, 4] do not broadcast",
    ],
    ["pick with another index", () => pick(x, v), "pick: an index of shape [4] does not fit [rows, 3]"],
    ["pick from rows", () => pick(n, constant(0)), "pick: [rows] has no static last axis"],
    ["place with another index", () => place(v, n, 3), "place: an index of shape [rows] does not fit [4]"],
    ["logSoftmax over rows", () => logSoftmax(n), "logSoftmax: [rows] has no static last axis"],
    ["logSoftmax of a scalar", () => logSoftmax(constant(1)), "logSoftmax: [] has no static last axis"],
    ["input with a size of 0", () => input("empty", [0]), 'input "empty": shape [0] has 0 at axis 0'],
    ["input with a late rows", () => input("late", [2, "rows"]), 'input "late": shape [2, rows] has "rows" at axis 1'],
    ["variable of fractions", () => variable("half", [0.5]), 'variable "half": shape [0.5] has 0.5 at axis 0'],
  ])("%s", (_, build, message) => {
    expect(build).toThrow(message);
    expect(build).toThrow(TypeError);
  });
});
