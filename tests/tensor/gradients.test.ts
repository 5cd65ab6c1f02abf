// Gradients against central differences in float64: each operation, first and second derivatives; ties; networks;
// random graphs.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  broadcastTo,
  clip,
  constant,
  div,
  exp,
  gradients,
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
import { runReference } from "../../src/tensor/reference.ts";
import { concreteSize } from "../../src/tensor/graph/shape.ts";
import { topologicalOrder } from "../../src/tensor/graph/tensor.ts";
import {
  centralDifference,
  checkGradients,
  classes,
  createRandom,
  differenceOf,
  evaluate,
  expectClose,
  golden,
  relativeError,
  uniform,
  weightedSum,
} from "./compare.ts";
import { graphSettings, randomGraph } from "./random-graphs.ts";

/** Checks f's derivatives by all its inputs, which have these shapes and random values in [low, high). */
function check(
  f: (...x: Tensor[]) => Tensor,
  shapes: Shape[],
  options: { rows?: number; low?: number; high?: number; seed?: number; orders?: number } = {},
): void {
  const { rows = 3, low = -1.5, high = 1.5, seed = 1, orders = 2 } = options;
  const random = createRandom(seed);
  const inputs = shapes.map((shape, i) => input(`x${i}`, shape));
  const feeds = new Map(inputs.map((x) => [x, uniform(random, concreteSize(x.shape, rows), low, high)]));
  checkGradients(f(...inputs), feeds, inputs, { rows, orders });
}

describe("elementwise, first and second derivatives", () => {
  test.each<[string, (x: Tensor) => Tensor, number, number]>([
    ["neg", neg, -2, 2],
    ["exp", exp, -2, 2],
    ["log", log, 0.5, 3],
    ["sqrt", sqrt, 0.5, 3],
    ["square", square, -2, 2],
    ["tanh", tanh, -2, 2],
    ["sigmoid", sigmoid, -4, 4],
    ["relu above 0", relu, 0.1, 2],
    ["relu below 0", relu, -2, -0.1],
    ["stopGradient of a factor", (x) => mul(x, stopGradient(constant(3))), -2, 2],
    ["named", (x) => named("y", exp(x)), -2, 2],
    ["exp of tanh of square", (x) => exp(tanh(square(x))), -1, 1],
    ["x used in many places", (x) => mul(mul(x, x), add(x, mul(x, exp(x)))), -1, 1],
  ])("%s", (_, f, low, high) => {
    check(f, [[5]], { low, high, orders: 3 });
    check(f, [["rows", 2]], { low, high });
    check(f, [[]], { low, high });
  });

  const binaries: [string, (a: Tensor, b: Tensor) => Tensor][] = [
    ["add", add],
    ["sub", sub],
    ["mul", mul],
    ["div", div],
    ["minimum", minimum],
    ["maximum", maximum],
    ["minimum of products", (a, b) => minimum(mul(a, a), mul(a, b))],
    ["greater as a factor", (a, b) => mul(greater(a, b), mul(a, b))],
    ["greaterEqual as a factor", (a, b) => mul(greaterEqual(a, b), mul(a, b))],
    ["select", (a, b) => select(greater(a, b), mul(a, b), square(b))],
    ["clip with tensors as bounds", (a, b) => mul(clip(a, b, mul(b, 1.5)), a)],
  ];
  const shapes: [Shape, Shape][] = [
    [[4], [4]],
    [[], []],
    [["rows", 3], [3]],
    [[3], ["rows", 3]],
    [
      ["rows", 1],
      ["rows", 3],
    ],
    [
      ["rows", 3],
      ["rows", 1],
    ],
    [[], ["rows", 3]],
    [["rows", 3], []],
    [
      [1, 3],
      ["rows", 1],
    ],
    [["rows", 2, 1], [3]],
    [
      [2, 1, 2],
      [3, 1],
    ],
    [["rows"], [1]],
    [["rows"], ["rows"]],
  ];
  for (const [name, f] of binaries)
    test(`${name}, broadcast in every way`, () => {
      for (const [a, b] of shapes) for (const rows of [1, 2]) check(f, [a, b], { rows, low: 0.4, high: 2 });
    });
});

