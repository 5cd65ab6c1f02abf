// The engine, fast and strict, against the float64 reference: every operation, every broadcast, row counts across
// blocks, random graphs and their derivatives, updates; and what holds to the bit.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  adamStep,
  assign,
  broadcastTo,
  clip,
  constant,
  createEngine,
  div,
  exp,
  finite,
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
  type Engine,
  type Shape,
  type Tensor,
} from "../../src/tensor/index.ts";
import { blockRows, maxSlots } from "../../src/tensor/compile/plan.ts";
import { runReference, type Feeds } from "../../src/tensor/reference.ts";
import { concreteSize, hasRows } from "../../src/tensor/graph/shape.ts";
import { topologicalOrder } from "../../src/tensor/graph/tensor.ts";
import { engines, runOnEngine } from "./backends.ts";
import { classes, createRandom, expectClose, relativeError, uniform, weightedSum } from "./compare.ts";
import { graphSettings, randomGraph } from "./random-graphs.ts";

const tolerance = 1e-5;

/** Random float32 values for inputs x0, x1, … of these shapes. */
function randomInputs(shapes: readonly Shape[], rows: number, low: number, high: number, seed = 1) {
  const random = createRandom(seed);
  const inputs = shapes.map((shape, i) => input(`x${i}`, shape));
  const feeds = new Map<Tensor, ArrayLike<number>>(
    inputs.map((x) => [x, uniform(random, concreteSize(x.shape, rows), low, high).map(Math.fround)]),
  );
  return { inputs, feeds };
}

/** Asserts that both agree on every output of a graph. */
function compare(engine: Engine, outputs: Record<string, Tensor>, feeds: Feeds, rows: number, label = ""): void {
  const expected = runReference({ outputs }, feeds, rows).outputs;
  const actual = runOnEngine(engine, { outputs }, feeds, rows).outputs;
  for (const name of Object.keys(outputs))
    expectClose(actual[name], expected[name], tolerance, `${label} ${name}, ${rows} rows`);
}

const bits = (x: Float32Array): Uint32Array => new Uint32Array(x.buffer, x.byteOffset, x.length);

/** Asserts the same bits; NaN equals NaN, and −0 is not 0. */
function expectSameBits(actual: Float32Array, expected: Float32Array, label: string): void {
  const [a, b] = [bits(actual), bits(expected)];
  expect(a.length, `${label}: length`).toBe(b.length);
  for (let i = 0; i < a.length; i++)
    if (a[i] !== b[i]) expect.fail(`${label}: element ${i} is ${actual[i]}, not ${expected[i]}`);
}

