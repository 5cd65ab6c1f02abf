// Matrix products, each shape class in each form. The numbers are small and whole, so float32 is exact: any wrong
// index, lane or tile shows as a wrong number, whatever the order of the sums.

import { describe, expect, test } from "vitest";
import {
  add,
  gradients,
  input,
  matmul,
  mul,
  relu,
  reshape,
  sum,
  tanh,
  variable,
  type Tensor,
} from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { engines, runOnEngine, wideEngines } from "./backends.ts";
import { classes, createRandom, relativeError, uniform } from "./compare.ts";

const whole = (random: () => number, size: number): Float64Array => classes(random, size, 9).map((v) => v - 4);

/** C[i, j] = Σ A(i, p) B(p, j), exactly. */
function product(
  m: number,
  n: number,
  k: number,
  a: (i: number, p: number) => number,
  b: (p: number, j: number) => number,
): number[] {
  // prettier-ignore
  const c: number[] = [];
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let p = 0; p < k; p++) total += a(i, p) * b(p, j);
      c.push(total);
    }
  return c;
}

const isFull = process.env.POLGRAD_FULL === "1";
const withoutSign = (x: ArrayLike<number>): number[] => Array.from(x, (v) => v + 0); // −0 is 0 here

describe.each([...engines, ...wideEngines])("products on the $name", ({ engine }) => {
  /**
   * All forms of [m, k] times [k, n] in one program: static or rows in front or summed over, each side transposed or
   * not.
   */
  function checkForms(m: number, k: number, widths: readonly number[]): void {
    const random = createRandom(1000 * m + k);
    const [A, bias] = [whole(random, m * k), whole(random, Math.max(...widths))];
    const a = { plain: variable("a", [m, k]), transposed: variable("at", [k, m]) };
    const At = Float64Array.from({ length: m * k }, (_, i) => A[(i % m) * k + Math.floor(i / m)]);
    const rowsA = { plain: input("rowsA", ["rows", k]), transposed: input("rowsAt", ["rows", m]) };
    const ofM: Record<string, Tensor> = {}; //  programs whose rows are m
    const ofK: Record<string, Tensor> = {}; //  programs whose rows are k, which is summed over
    const feedsM = new Map<Tensor, ArrayLike<number>>([[a.plain, A], [a.transposed, At], [rowsA.plain, A]]); // prettier-ignore
    const feedsK = new Map<Tensor, ArrayLike<number>>([[rowsA.transposed, At]]);
    const expected: Record<string, number[]> = {};
    for (const n of widths) {
      const B = whole(random, k * n);
      const b = { plain: variable(`b${n}`, [k, n]), transposed: variable(`bt${n}`, [n, k]) };
      const rowsB = input(`rowsB${n}`, ["rows", n]);
      const biasN = variable(`bias${n}`, [n]);
      const Bt = Float64Array.from({ length: k * n }, (_, i) => B[(i % k) * n + Math.floor(i / k)]);
      for (const [t, values] of [[b.plain, B], [b.transposed, Bt], [biasN, bias.slice(0, n)]] as const) feedsM.set(t, values); // prettier-ignore
      feedsK.set(rowsB, B);
      ofM[`NN ${n}`] = matmul(a.plain, b.plain);
      ofM[`TN ${n}`] = matmul(a.transposed, b.plain, { transposeA: true });
      ofM[`NT ${n}`] = matmul(a.plain, b.transposed, { transposeB: true });
      ofM[`TT ${n}`] = matmul(a.transposed, b.transposed, { transposeA: true, transposeB: true });
      ofM[`rows ${n}`] = matmul(rowsA.plain, b.plain);
      ofM[`rows NT ${n}`] = matmul(rowsA.plain, b.transposed, { transposeB: true });
      ofM[`rows with bias ${n}`] = add(matmul(rowsA.plain, b.plain), biasN);
      ofM[`static with bias, relu ${n}`] = relu(add(matmul(a.plain, b.plain), biasN));
      ofM[`rows with bias, relu ${n}`] = relu(add(matmul(rowsA.plain, b.transposed, { transposeB: true }), biasN));
      ofK[`over rows ${n}`] = matmul(rowsA.transposed, rowsB, { transposeA: true });
      const c = product(m, n, k, (i, p) => A[i * k + p], (p, j) => B[p * n + j]); // prettier-ignore
      const biased = c.map((v, i) => v + bias[i % n]);
      for (const form of ["NN", "TN", "NT", "TT", "rows", "rows NT", "over rows"]) expected[`${form} ${n}`] = c;
      expected[`rows with bias ${n}`] = biased;
      for (const form of ["static", "rows"]) expected[`${form} with bias, relu ${n}`] = biased.map((v) => Math.max(v, 0)); // prettier-ignore
    }
    const outputs = {
      ...runOnEngine(engine, { outputs: ofM }, feedsM, m).outputs,
      ...runOnEngine(engine, { outputs: ofK }, feedsK, k).outputs,
    };
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, value] of Object.entries(outputs))
      if (!value.every((v, i) => v === expected[name][i]))
        expect(withoutSign(value), `${name}: [${m}, ${k}] times [${k}, n]`).toEqual(withoutSign(expected[name]));
  }

  const small = Array.from({ length: 17 }, (_, i) => i + 1);
  /** Every other pair of k and n, the ones that are left out of one m being in that of the next; all where time allows. */
  const chosen = (m: number, k: number) => small.filter((n) => isFull || (m + k + n) % 2 === 0);
  test.each(small)("%i rows, k and n of 1 to 17, every form", (m) => {
    for (const k of small) checkForms(m, k, chosen(m, k));
  });

  test.each([
    [1, 300, [64, 1, 2, 3]],
    [4, 64, [64, 65, 128]],
    [64, 4, [64, 2, 1]],
    [65, 64, [64, 33, 2, 1]],
    [130, 33, [31, 32, 33]],
    [257, 64, [64, 1]],
    [64, 1100, [9]],
    [70, 1100, [24, 20]],
    [8, 2500, [24, 7]],
    // Panels are packed: of B, of a transposed A, with ends of every kind; and where there are too few rows or no room.
    [65, 64, [68, 101, 256]],
    [67, 256, [64, 70]],
    [260, 70, [30, 19, 12]],
    [13, 40, [16, 47, 48, 80]],
    [70, 515, [21, 47]],
    [9, 516, [21]],
  ])("%i × %i times n of %s", (m, k, widths) => checkForms(m, k, widths));

  test("the bits of a row are the same where panels are packed and where they are not", () => {
    const random = createRandom(7);
    const [x, w, b] = [input("x", ["rows", 70]), variable("w", [70, 90]), variable("b", [90])];
    const rows = 67;
    const [X, W, B] = [rows * 70, 70 * 90, 90].map((size) => uniform(random, size).map(Math.fround));
    const outputs = { y: tanh(add(matmul(x, w), b)), z: matmul(x, w) };
    const run = (values: ArrayLike<number>, count: number) =>
      runOnEngine(engine, { outputs }, new Map<Tensor, ArrayLike<number>>([[x, values], [w, W], [b, B]]), count).outputs; // prettier-ignore
    const all = run(X, rows);
    for (let i = 0; i < rows; i++) {
      const alone = run(X.slice(i * 70, (i + 1) * 70), 1);
      for (const name of ["y", "z"] as const)
        expect([...alone[name]], `${name}, row ${i}`).toEqual([...all[name].slice(i * 90, (i + 1) * 90)]);
    }
  });

  test("activations and their derivatives ride along with the right numbers", () => {
    const random = createRandom(3);
    for (const rows of isFull ? [1, 2, 3, 5, 64, 67] : [1, 3, 5, 67])
      for (const [width, hidden] of [
        [1, 1],
        [3, 2],
        [2, 3],
        [4, 5],
        [5, 8],
        [7, 9],
        [3, 17],
        [5, 70], // from here on panels are packed
      ] as const) {
        // prettier-ignore
        const x = input("x", ["rows", width]);
        const parameters = [
          variable("w0", [width, hidden]),
          variable("b0", [hidden]),
          variable("w1", [hidden, hidden]),
          variable("b1", [1, hidden]),
          variable("w2", [hidden, 3]),
        ] as const;
        const [w0, b0, w1, b1, w2] = parameters;
        const feeds = new Map<Tensor, ArrayLike<number>>(
          [x, ...parameters].map((t) => {
            const size = t.shape.reduce<number>((p, d) => p * (d === "rows" ? rows : d), 1);
            return [t, uniform(random, size).map(Math.fround)];
          }),
        );
        for (const activation of [tanh, relu]) {
          const h0 = activation(add(matmul(x, w0), b0));
          const h1 = activation(add(matmul(h0, w1), b1));
          const y = activation(matmul(h1, w2)); // without a bias
          const loss = sum(mul(y, y));
          // h0 is read twice: what is fused for one reader must not change what the other sees.
          const both = add(loss, sum(mul(h0, h0)));
          const outputs = { h0, h1, y, preactivation: add(matmul(h0, w1), b1), ...Object.fromEntries(gradients(both, [x, ...parameters]).map((g, i) => [`d${i}`, g])) }; // prettier-ignore
          const expected = runReference({ outputs }, feeds, rows).outputs;
          const actual = runOnEngine(engine, { outputs }, feeds, rows).outputs;
          for (const name of Object.keys(outputs)) {
            // Relative to terms of about 1, which may cancel.
            const error = relativeError(actual[name], expected[name as keyof typeof outputs], 0.1);
            expect(error, `${name}, ${rows} rows, ${width}-${hidden}`).toBeLessThan(1e-5);
          }
        }
      }
  });

  test("what looks like a bias and is none is added as it should be", () => {
    const [x, w] = [input("x", ["rows", 2]), variable("w", [2, 3])];
    const perRow = input("perRow", ["rows", 1]);
    const full = input("full", ["rows", 3]);
    const [scalar, one, cube] = [variable("scalar", []), variable("one", [1]), variable("cube", [2, 1, 3])];
    const square = variable("square", [2, 2]);
    const outputs = {
      perRow: add(matmul(x, w), perRow),
      full: add(matmul(x, w), full),
      scalar: add(matmul(x, w), scalar),
      one: add(matmul(x, w), one),
      first: add(full, matmul(x, w)),
      twice: add(add(matmul(x, w), reshape(one, [1, 1])), scalar),
      itself: add(matmul(x, w), matmul(x, w)),
      matrix: add(matmul(square, square), square),
      column: add(matmul(square, square), reshape(sum(square, 1), [2, 1])),
      cube: add(matmul(square, w), cube),
      overRows: add(matmul(x, full, { transposeA: true }), sum(full, 0)),
    };
    const random = createRandom(5);
    const feeds = new Map<Tensor, ArrayLike<number>>([
      [x, whole(random, 134)], [w, whole(random, 6)], [perRow, whole(random, 67)], [full, whole(random, 201)],
      [scalar, [3]], [one, [-2]], [cube, whole(random, 6)], [square, whole(random, 4)],
    ]); // prettier-ignore
    const expected = runReference({ outputs }, feeds, 67).outputs;
    const actual = runOnEngine(engine, { outputs }, feeds, 67).outputs;
    for (const name of Object.keys(outputs))
      expect(withoutSign(actual[name]), name).toEqual(withoutSign(expected[name as keyof typeof outputs]));
  });
});
