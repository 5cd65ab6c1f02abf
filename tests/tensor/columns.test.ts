// slice, pad and concat: values by hand, that pad is the transpose of slice, derivatives, and the engines against the
// reference over widths, rows and shapes, to the bit: they only copy.

import { describe, expect, test } from "vitest";
import {
  concat,
  constant,
  gradients,
  input,
  matmul,
  mean,
  mul,
  pad,
  sigmoid,
  slice,
  square,
  tanh,
  variable,
  type Shape,
  type Tensor,
} from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { concreteSize } from "../../src/tensor/graph/shape.ts";
import { engines, runOnEngine } from "./backends.ts";
import { checkGradients, createRandom, evaluate, expectClose, uniform } from "./compare.ts";

const numbers = (shape: Shape, rows: number, seed = 1): Float64Array =>
  uniform(createRandom(seed), concreteSize(shape, rows)).map(Math.fround);

describe("values", () => {
  const x = input("x", ["rows", 3]);
  const feeds = new Map<Tensor, ArrayLike<number>>([[x, [1, 2, 3, 4, 5, 6]]]);
  const of = (t: Tensor): number[] => [...evaluate(t, feeds, 2)];

  test("slice takes columns, pad puts zeros beside them, concat joins", () => {
    expect(of(slice(x, 0, 1))).toEqual([1, 4]);
    expect(of(slice(x, 1, 2))).toEqual([2, 3, 5, 6]);
    expect(of(pad(x, 1, 0))).toEqual([0, 1, 2, 3, 0, 4, 5, 6]);
    expect(of(pad(x, 0, 2))).toEqual([1, 2, 3, 0, 0, 4, 5, 6, 0, 0]);
    expect(of(concat([slice(x, 2, 1), x]))).toEqual([3, 1, 2, 3, 6, 4, 5, 6]);
  });

  test("static shapes, of one axis or several", () => {
    const v = input("v", [4]);
    const m = input("m", [2, 2, 2]);
    const feeds = new Map<Tensor, ArrayLike<number>>([[v, [1, 2, 3, 4]], [m, [1, 2, 3, 4, 5, 6, 7, 8]]]); // prettier-ignore
    expect([...evaluate(slice(v, 1, 2), feeds)]).toEqual([2, 3]);
    expect([...evaluate(concat([v, slice(v, 0, 1)]), feeds)]).toEqual([1, 2, 3, 4, 1]);
    expect([...evaluate(slice(m, 1, 1), feeds)]).toEqual([2, 4, 6, 8]);
    expect([...evaluate(pad(m, 0, 1), feeds)]).toEqual([1, 2, 0, 3, 4, 0, 5, 6, 0, 7, 8, 0]);
  });

  test("all columns, no zeros, one tensor: the tensor itself", () => {
    expect(slice(x, 0, 3)).toBe(x);
    expect(pad(x, 0, 0)).toBe(x);
    expect(concat([x])).toBe(x);
  });

  test("pad is the transpose of slice: ⟨slice(x), g⟩ = ⟨x, pad(g)⟩", () => {
    const g = input("g", ["rows", 2]);
    const both = new Map([[x, numbers(x.shape, 3)], [g, numbers(g.shape, 3, 2)]]); // prettier-ignore
    const dot = (p: Tensor, q: Tensor): number => evaluate(mul(p, q), both, 3).reduce((total, v) => total + v, 0);
    for (const start of [0, 1]) expect(dot(slice(x, start, 2), g)).toBeCloseTo(dot(x, pad(g, start, 1 - start)), 14);
  });

  test.each<[string, () => Tensor, string]>([
    ["columns that do not exist", () => slice(x, 2, 2), "slice: [rows, 3] has no columns 2 to 3"],
    ["no column", () => slice(x, 0, 0), "slice: [rows, 3] has no columns 0 to -1"],
    ["a fractional column", () => slice(x, 0.5, 1), "slice: [rows, 3] has no columns 0.5"],
    ["a slice of rows", () => slice(input("n", ["rows"]), 0, 1), "slice: [rows] has no static last axis"],
    [
      "a negative number of zeros",
      () => pad(x, -1, 2),
      "pad: the number of columns must be a non-negative integer, not -1",
    ],
    ["zeros around a scalar", () => pad(constant(1), 1, 1), "pad: [] has no static last axis"],
    ["nothing to join", () => concat([]), "concat: there are no tensors"],
    ["other rows", () => concat([x, input("w", [2, 3])]), "concat: [rows, 3] and [2, 3] differ before the last axis"],
  ])("%s: a TypeError", (_, build, message) => {
    expect(build).toThrow(message);
    expect(build).toThrow(TypeError);
  });
});