describe("shapes, reductions, products", () => {
  test("broadcastTo and sumTo", () => {
    for (const shape of [[], [1], [3], [1, 3], ["rows", 1], [1, 1]] as Shape[]) {
      check((x) => square(broadcastTo(x, ["rows", 3])), [shape]);
      check((x) => square(sumTo(x, shape)), [["rows", 3]]);
    }
    check((x) => square(broadcastTo(x, [2, 3, 2])), [[3, 1]]);
  });

  test("reshape", () => {
    check((x) => square(sum(reshape(x, [3, 2]), 0)), [[2, 3]]);
    check((x) => square(sum(reshape(x, ["rows", 2, 2]), 1)), [["rows", 4]]);
    check((x) => square(reshape(x, [])), [[1, 1]]);
  });

  const axes = [undefined, [], 0, 1, 2, -1, [0, 1], [0, 2], [1, 2], [0, 1, 2]] as const;
  test.each(axes)("sum and mean over %s, rows and static", (over) => {
    for (const keepDims of [false, true])
      for (const shape of [
        ["rows", 2, 3],
        [2, 1, 3],
      ] as Shape[])
        for (const rows of [1, 3]) {
          check((x) => square(sum(x, over, { keepDims })), [shape], { rows });
          check((x) => square(mean(x, over, { keepDims })), [shape], { rows });
        }
  });

  test("rowCount is a number like any other", () => {
    check((x) => div(square(x), rowCount()), [["rows", 2]]);
    expect([
      ...runReference({ outputs: { d: gradients(mean(input("x", ["rows"])), [rowCount()])[0] } }, new Map(), 2).outputs
        .d,
    ]).toEqual([0]);
  });

  test("matmul, each side transposed or not", () => {
    for (const transposeA of [false, true])
      for (const transposeB of [false, true])
        check(
          (a, b) => tanh(matmul(a, b, { transposeA, transposeB })),
          [transposeA ? [3, 2] : [2, 3], transposeB ? [4, 3] : [3, 4]],
        );
  });

  test("matmul with rows, in each place they may have", () => {
    for (const rows of [1, 4]) {
      check((x, w) => tanh(matmul(x, w)), [["rows", 2], [2, 3]], { rows }); // prettier-ignore
      check((x, w) => tanh(matmul(x, w, { transposeB: true })), [["rows", 2], [3, 2]], { rows }); // prettier-ignore
      check((x, g) => tanh(matmul(x, g, { transposeA: true })), [["rows", 2], ["rows", 3]], { rows }); // prettier-ignore
    }
  });

  test("logSoftmax and softmax", () => {
    for (const shape of [[4], ["rows", 3], [2, 3], [1]] as Shape[]) {
      check((x) => mul(logSoftmax(x), x), [shape]);
      check((x) => mul(softmax(x), x), [shape]);
    }
  });

  test("pick and place: gradients flow to the values", () => {
    const random = createRandom(5);
    for (const rows of [1, 4]) {
      const [x, y, index] = [input("x", ["rows", 3]), input("y", ["rows"]), input("index", ["rows"])];
      const feeds = new Map([
        [x, uniform(random, rows * 3)],
        [y, uniform(random, rows)],
        [index, classes(random, rows, 3)],
      ]);
      checkGradients(square(pick(tanh(x), index)), feeds, [x], { rows });
      checkGradients(square(place(tanh(y), index, 3)), feeds, [y], { rows });
      checkGradients(mul(pick(x, index), sum(place(square(y), index, 3), 1)), feeds, [x, y], { rows });
    }
  });
});

