import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGraphBuilder, translate } from "../../src/onnx/graph.ts";
import { topologicalOrder } from "../../src/tensor/graph/tensor.ts";
import { runReference, type Feeds } from "../../src/tensor/reference.ts";
import {
  add,
  broadcastTo,
  concat,
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
  neg,
  pad,
  pick,
  place,
  relu,
  reshape,
  rowCount,
  select,
  sigmoid,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
  variable,
  type Tensor,
} from "../../src/tensor/index.ts";
import { classes, createRandom, relativeError, uniform } from "../tensor/compare.ts";
import { graphSettings, randomGraph } from "../tensor/random-graphs.ts";
import { runGraph } from "./run-model.ts";

/**
 * Compares ONNX Runtime, which computes in float32, with the reference backend. A sum may cancel: a tensor may be as far
 * off as rounding the largest number on the way to it explains.
 */
async function expectSame(tensors: Tensor[], feeds: Feeds, rows: number): Promise<void> {
  const { values } = runReference({ outputs: {} }, feeds, rows);
  const actual = await runGraph(tensors, feeds, rows);
  tensors.forEach((t, i) => {
    const onTheWay = topologicalOrder([t]).flatMap((x) => Array.from(values(x), Math.abs));
    const error = relativeError(
      actual[i],
      values(t),
      onTheWay.reduce((a, b) => Math.max(a, b), 0),
    );
    expect(error, `${t.operation.kind}: relative error`).toBeLessThanOrEqual(1e-5);
  });
}

describe("ONNX Runtime computes a tensor graph as the reference backend does", () => {
  const x = input("x", ["rows", 4]);
  const y = input("y", ["rows", 4]);
  const index = input("index", ["rows"]);
  const w = variable("w", [4, 3]);
  const b = variable("b", [4]);
  const positive = add(square(x), 0.5);
  const wide = reshape(x, ["rows", 2, 2]);

  const graphs: Record<string, Tensor[]> = {
    "one number": [neg(x), exp(x), log(positive), sqrt(positive), square(x), tanh(x), sigmoid(x), relu(x)],
    "two numbers": [add(x, y), sub(x, y), mul(x, y), div(x, positive), minimum(x, y), maximum(x, y)],
    comparisons: [greater(x, y), greaterEqual(x, 0), greaterEqual(x, x), select(greater(x, y), x, 7), select(b, x, y)],
    broadcasting: [
      add(x, b),
      mul(x, 2),
      sub(1, x),
      add(mean(x, -1, { keepDims: true }), y),
      broadcastTo(b, ["rows", 4]),
      broadcastTo(index, ["rows"]),
      broadcastTo(mean(x, -1, { keepDims: true }), ["rows", 4]),
      broadcastTo(b, [2, 4]),
      broadcastTo(constant(3), ["rows"]),
    ],
    products: [
      matmul(x, w),
      matmul(x, y, { transposeA: true }),
      matmul(x, broadcastTo(b, [3, 4]), { transposeB: true }),
      matmul(w, reshape(b, [1, 4]), { transposeA: true, transposeB: true }),
    ],
    sums: [sum(x, -1), sum(x), sum(wide, [1, 2]), sum(x, 0), sum(x, 0, { keepDims: true }), mean(x), rowCount()],
    shapes: [reshape(x, ["rows", 1, 4]), reshape(w, [12]), wide, slice(x, 1, 2), slice(wide, 1, 1), slice(b, 0, 3)],
    columns: [pad(x, 1, 2), pad(wide, 0, 1), pad(b, 2, 0), concat([x, y, slice(x, 0, 1)]), concat([b, b])],
    choices: [logSoftmax(x), logSoftmax(mul(x, 300)), pick(x, index), pick(matmul(x, w), minimum(index, 2))],
    placing: [place(sum(x, -1), index, 5), stopGradient(x)],
  };
  test.each(Object.entries(graphs))("%s", async (_, tensors) => {
    for (const rows of [1, 7]) {
      const random = createRandom(rows);
      const feeds = new Map<Tensor, ArrayLike<number>>([
        [x, uniform(random, rows * 4, -2, 2)],
        [y, uniform(random, rows * 4, -2, 2)],
        [index, classes(random, rows, 4)],
        [w, uniform(random, 12)],
        [b, [0, 0.5, -0.5, 0]],
      ]);
      await expectSame(tensors, feeds, rows);
    }
  });

  test("random graphs", async () => {
    await fc.assert(
      fc.asyncProperty(graphSettings({ maxRows: 5 }), async (setting) => {
        const { feeds, made, rows } = randomGraph(setting);
        if (made.length > 0) await expectSame(made, feeds, rows);
      }),
      { numRuns: 100 },
    );
  });
});

test("a value's name is never one of the model's, nor given twice", () => {
  const x = input("x", ["rows", 1]);
  const named = [variable("value", [1]), variable("tanh", [1]), variable("value", [1])];
  const builder = createGraphBuilder(["x", "value"]);
  const all = named.reduce<Tensor>((total, v) => tanh(add(total, v)), x);
  translate(builder, [all], { inputs: new Map([[x, "x"]]), read: () => new Float32Array(1) });
  const names = [...builder.constants.map(({ name }) => name), ...builder.nodes.map(({ output }) => output)];
  expect(names).toContain("value_2");
  expect(new Set([...names, "x", "value"]).size).toBe(names.length + 2);
});

test("an input that a model has not is an InputError that names it", () => {
  const [x, other] = [input("x", ["rows", 1]), input("temperature", ["rows", 1])];
  const options = { inputs: new Map([[x, "x"]]), read: () => new Float32Array(1) };
  expect(() => translate(createGraphBuilder([]), [add(x, other)], options)).toThrow(
    'the networks read an input "temperature", which an exported model does not have: its inputs are "x"',
  );
});
