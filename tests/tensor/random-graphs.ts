// Random graphs: a program for a machine that keeps a pool of tensors. Each instruction applies an operation to tensors
// of the pool and adds the result where the shapes fit. Arguments are bounded, so that values stay moderate and
// derivatives exist.

import fc from "fast-check";
import {
  add,
  broadcastTo,
  clip,
  concat,
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
  select,
  sigmoid,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  sumTo,
  tanh,
  variable,
  type Tensor,
} from "../../src/tensor/index.ts";
import { concreteSize } from "../../src/tensor/graph/shape.ts";
import { classes, createRandom, uniform } from "./compare.ts";

const bounded = (x: Tensor): Tensor => mul(tanh(x), 1.5);
const positive = (x: Tensor): Tensor => add(square(bounded(x)), 0.4);
const operations: ((a: Tensor, b: Tensor, c: Tensor, n: number, index: Tensor) => Tensor)[] = [
  (a) => neg(a),
  (a) => exp(bounded(a)),
  (a) => log(positive(a)),
  (a) => sqrt(positive(a)),
  (a) => square(bounded(a)),
  (a) => tanh(a),
  (a) => sigmoid(a),
  (a) => relu(a),
  (a, b) => add(a, b),
  (a, b) => sub(a, b),
  (a, b) => mul(a, b),
  (a, b) => div(a, positive(b)),
  (a, b) => minimum(a, b),
  (a, b) => maximum(a, b),
  (a, b, c) => select(greater(a, b), b, c),
  (a, b, c) => mul(greaterEqual(a, b), c),
  (a, _, __, n) => clip(a, -0.3 - (n % 3) / 5, 0.4),
  (a, b, _, n) => matmul(a, b, { transposeA: n % 2 === 1, transposeB: n % 4 > 1 }),
  (a, b, _, n) => matmul(a, b, { transposeA: n % 2 === 1, transposeB: n % 4 > 1 }),
  (a, _, __, n) => sum(a, a.shape.length > 0 ? n % a.shape.length : [], { keepDims: n % 2 === 0 }),
  (a, _, __, n) => mean(a, a.shape.length > 0 ? n % a.shape.length : [], { keepDims: n % 2 === 0 }),
  (a, b) => broadcastTo(a, b.shape),
  (a, b) => sumTo(a, b.shape),
  (a) => reshape(a, a.shape[0] === "rows" ? ["rows", concreteSize(a.shape, 1)] : [concreteSize(a.shape, 1)]),
  (a) => logSoftmax(a),
  (a, _, __, ___, index) => pick(a, index),
  (a, _, __, ___, index) => place(a, index, 2),
  (a, b) => mul(a, stopGradient(b)),
  (a, _, __, n) => slice(a, n % 2, 1 + (n % 3)),
  (a, _, __, n) => pad(a, n % 2, n % 3),
  (a, b, c, n) => concat(n % 2 ? [a, b] : [b, c, a]),
];
const instruction = fc.record({
  operation: fc.nat(operations.length - 1),
  a: fc.nat(30),
  b: fc.nat(30),
  c: fc.nat(30),
  n: fc.nat(11),
});

/** An arbitrary graph on at most `maxRows` rows, with widths of at most `maxWidth`. */
export const graphSettings = ({ maxRows = 3, maxWidth = 3 } = {}) =>
  fc.record({
    program: fc.array(instruction, { minLength: 1, maxLength: 12 }),
    rows: fc.integer({ min: 1, max: maxRows }),
    p: fc.integer({ min: 1, max: maxWidth }),
    q: fc.integer({ min: 1, max: maxWidth }),
    seed: fc.nat(1e6),
  });

export type GraphSetting = {
  readonly program: readonly { operation: number; a: number; b: number; c: number; n: number }[];
  readonly rows: number;
  readonly p: number;
  readonly q: number;
  readonly seed: number;
};

/** The graph of a setting: its leaves and their values, and the tensors that its program made. */
export function randomGraph({ program, rows, p, q, seed }: GraphSetting, maxSize = 200) {
  const random = createRandom(seed);
  const leaves = [
    input("x", ["rows", p]),
    input("column", ["rows", 1]),
    input("perRow", ["rows"]),
    variable("w", [p, q]),
    variable("b", [q]),
    variable("s", []),
  ];
  const index = input("index", ["rows"]);
  const feeds = new Map<Tensor, ArrayLike<number>>(
    leaves.map((t) => [t, uniform(random, concreteSize(t.shape, rows), -1.2, 1.2)]),
  );
  feeds.set(index, classes(random, rows, Math.min(p, 2)));
  const pool = [...leaves];
  for (const { operation, a, b, c, n } of program) {
    const at = (i: number): Tensor => pool[pool.length - 1 - (i % pool.length)];
    try {
      const made = operations[operation](at(a), at(b), at(c), n, index);
      // An index of 0 or 1 is one of the last axis only if that has two elements.
      const picked = made.operation.kind === "pick" ? made.inputs[0].shape.at(-1) : 2;
      if (picked === 2 && concreteSize(made.shape, rows) < maxSize) pool.push(made);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // shapes that do not fit: leave it
    }
  }
  return { leaves, feeds, made: pool.slice(leaves.length), rows };
}