describe("where the derivative is a convention, and where there is none", () => {
  const by = (f: (...x: Tensor[]) => Tensor, ...values: number[][]): number[][] => {
    const inputs = values.map((v, i) => input(`x${i}`, [v.length]));
    const feeds = new Map(inputs.map((x, i) => [x, values[i]]));
    const { values: valuesOf } = runReference({ outputs: {} }, feeds);
    return gradients(sum(f(...inputs)), inputs).map((g) => [...valuesOf(g)].map((v) => v + 0)); // −0 is 0 here
  };

  test("minimum and maximum: ties go to the first", () => {
    expect(by(minimum, [1, 2, 3], [2, 2, 2])).toEqual([
      [1, 1, 0],
      [0, 0, 1],
    ]);
    expect(by(maximum, [1, 2, 3], [2, 2, 2])).toEqual([
      [0, 1, 1],
      [1, 0, 0],
    ]);
    expect(by((x) => minimum(x, x), [1, 2])).toEqual([[1, 1]]);
  });

  test("clip: 1 within and on the bounds, 0 outside; a bound that holds gets the gradient", () => {
    expect(by((x) => clip(x, -1, 1), [-2, -1, 0, 1, 2])).toEqual([[0, 1, 1, 1, 0]]);
    expect(by((x, low, high) => clip(x, low, high), [-2, 0, 2], [-1, -1, -1], [1, 1, 1])).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
  });

  test("the clipped objective of PPO: no gradient where the ratio has gone too far", () => {
    const surrogate = (ratio: Tensor, advantage: Tensor): Tensor =>
      minimum(mul(ratio, advantage), mul(clip(ratio, 0.8, 1.2), advantage));
    const [byRatio] = by(surrogate, [0.5, 1, 1.5, 0.5, 1, 1.5], [2, 2, 2, -2, -2, -2]);
    expect(byRatio).toEqual([2, 2, 0, 0, -2, -2]);
  });

  test("relu at 0 has derivative 0", () => {
    expect(by(relu, [-1, 0, 1])).toEqual([[0, 0, 1]]);
  });

  test("comparisons have a derivative of zero", () => {
    expect(by((x) => greater(x, 0), [-1, 0, 1])).toEqual([[0, 0, 0]]);
    expect(by((x) => greaterEqual(0, x), [-1, 0, 1])).toEqual([[0, 0, 0]]);
    expect(by((c, x) => select(stopGradient(c), x, neg(x)), [0, 1], [5, 6])).toEqual([
      [0, 0],
      [-1, 1],
    ]);
  });

  test("an index or a condition has none: who asks for it is told", () => {
    const [x, y, index, condition] = [input("x", ["rows", 3]), input("y", ["rows"]), input("index", ["rows"]), input("mask", ["rows"])]; // prettier-ignore
    expect(() => gradients(sum(pick(x, index)), [x, index])).toThrow(
      'gradients: pick has no derivative with respect to its index "index": an index is an integer',
    );
    expect(() => gradients(sum(place(y, mul(index, 2), 3)), [index])).toThrow("place has no derivative with respect to its index"); // prettier-ignore
    expect(() => gradients(sum(select(condition, y, 0)), [condition])).toThrow(
      'gradients: select has no derivative with respect to its condition "mask"',
    );
    // Behind other operations, and through a derivative, too.
    expect(() => gradients(exp(sum(select(square(condition), y, 0))), [y, condition])).toThrow(TypeError);
    const [slope] = gradients(sum(square(pick(x, index))), [x]);
    expect(() => gradients(sum(slope), [index])).toThrow("place has no derivative");
  });

  test("an index or a condition that does not depend on what is asked for is no matter", () => {
    const [x, index, condition] = [input("x", ["rows", 3]), input("index", ["rows"]), input("mask", ["rows"])];
    const loss = sum(select(condition, square(pick(x, index)), 0));
    const feeds = new Map([[x, [1, 2, 3, 4, 5, 6]], [index, [2, 0]], [condition, [1, 1]]]); // prettier-ignore
    checkGradients(loss, feeds, [x], { rows: 2, orders: 2 });
    // Nor one that depends on it only through a comparison, or that is taken as given.
    expect(() => gradients(sum(select(greater(pick(x, index), 0), 1, pick(x, index))), [x])).not.toThrow();
    expect(() => gradients(sum(pick(x, stopGradient(add(index, 0)))), [x, index])).not.toThrow();
  });

  test("select keeps the infinite derivative of the other side out", () => {
    expect(by((x) => select(greater(x, 0), log(select(greater(x, 0), x, 1)), 0), [0, 2])).toEqual([[0, 0.5]]);
  });

  test("a masked logit of −∞ leaves the other derivatives finite", () => {
    const [x, index] = [input("logits", [1, 3]), input("action", [1])];
    const feeds = new Map([
      [x, [0, -Infinity, 0]],
      [index, [0]],
    ]);
    const [g] = gradients(sum(pick(logSoftmax(x), index)), [x]);
    expectClose(evaluate(g, feeds), [0.5, 0, -0.5], 1e-15);
  });

  test("stopGradient stops; the value passes", () => {
    expect(by((x) => mul(x, stopGradient(x)), [3, -2])).toEqual([[3, -2]]);
    expect(by((x) => stopGradient(square(x)), [3, -2])).toEqual([[0, 0]]);
    expect(by((x) => add(stopGradient(exp(x)), square(x)), [3, -2])).toEqual([[6, -4]]);
  });

  test("zeros for what the scalar does not depend on, in its shape", () => {
    const [x, y] = [input("x", ["rows", 2]), variable("y", [3, 1])];
    const derivatives = gradients(sum(x), [y, x, y]);
    expect(derivatives.map((g) => g.shape)).toEqual([
      [3, 1],
      ["rows", 2],
      [3, 1],
    ]);
    const { values } = runReference({ outputs: {} }, new Map([[x, [1, 2, 3, 4]]]), 2);
    expect(derivatives.map((g) => [...values(g)])).toEqual([
      [0, 0, 0],
      [1, 1, 1, 1],
      [0, 0, 0],
    ]);
  });

  test("by tensors in between, by itself, by nothing", () => {
    const x = input("x", [2]);
    const y = square(x);
    const loss = sum(mul(y, y));
    const [byY, byX, byLoss] = gradients(loss, [y, x, loss]);
    const { values } = runReference({ outputs: {} }, new Map([[x, [3, -2]]]));
    expect([...values(byY)]).toEqual([18, 8]);
    expect([...values(byX)]).toEqual([108, -32]);
    expect([...values(byLoss)]).toEqual([1]);
    expect(gradients(loss, [])).toEqual([]);
  });

  test("only of scalars", () => {
    const x = input("x", ["rows", 2]);
    expect(() => gradients(x, [x])).toThrow("gradients: the first argument must be a scalar, not of shape [rows, 2]");
    expect(() => gradients(sum(x, 1), [x])).toThrow(TypeError);
  });

  test("a graph of ten thousand operations", () => {
    const x = input("x", []);
    let y: Tensor = x;
    for (let i = 0; i < 10_000; i++) y = add(y, 0.5);
    expect([...evaluate(gradients(mul(y, y), [x])[0], new Map([[x, [1]]]))]).toEqual([10002]);
  });
});