describe.each(engines)("$name against the reference", ({ engine }) => {
  const unaries: [string, (x: Tensor) => Tensor, number, number][] = [
    ["neg", neg, -2, 2],
    ["exp", exp, -20, 20],
    ["log", log, 1e-6, 100],
    ["sqrt", sqrt, 0, 100],
    ["square", square, -20, 20],
    ["tanh", tanh, -5, 5],
    ["sigmoid", sigmoid, -20, 20],
    ["relu", relu, -2, 2],
    ["finite", finite, -2, 2],
    ["stopGradient", stopGradient, -2, 2],
    ["clip", (x) => clip(x, -0.5, 1), -2, 2],
    ["named", (x) => named("y", exp(x)), -2, 2],
    ["softmax", (x) => softmax(reshape(x, [1, ...x.shape.filter((d) => d !== "rows")])), -5, 5],
  ];
  test.each(unaries)("%s of 1 to 40 elements, with and without rows", (name, f, low, high) => {
    for (let n = 1; n <= 40; n++) {
      const { inputs, feeds } = randomInputs([[n]], 1, low, high, n);
      compare(engine, { y: f(inputs[0]) }, feeds, 1, name);
    }
    if (name === "softmax") return;
    for (const [rows, width] of [
      [1, 1],
      [1, 3],
      [3, 1],
      [5, 3],
      [4, 4],
      [67, 5],
      [129, 2],
    ] as const)
      // prettier-ignore
      for (const shape of [["rows", width], ["rows", width, 2]] as Shape[]) { // prettier-ignore
        const { inputs, feeds } = randomInputs([shape], rows, low, high, rows);
        compare(engine, { y: f(inputs[0]) }, feeds, rows, name);
      }
  });

  const binaries: [string, (a: Tensor, b: Tensor) => Tensor][] = [
    ["add", add],
    ["sub", sub],
    ["mul", mul],
    ["div", div],
    ["minimum", minimum],
    ["maximum", maximum],
    ["greater", greater],
    ["greaterEqual", greaterEqual],
    ["select by a", (a, b) => select(greater(a, 1), a, b)],
  ];
  /**
   * Every way that two shapes broadcast: each axis is of a alone, of b alone, of both or of none, in one to three axes.
   */
  const broadcasts: [Shape, Shape][] = [];
  for (const sizes of [[5], [2, 3], [4, 5], ["rows"], ["rows", 3], ["rows", 4], [2, 3, 4], ["rows", 2, 3]] as Shape[]) {
    const patterns = sizes.reduce<Shape[]>(
      (all, d) =>
        all.flatMap((s) => [
          [...s, d],
          [...s, 1],
        ]),
      [[]],
    );
    const shorter = (s: Shape): Shape[] => [s, ...s.flatMap((_, i) => (s.slice(0, i + 1).every((d) => d === 1) ? [s.slice(i + 1)] : []))]; // prettier-ignore
    for (const a of patterns.flatMap(shorter)) for (const b of patterns.flatMap(shorter)) broadcasts.push([a, b]);
  }

  test.each(binaries)("%s, broadcast in every way", (name, f) => {
    expect(broadcasts.length).toBeGreaterThan(200);
    for (const [i, [a, b]] of broadcasts.entries()) {
      const rows = [1, 3, 6][i % 3];
      const { inputs, feeds } = randomInputs([a, b], rows, 0.4, 2, i);
      const y = f(inputs[0], inputs[1]);
      compare(engine, { y }, feeds, rows, `${name} of [${a.join()}] and [${b.join()}]`);
    }
  });

  test("binary operations of one tensor, of constants, of four axes", () => {
    const { inputs, feeds } = randomInputs([["rows", 3], [2, 1, 3, 1], [3, 1, 2]], 5, 0.5, 2); // prettier-ignore
    const [x, a, b] = inputs as [Tensor, Tensor, Tensor];
    compare(engine, {
      twice: add(x, x), quotient: div(x, x), left: sub(1, x), right: div(x, 3), constants: add(mul(constant(2), 3), 4),
      fourAxes: mul(a, b), fourAxesWithRows: add(reshape(x, ["rows", 1, 3, 1]), b),
    }, feeds, 5); // prettier-ignore
  });

  test("broadcastTo and sumTo, every pair of shapes", () => {
    for (const [i, [a, b]] of broadcasts.entries()) {
      const rows = [1, 3, 6][i % 3];
      const { inputs, feeds } = randomInputs([a], rows, -1, 1, i);
      const to = add(inputs[0], input("b", b)).shape;
      const repeated = broadcastTo(inputs[0], to);
      compare(engine, { repeated, back: sumTo(mul(repeated, repeated), a) }, feeds, rows, `[${a.join()}] to [${to.join()}]`); // prettier-ignore
    }
  });

  test("sums and means over every set of axes are exact on whole numbers", () => {
    const random = createRandom(3);
    for (const shape of [
      [7],
      [3, 5],
      [2, 3, 18],
      [1, 17],
      [2, 3, 2, 5],
      ["rows"],
      ["rows", 5],
      ["rows", 2, 19],
      ["rows", 3, 1],
    ] as Shape[])
      // prettier-ignore
      for (const rows of hasRows(shape) ? [1, 2, 65, 200] : [1]) {
        const x = input("x", shape);
        const feeds = new Map([[x, classes(random, concreteSize(shape, rows), 17).map((v) => v - 8)]]);
        const sets = shape.reduce<number[][]>((all, _, axis) => all.flatMap((s) => [s, [...s, axis]]), [[]]);
        const outputs: Record<string, Tensor> = {};
        for (const axes of sets)
          for (const keepDims of [false, true]) {
            outputs[`sum over ${axes} ${keepDims}`] = sum(x, axes, { keepDims });
            outputs[`mean over ${axes} ${keepDims}`] = mean(x, axes, { keepDims });
          }
        const expected = runReference({ outputs }, feeds, rows).outputs;
        const actual = runOnEngine(engine, { outputs }, feeds, rows).outputs;
        for (const name of Object.keys(outputs))
          if (name.startsWith("sum")) expect([...actual[name]].map((v) => v + 0), `${name} of [${shape.join()}]`).toEqual([...expected[name]].map((v) => v + 0)); // prettier-ignore
          else expectClose(actual[name], expected[name], 1e-6, `${name} of [${shape.join()}]`);
      }
  });

  test("logSoftmax, pick and place of 1 to 20 classes", () => {
    const random = createRandom(4);
    for (let n = 1; n <= 20; n++)
      for (const rows of [1, 2, 7, 66]) {
        const [x, y, index] = [input("x", ["rows", n]), input("y", ["rows"]), input("index", ["rows"])];
        const feeds = new Map<Tensor, ArrayLike<number>>([
          [x, uniform(random, rows * n, -9, 9).map(Math.fround)],
          [y, uniform(random, rows).map(Math.fround)],
          [index, classes(random, rows, n)],
        ]);
        const outputs = { l: logSoftmax(x), s: softmax(x), pick: pick(x, index), place: place(y, index, n) };
        compare(engine, outputs, feeds, rows, `${n} classes`);
        const { s } = runOnEngine(engine, { outputs }, feeds, rows).outputs;
        for (let i = 0; i < rows; i++) {
          const total = s.slice(i * n, (i + 1) * n).reduce((p, q) => p + q, 0);
          expect(Math.abs(total - 1)).toBeLessThan(1e-6);
        }
      }
    const x = input("x", [2, 3, 4]);
    const index = input("index", [2, 3]);
    const feeds = new Map<Tensor, ArrayLike<number>>([[x, uniform(random, 24)], [index, [0, 3, 1, 2, 2, 0]]]); // prettier-ignore
    compare(engine, { l: logSoftmax(x), p: pick(x, index), q: place(index, index, 5) }, feeds, 1);
  });

  test("logSoftmax of large, equal and masked logits", () => {
    const x = input("x", ["rows", 3]);
    const logits = [1000, 0, -1000, -5000, -5000, -5000, 0, -Infinity, 0, 3e38, 0, 0, NaN, 0, 0];
    const { y } = runOnEngine(engine, { outputs: { y: logSoftmax(x) } }, new Map([[x, logits]]), 5).outputs;
    expectClose(y.slice(0, 3), [0, -1000, -2000], 1e-6);
    expectClose(y.slice(3, 6), [-Math.log(3), -Math.log(3), -Math.log(3)], 1e-6);
    expect(y[7]).toBe(-Infinity);
    expectClose([y[6], y[8]], [-Math.log(2), -Math.log(2)], 1e-6);
    expect(y[9]).toBe(0);
    expect([...y.slice(12)]).toEqual([NaN, NaN, NaN]);
  });

  test("pick gives NaN where the index is none of the classes; place gives zeros", () => {
    const [x, index] = [input("x", ["rows", 2]), input("index", ["rows"])];
    const outputs = { p: pick(x, index), q: place(index, index, 2) };
    const feeds = new Map([[x, [1, 2, 3, 4, 5, 6, 7, 8]], [index, [1, 2, -1, 9]]]); // prettier-ignore
    const { p, q } = runOnEngine(engine, { outputs }, feeds, 4).outputs;
    expect([...p]).toEqual([2, NaN, NaN, NaN]);
    expect([...q.slice(2)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("NaN, infinities and signed zeros as in IEEE 754", () => {
    const special = [0, -0, 1, -1, Infinity, -Infinity, NaN];
    const pairs = special.flatMap((a) => special.map((b) => [a, b] as const));
    const [a, b] = [input("a", [pairs.length]), input("b", [pairs.length])];
    const feeds = new Map([[a, pairs.map(([p]) => p)], [b, pairs.map(([, q]) => q)]]); // prettier-ignore
    const outputs: Record<string, Tensor> = { select: select(a, b, 7), neg: neg(a), sqrt: sqrt(a), square: square(a) };
    outputs.finite = finite(a);
    for (const [name, f] of binaries) outputs[name] = f(a, b);
    const expected = runReference({ outputs }, feeds, 1).outputs;
    const actual = runOnEngine(engine, { outputs }, feeds, 1).outputs;
    for (const name of Object.keys(outputs))
      pairs.forEach((pair, i) => expect(actual[name][i], `${name}(${pair})`).toBe(expected[name][i]));
  });

  test("rowCount, and means by the live number of rows in a program for more", () => {
    const x = input("x", ["rows", 2]);
    const spec = { outputs: { n: rowCount(), m: mean(x, 0), all: mean(x) } };
    const program = engine.compile(spec, { capacity: 500 });
    program.write(x, new Float32Array(1000).fill(1e30)); // rows beyond the live ones are not to count
    for (const rows of [1, 3, 64, 65, 130, 499, 500, 2]) {
      program.write(
        x,
        new Float32Array(rows * 2).map((_, i) => i),
      );
      program.run(rows);
      expect(program.readScalar("n")).toBe(rows);
      expectClose(program.read("m"), [rows - 1, rows], 1e-6);
      expectClose([program.readScalar("all")], [rows - 0.5], 1e-6);
      program.write(x, new Float32Array(rows * 2).fill(1e30));
    }
  });

  test("inputs, variables and constants as outputs; one tensor under several names", () => {
    const [x, v] = [input("x", ["rows", 2]), variable("v", [3])];
    const y = add(x, 1);
    const outputs = { x, v, three: constant(3), y, again: y, reshaped: reshape(v, [1, 3]), flat: reshape(y, ["rows", 1, 2]) }; // prettier-ignore
    compare(engine, outputs, new Map([[x, [1, 2, 3, 4]], [v, [5, 6, 7]]]), 2); // prettier-ignore
  });

  test("a network of two layers: outputs and all gradients for 1 to 300 rows", () => {
    const [x, w0, b0, w1, b1, w2] = [
      input("x", ["rows", 3]),
      variable("w0", [3, 9]),
      variable("b0", [9]),
      variable("w1", [9, 6]),
      variable("b1", [6]),
      variable("w2", [6, 1]),
    ] as const;
    const action = input("action", ["rows"]);
    const parameters = [w0, b0, w1, b1, w2];
    const hidden = relu(add(matmul(tanh(add(matmul(x, w0), b0)), w1), b1));
    const logProb = pick(logSoftmax(hidden), action);
    const value = reshape(matmul(hidden, w2), ["rows"]);
    const loss = add(mean(mul(logProb, stopGradient(value))), mean(square(value)));
    const outputs = { hidden, logProb, value, loss, ...Object.fromEntries(gradients(loss, parameters).map((g, i) => [`d${i}`, g])) }; // prettier-ignore
    const random = createRandom(6);
    const capacity = 300;
    const program = engine.compile({ outputs }, { capacity });
    const data = uniform(random, capacity * 3).map(Math.fround);
    const actions = classes(random, capacity, 6);
    const weights = parameters.map((p) => uniform(random, concreteSize(p.shape, 1)).map(Math.fround));
    parameters.forEach((p, i) => engine.write(p, weights[i]));
    for (let rows = 1; rows <= capacity; rows++) {
      const feeds = new Map<Tensor, ArrayLike<number>>([
        [x, data.slice(0, rows * 3)],
        [action, actions.slice(0, rows)],
        ...parameters.map((p, i) => [p, weights[i]] as const),
      ]);
      program.write(x, data, rows * 3);
      program.write(action, actions, rows);
      program.run(rows);
      const expected = runReference({ outputs }, feeds, rows).outputs;
      for (const name of Object.keys(outputs) as (keyof typeof outputs)[])
        expectClose(program.read(name), expected[name], tolerance, `${name}, ${rows} rows`);
    }
  });

  test("sums over rows around every number of blocks and slots", () => {
    const x = input("x", ["rows", 3]);
    const y = input("y", ["rows", 5]);
    const outputs = { sum: sum(x, 0), product: matmul(x, y, { transposeA: true }), all: sum(mul(x, sum(x, 0))) };
    const random = createRandom(8);
    const whole = blockRows * maxSlots;
    for (const rows of [
      blockRows - 1,
      blockRows,
      blockRows + 1,
      3 * blockRows + 1,
      whole - 1,
      whole,
      whole + 1,
      2 * whole - 1,
      2 * whole + 1,
      5 * whole + 77,
    ]) {
      // prettier-ignore
      const feeds = new Map([
        [x, classes(random, rows * 3, 9).map((v) => v - 4)],
        [y, classes(random, rows * 5, 9).map((v) => v - 4)],
      ]);
      const expected = runReference({ outputs }, feeds, rows).outputs;
      const actual = runOnEngine(engine, { outputs }, feeds, rows, rows + 13).outputs;
      expect(
        [...actual.sum].map((v) => v + 0),
        `${rows} rows`,
      ).toEqual([...expected.sum].map((v) => v + 0));
      expect(
        [...actual.product].map((v) => v + 0),
        `${rows} rows`,
      ).toEqual([...expected.product].map((v) => v + 0));
      expectClose(actual.all, expected.all, tolerance, `${rows} rows`);
    }
  });

  test("sums over rows that depend on sums over rows, three deep", () => {
    const { inputs, feeds } = randomInputs([["rows", 4], [4, 4]], 150, -1, 1); // prettier-ignore
    const [x, w] = inputs as [Tensor, Tensor];
    const centered = sub(x, mean(x, 0));
    const variance = mean(square(centered), 0);
    const standardized = div(centered, sqrt(add(variance, 1e-3)));
    const covariance = div(matmul(standardized, standardized, { transposeA: true }), rowCount());
    const outputs = { variance, covariance, loss: mean(tanh(matmul(matmul(standardized, covariance), w))) };
    compare(engine, { ...outputs, gradient: gradients(outputs.loss, [x])[0] }, feeds, 150);
  });
});

describe.each(engines)("$name on random graphs", ({ engine }) => {
  /** A tensor whose inputs are fed: what one operation alone gives. */
  const alone = (t: Tensor, values: (x: Tensor) => ArrayLike<number>, rows: number): Float64Array =>
    runReference({ outputs: { t } }, new Map(t.inputs.map((x) => [x, values(x)])), rows).outputs.t;

  test("each operation gives what the reference gives for the same inputs, gradients of gradients included", () => {
    let compared = 0;
    fc.assert(
      fc.property(graphSettings({ maxRows: 70, maxWidth: 5 }), fc.boolean(), (setting, hasTwin) => {
        // Two graphs with nothing in common but what is added up at the end are strands.
        const graphs = [setting, ...(hasTwin ? [{ ...setting, seed: setting.seed + 1 }] : [])].map((s) => randomGraph(s, 2000)); // prettier-ignore
        const { rows } = setting;
        if (graphs[0].made.length === 0) return;
        const feeds = new Map(graphs.flatMap((graph) => [...graph.feeds]));
        const leaves = graphs.flatMap((graph) => graph.leaves);
        const scalar = graphs
          .map(({ made }) => tanh(mul(weightedSum(made.slice(-2), feeds, rows), 0.1 / rows)))
          .reduce((a, b) => add(a, b));
        const first = gradients(scalar, leaves);
        const second = gradients(weightedSum(first, feeds, rows), leaves);
        const order = topologicalOrder([scalar, ...first, ...second]).filter((t) => t.shape.length <= 4);
        const outputs = Object.fromEntries(order.map((t, i) => [`t${i}`, t]));
        const actual = runOnEngine(engine, { outputs }, feeds, rows).outputs;
        const names = new Map(order.map((t, i) => [t, `t${i}`]));
        for (const [i, t] of order.entries()) {
          if (t.inputs.length === 0) continue;
          const valuesOf = (x: Tensor): Float32Array => actual[names.get(x)!];
          if (t.inputs.some((x) => !valuesOf(x).every(Number.isFinite))) continue;
          const expected = alone(t, valuesOf, rows);
          if (expected.some((v) => Math.abs(v) > 1e37)) continue;
          compared++;
          // A sum may cancel: what it is relative to is the size of its terms.
          const terms = t.operation.kind === "sum" || t.operation.kind === "matmul";
          const scale = terms ? t.inputs.map((x) => valuesOf(x).reduce((p, q) => Math.max(p, Math.abs(q)), 0)).reduce((p, q) => p * q) : 1e-6; // prettier-ignore
          const error = relativeError(actual[`t${i}`], expected, Math.max(scale, 1e-6));
          if (!(error <= tolerance)) expect.fail(`${t.operation.kind} [${t.shape.join()}]: relative error ${error}`);
        }
      }),
      { numRuns: 120, seed: 11 },
    );
    expect(compared).toBeGreaterThan(5000);
  });

  test("what is fused gives what its parts give, wherever rounding leaves digits", () => {
    let [compared, tried] = [0, 0];
    fc.assert(
      fc.property(graphSettings({ maxRows: 130, maxWidth: 9 }), (setting) => {
        const { leaves, feeds, made, rows } = randomGraph(setting, 4000);
        if (made.length === 0) return;
        for (const [t, values] of feeds) feeds.set(t, Float64Array.from(values, Math.fround));
        const scalar = mul(weightedSum(made.slice(-2), feeds, rows), 1 / rows);
        const all = [scalar, ...made.slice(-2), ...gradients(scalar, leaves)];
        const outputs = Object.fromEntries(all.filter((t) => t.shape.length <= 4).map((t, i) => [`t${i}`, t]));
        const actual = runOnEngine(engine, { outputs }, feeds, rows).outputs;
        const exact = runReference({ outputs }, feeds, rows).outputs;
        // How far the result moves when every leaf moves by a rounding error: where far, float32 has no digits to
        // compare.
        const moved = [1, 2].map((seed) => {
          const random = createRandom(seed);
          const shifted = new Map([...feeds].map(([t, v]) => [t, t.name === "index" ? v : Float64Array.from(v, (y) => y * (1 + (random() - 0.5) * 2.4e-7))])); // prettier-ignore
          return runReference({ outputs }, shifted, rows).outputs;
        });
        for (const name of Object.keys(outputs)) {
          tried++;
          const noise = Math.max(...moved.map((m) => relativeError(m[name], exact[name])));
          if (!(noise < 1e-6) || exact[name].some((v) => Math.abs(v) > 1e37)) continue;
          compared++;
          const error = relativeError(actual[name], exact[name]);
          if (!(error <= tolerance)) expect.fail(`${name}: relative error ${error}, noise ${noise}`);
        }
      }),
      { numRuns: 150, seed: 12 },
    );
    expect(compared / tried).toBeGreaterThan(0.8);
  });
});

describe.each(engines)("updates on the $name", ({ engine }) => {
  test("an output that is an updated variable shows its old value, under another shape too", () => {
    const w = variable("w", [4]);
    const spec = { outputs: { w, matrix: reshape(w, [2, 2]) }, updates: [assign(w, add(w, 1))] };
    const feeds = new Map<Tensor, number[]>([[w, [1, 2, 3, 4]]]);
    const actual = runOnEngine(engine, spec, feeds);
    expect([...actual.outputs.w]).toEqual([1, 2, 3, 4]);
    expect([...actual.outputs.matrix]).toEqual([1, 2, 3, 4]);
    expect([...actual.updated(w)]).toEqual([2, 3, 4, 5]);
  });

  test("assign and adamStep see only old values, whatever their order", () => {
    const [a, b, m, v, c] = ["a", "b", "m", "v", "c"].map((name) => variable(name, [3])) as [ReturnType<typeof variable>, ...ReturnType<typeof variable>[]]; // prettier-ignore
    const scalars = { gradientScale: input("scale", []), stepSize: input("step", []), correction: input("correction", []) }; // prettier-ignore
    const spec = {
      outputs: { sum: add(a, b) },
      updates: [
        assign(a, b),
        assign(b, a),
        adamStep({ variable: c, firstMoment: m, secondMoment: v, gradient: a, ...scalars, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }), // prettier-ignore
      ],
    };
    const feeds = new Map<Tensor, number[]>([
      [a, [1, -2, 3]], [b, [4, 5, 6]], [m, [0.1, 0.2, 0.3]], [v, [0.3, 0.2, 0.1]], [c, [1, 1, 1]],
      [scalars.gradientScale, [0.5]], [scalars.stepSize, [0.01]], [scalars.correction, [1.5]],
    ]); // prettier-ignore
    const expected = runReference(spec, feeds, 1);
    const actual = runOnEngine(engine, spec, feeds);
    expect([...actual.outputs.sum]).toEqual([5, 3, 9]);
    for (const [variable, value] of expected.updated) expectClose(actual.updated(variable), value, 1e-6, variable.name);
  });

  test("an update may read what another update changes, through the graph", () => {
    const [a, b] = [variable("a", [2]), variable("b", [2])];
    const spec = { outputs: {}, updates: [assign(a, add(a, 1)), assign(b, mul(a, 10))] };
    engine.write(a, [1, 2]);
    const program = engine.compile(spec);
    program.run();
    program.run();
    expect([...engine.read(a)]).toEqual([3, 4]);
    expect([...engine.read(b)]).toEqual([20, 30]);
  });

  test("a variable is 0 until it is set, and belongs to its engine", async () => {
    const v = variable("v", [2]);
    const other = await createEngine();
    expect([...engine.read(v)]).toEqual([0, 0]);
    engine.write(v, [1, 2]);
    expect([...other.read(v)]).toEqual([0, 0]);
    expect([...engine.read(v)]).toEqual([1, 2]);
    const out = new Float32Array(2);
    expect(engine.read(v, out)).toBe(out);
    expect([...out]).toEqual([1, 2]);
  });

  test.each([NaN, Infinity, -Infinity])("a gradientScale of %s changes nothing", (scale) => {
    const [w, m, v] = [variable("w", [5]), variable("m", [5]), variable("v", [5])];
    const gradientScale = input("scale", []);
    const spec = {
      outputs: {},
      updates: [adamStep({ variable: w, firstMoment: m, secondMoment: v, gradient: broadcastTo(constant(1), [5]), gradientScale, stepSize: constant(0.1), correction: constant(1), beta1: 0.9, beta2: 0.99, epsilon: 1e-8 })], // prettier-ignore
    };
    const feeds = new Map<Tensor, number[]>([[w, [1, 2, 3, 4, 5]], [m, [1, 1, 1, 1, 1]], [v, [2, 2, 2, 2, 2]], [gradientScale, [scale]]]); // prettier-ignore
    const { updated } = runOnEngine(engine, spec, feeds);
    expect([...updated(w)]).toEqual([1, 2, 3, 4, 5]);
    expect([...updated(m)]).toEqual([1, 1, 1, 1, 1]);
    expect([...updated(v)]).toEqual([2, 2, 2, 2, 2]);
  });

  test("tiny moments of Adam are flushed, and never become subnormal", () => {
    const [w, m, v] = [variable("w", [4]), variable("m", [4]), variable("v", [4])];
    const spec = {
      outputs: {},
      updates: [adamStep({ variable: w, firstMoment: m, secondMoment: v, gradient: broadcastTo(constant(0), [4]), gradientScale: constant(1), stepSize: constant(0.1), correction: constant(1), beta1: 0.5, beta2: 0.5, epsilon: 1e-8 })], // prettier-ignore
    };
    const program = engine.compile(spec);
    engine.write(m, [1e-30, -1e-30, 1, 0]);
    engine.write(v, [1e-30, 1e-30, 1, 0]);
    for (let i = 0; i < 100; i++) {
      program.run();
      for (const x of [...engine.read(m), ...engine.read(v)]) expect(x === 0 || Math.abs(x) >= 1.17549435e-38).toBe(true); // prettier-ignore
    }
  });
});

describe.each(engines)("to the bit, on the $name", ({ engine }) => {
  /** An actor-critic's whole forward pass, and derivatives by its observations: all that has rows. */
  function actorCritic(width: number, hidden: number, actions: number) {
    const x = input("x", ["rows", width]);
    const random = createRandom(21);
    const weight = (name: string, shape: number[]) => {
      const v = variable(name, shape);
      engine.write(v, uniform(random, concreteSize(shape, 1), -0.7, 0.7));
      return v;
    };
    const network = (name: string, outputs: number, activation: (t: Tensor) => Tensor): Tensor => {
      const h0 = activation(add(matmul(x, weight(`${name}.w0`, [width, hidden])), weight(`${name}.b0`, [hidden])));
      const h1 = activation(add(matmul(h0, weight(`${name}.w1`, [hidden, hidden])), weight(`${name}.b1`, [hidden])));
      return add(matmul(h1, weight(`${name}.w2`, [hidden, outputs])), weight(`${name}.b2`, [outputs]));
    };
    const logProbs = logSoftmax(network("actor", actions, tanh));
    const value = reshape(network("critic", 1, relu), ["rows"]);
    const entropy = neg(sum(mul(exp(logProbs), logProbs), -1));
    const [byObservation] = gradients(add(sum(entropy), sum(square(value))), [x]);
    return { x, outputs: { logProbs, value, entropy, byObservation } };
  }

  test.each([
    [4, 64, 2],
    [3, 17, 5],
    [1, 7, 3],
    [8, 32, 18],
  ])("a row of an actor-critic %i-%i-%i is the same in any batch, at any place", (width, hidden, actions) => {
    const { x, outputs } = actorCritic(width, hidden, actions);
    const capacity = 260;
    const big = engine.compile({ outputs }, { capacity });
    const small = engine.compile({ outputs }, { capacity: 1 });
    const random = createRandom(22);
    const rowsOf = (n: number): Float32Array => Float32Array.from(uniform(random, n * width, -2, 2));
    const subjects = [rowsOf(1), rowsOf(1), rowsOf(1)];
    const names = Object.keys(outputs) as (keyof typeof outputs)[];
    const row = (y: Float32Array, rows: number, at: number): Float32Array => y.slice((at * y.length) / rows, ((at + 1) * y.length) / rows); // prettier-ignore
    for (const subject of subjects) {
      small.write(x, subject);
      small.run();
      const alone = new Map(names.map((name) => [name, small.read(name)]));
      for (const rows of [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 31, 63, 64, 65, 66, 67, 127, 128, 129, 200, 260]) {
        const batch = rowsOf(rows);
        const places = [...new Set([0, 1, 2, 3, Math.floor(rows / 2), rows - 2, rows - 1])].filter((p) => p >= 0 && p < rows); // prettier-ignore
        for (const at of places) {
          batch.set(subject, at * width);
          big.write(x, batch);
          big.run(rows);
          for (const name of names) expectSameBits(row(big.read(name), rows, at), alone.get(name)!, `${name}, row ${at} of ${rows}`); // prettier-ignore
        }
      }
    }
  });

  test("a program used as part of a larger graph gives the same rows: what acting computes, learning computes", () => {
    const { x, outputs } = actorCritic(4, 64, 2);
    const acting = { logProbs: outputs.logProbs };
    const action = input("action", ["rows"]);
    const parameters = topologicalOrder([outputs.logProbs]).filter((t) => t.operation.kind === "variable");
    const logProb = pick(outputs.logProbs, action);
    const learning = { logProbs: outputs.logProbs, ...Object.fromEntries(gradients(mean(logProb), parameters).map((g, i) => [`d${i}`, g])) }; // prettier-ignore
    const random = createRandom(23);
    for (const rows of [1, 7, 64, 130]) {
      const feeds = new Map<Tensor, ArrayLike<number>>([[x, uniform(random, rows * 4, -2, 2)], [action, classes(random, rows, 2)]]); // prettier-ignore
      const one = runOnEngine(engine, { outputs: acting }, feeds, rows).outputs.logProbs;
      const other = runOnEngine(engine, { outputs: learning }, feeds, rows).outputs.logProbs;
      expectSameBits(other, one, `${rows} rows`);
    }
  });

  test("sums over rows do not depend on the capacity compiled for, nor on what was run before", () => {
    const { x, outputs } = actorCritic(3, 17, 2);
    const parameters = topologicalOrder(Object.values(outputs)).filter((t) => t.operation.kind === "variable");
    const loss = add(mean(outputs.entropy), mean(square(outputs.value)));
    const spec = { outputs: { loss, ...Object.fromEntries(gradients(loss, parameters).map((g, i) => [`d${i}`, g])) } };
    const random = createRandom(24);
    for (const rows of [1, 5, 63, 64, 65, 129, 700, 1500]) {
      const feeds = new Map([[x, uniform(random, rows * 3, -2, 2)]]);
      const exact = runOnEngine(engine, spec, feeds, rows);
      for (const capacity of [rows + 1, rows + 64, 2 * rows, 3000]) {
        const roomy = runOnEngine(engine, spec, feeds, rows, capacity);
        if (capacity === 3000) {
          roomy.program.run(capacity); // leaves slots and buffers full of other numbers
          roomy.program.run(rows);
        }
        for (const name of Object.keys(spec.outputs))
          expectSameBits(roomy.program.read(name), exact.outputs[name], `${name}, ${rows} of ${capacity} rows`);
      }
    }
  });
});