test("first and second derivatives", () => {
  for (const shape of [["rows", 5], [5], ["rows", 2, 5]] as Shape[]) {
    const [x, y] = [input("x", shape), input("y", [...shape.slice(0, -1), 2])];
    const feeds = new Map([[x, numbers(shape, 3)], [y, numbers(y.shape, 3, 2)]]); // prettier-ignore
    checkGradients(square(tanh(slice(x, 1, 3))), feeds, [x], { rows: 3 });
    checkGradients(square(pad(tanh(x), 2, 1)), feeds, [x], { rows: 3 });
    checkGradients(square(tanh(concat([x, y, slice(x, 0, 2)]))), feeds, [x, y], { rows: 3 });
  }
});

describe.each(engines)("on the $name", ({ engine }) => {
  test("the same bits as the reference, for every width and row count", () => {
    for (const rows of [1, 2, 3, 64, 65, 130])
      for (const n of [1, 2, 3, 4, 5, 8, 17, 33])
        for (const lead of [["rows"], ["rows", 2], [3]] as Shape[]) {
          const [x, y] = [input("x", [...lead, n]), input("y", [...lead, 3])];
          const feeds = new Map([[x, numbers(x.shape, rows)], [y, numbers(y.shape, rows, 2)]]); // prettier-ignore
          const outputs: Record<string, Tensor> = {
            joined: concat([x, y, x]),
            padded: pad(x, n % 3, 1),
            wide: pad(y, 5, 6),
            kept: mul(concat([mul(y, 2), mul(x, 3)]), 1),
          };
          for (let start = 0; start < n; start += 2) outputs[`from ${start}`] = slice(x, start, Math.min(3, n - start));
          const expected = runReference({ outputs }, feeds, rows).outputs;
          const actual = runOnEngine(engine, { outputs }, feeds, rows).outputs;
          for (const name of Object.keys(outputs))
            expect([...actual[name]], `${name} of [${x.shape.join()}], ${rows} rows`).toEqual(
              [...expected[name]].map(Math.fround),
            );
        }
  });

  test("the gates of a recurrent cell: outputs and gradients, and a row's bits do not depend on the others", () => {
    const hidden = 6;
    const [x, h] = [input("x", ["rows", 3]), input("h", ["rows", hidden])];
    const w = variable("w", [3 + hidden, 3 * hidden]);
    const gates = matmul(concat([x, h]), w);
    const gate = (i: number): Tensor => slice(gates, i * hidden, hidden);
    const y = mul(sigmoid(gate(0)), tanh(concat([slice(gate(1), 2, hidden - 2), slice(mul(gate(2), h), 0, 2)])));
    const outputs = { y, g: gradients(mean(square(y)), [w])[0] };
    const capacity = 200;
    const data = new Map([[x, numbers(x.shape, capacity)], [h, numbers(h.shape, capacity, 2)], [w, numbers(w.shape, 1, 3)]]); // prettier-ignore
    const whole = runOnEngine(engine, { outputs }, data, capacity).outputs;
    for (const rows of [1, 2, 5, 64, 66, 200]) {
      const feeds = new Map(Array.from(data, ([t, v]) => [t, t === w ? v : v.slice(0, concreteSize(t.shape, rows))]));
      const expected = runReference({ outputs }, feeds, rows).outputs;
      const actual = runOnEngine(engine, { outputs }, feeds, rows).outputs;
      for (const name of ["y", "g"] as const) expectClose(actual[name], expected[name], 1e-5, `${name}, ${rows} rows`);
      expect([...actual.y]).toEqual([...whole.y.slice(0, rows * hidden)]);
    }
  });
});