/** A network of one hidden layer, h = activation(x·W0 + b0), y = h·W1 + b1. */
function network(sizes: readonly [number, number, number], activation: (x: Tensor) => Tensor) {
  const [inputs, hidden, outputs] = sizes;
  const x = input("x", ["rows", inputs]);
  const parameters = [
    variable("W0", [inputs, hidden]),
    variable("b0", [hidden]),
    variable("W1", [hidden, outputs]),
    variable("b1", [outputs]),
  ] as const;
  const [w0, b0, w1, b1] = parameters;
  return { x, parameters, output: add(matmul(activation(add(matmul(x, w0), b0)), w1), b1) };
}

/** The gradient of ⟨gradients, vectors⟩: the Hessian of `scalar` times the vectors. */
function hessianVectorProduct(scalar: Tensor, wrt: readonly Tensor[], vectors: readonly Tensor[]): Tensor[] {
  const directional = gradients(scalar, wrt)
    .map((g, i) => sum(mul(g, vectors[i])))
    .reduce(add);
  return gradients(directional, wrt);
}

describe("networks", () => {
  test("gradient and Hessian-vector product of a small tanh network", () => {
    const rows = 5;
    const random = createRandom(11);
    const { x, parameters, output } = network([3, 4, 2], tanh);
    const loss = mean(square(sub(output, 0.3)));
    const vectors = parameters.map((p) => input(`direction of ${p.name}`, p.shape));
    const feeds = new Map(
      [x, ...parameters, ...vectors].map((t) => [t, uniform(random, concreteSize(t.shape, rows))] as const),
    );

    const derivatives = gradients(loss, parameters);
    const { values } = runReference({ outputs: {} }, feeds, rows);
    parameters.forEach((p, i) => {
      expectClose(values(derivatives[i]), differenceOf(loss, p, feeds, rows), 1e-8, `gradient by ${p.name}`);
    });

    // d/dt of the gradient at parameters + t·vector, at t = 0.
    const along = (t: number): ReadonlyMap<Tensor, ArrayLike<number>> => {
      const moved = new Map<Tensor, ArrayLike<number>>(feeds);
      parameters.forEach((p, i) => {
        const direction = feeds.get(vectors[i])!;
        moved.set(p, feeds.get(p)!.map((v, j) => v + t * direction[j])); // prettier-ignore
      });
      return moved;
    };
    hessianVectorProduct(loss, parameters, vectors).forEach((product, i) => {
      const expected = new Float64Array(values(product).length).map(
        (_, j) => centralDifference(([t]) => evaluate(derivatives[i], along(t), rows)[j], [0])[0],
      );
      expectClose(values(product), expected, 1e-8, `Hessian times vector by ${parameters[i].name}`);
    });
  });

  test("softmax policy, relu network: gradient of the mean log-probability and entropy", () => {
    const rows = 6;
    const random = createRandom(12);
    const { x, parameters, output } = network([3, 5, 4], relu);
    const actions = input("actions", ["rows"]);
    const logProbs = logSoftmax(output);
    const entropy = neg(sum(mul(exp(logProbs), logProbs), -1));
    const loss = sub(mean(pick(logProbs, actions)), mul(0.1, mean(entropy)));
    const feeds = new Map([x, ...parameters].map((t) => [t, uniform(random, concreteSize(t.shape, rows))] as const));
    feeds.set(actions, classes(random, rows, 4));
    checkGradients(loss, feeds, [x, ...parameters], { rows });
  });

  interface Fisher {
    x: number[][];
    params: [number[][], number[], number[][], number[]];
    vector: Fisher["params"];
    fisher_vector_product: Fisher["params"];
  }
  const fisher = golden<Fisher>("fisher");
  test.skipIf(!fisher)(
    "Fisher-vector product of PyTorch (skipped where ../shared/golden/losses.json is missing)",
    () => {
      const { x: observations, params, vector, fisher_vector_product: expected } = fisher!;
      const [inputs, hidden, outputs] = [params[0].length, params[1].length, params[3].length];
      const { x, parameters, output } = network([inputs, hidden, outputs], tanh);
      const logProbs = logSoftmax(output);
      const old = stopGradient(logProbs);
      const kl = mean(sum(mul(exp(old), sub(old, logProbs)), -1));
      const vectors = parameters.map((p) => input(`direction of ${p.name}`, p.shape));
      const feeds = new Map<Tensor, number[]>([[x, observations.flat()]]);
      parameters.forEach((p, i) => feeds.set(p, params[i].flat()));
      vectors.forEach((v, i) => feeds.set(v, vector[i].flat()));
      const { values } = runReference({ outputs: {} }, feeds);
      hessianVectorProduct(kl, parameters, vectors).forEach((product, i) => {
        expectClose(values(product), expected[i].flat(), 1e-9, parameters[i].name);
      });
      for (const g of gradients(kl, parameters)) expect(relativeError(values(g), values(g).map(() => 0), 1)).toBeLessThan(1e-15); // prettier-ignore
    },
  );
});

describe("random graphs", () => {
  test("gradients agree with central differences wherever those are sharp", () => {
    let compared = 0;
    let tried = 0;
    fc.assert(
      fc.property(graphSettings(), (setting) => {
        const { leaves, feeds, made: all, rows } = randomGraph(setting);
        const made = all.slice(-3);
        if (made.length === 0) return;
        // Smooth at the end too, so that second derivatives are not all zero.
        const scalar = tanh(mul(weightedSum(made, feeds, rows), 0.1));
        // What no gradient passes is to stay as it is when the leaves are moved.
        const { values } = runReference({ outputs: {} }, feeds, rows);
        for (const t of topologicalOrder([scalar])) if (t.operation.kind === "stopGradient") feeds.set(t, values(t));
        let [loss, tolerance] = [scalar, 1e-6];
        for (const order of [1, 2]) {
          const derivatives = gradients(loss, leaves);
          const { values } = runReference({ outputs: {} }, feeds, rows);
          for (const [i, leaf] of leaves.entries()) {
            const fine = differenceOf(loss, leaf, feeds, rows, 5e-4);
            const coarse = differenceOf(loss, leaf, feeds, rows, 1e-3);
            tried++;
            // A kink nearby, or values too large to difference: says nothing about the gradient.
            if (!(relativeError(fine, coarse, 1e-2) < tolerance / 3)) continue;
            compared++;
            const error = relativeError(values(derivatives[i]), fine, 1e-2);
            expect(error, `derivative ${order} by ${leaf.name}`).toBeLessThan(tolerance);
          }
          loss = weightedSum(derivatives, feeds, rows);
          tolerance = 1e-5;
        }
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(compared / tried).toBeGreaterThan(0.8);
  });
});
