// The reference backend: feeds, rows, updates (Adam), and the naming of the first NaN.

import { describe, expect, test } from "vitest";
import {
  add,
  assign,
  constant,
  div,
  exp,
  greater,
  input,
  log,
  logSoftmax,
  matmul,
  mean,
  minimum,
  mul,
  named,
  rowCount,
  select,
  sqrt,
  square,
  sub,
  sum,
  variable,
  type AdamStep,
  type Tensor,
  type Variable,
} from "../../src/tensor/index.ts";
import { firstNonFinite, runReference } from "../../src/tensor/reference.ts";
import { expectClose, golden } from "./compare.ts";

describe("runReference", () => {
  const x = input("observations", ["rows", 2]);
  const w = variable("weight", [2]);
  const y = mul(x, w);

  test("outputs, and the values of any tensor of the graph or beyond it", () => {
    const { outputs, updated, values } = runReference(
      { outputs: { y, total: sum(y) } },
      new Map<Tensor, ArrayLike<number>>([
        [x, [1, 2, 3, 4]],
        [w, new Float32Array([10, 100])],
      ]),
      2,
    );
    expect(outputs).toEqual({ y: new Float64Array([10, 200, 30, 400]), total: new Float64Array([640]) });
    expect(updated.size).toBe(0);
    expect([...values(w)]).toEqual([10, 100]);
    expect([...values(sum(square(x), 1))]).toEqual([5, 25]);
  });

  test("the fed inputs tell the rows", () => {
    expect([...runReference({ outputs: { n: rowCount() } }, new Map([[x, [1, 2, 3, 4, 5, 6]]])).outputs.n]).toEqual([
      3,
    ]);
    expect([...runReference({ outputs: { n: rowCount() } }, new Map()).outputs.n]).toEqual([1]);
  });

  test("a fed tensor takes the fed value, and what it derives from need not be fed", () => {
    const feeds = new Map<Tensor, number[]>([[y, [1, 2, 3, 4]]]);
    expect([...runReference({ outputs: { total: sum(y, 0) } }, feeds, 2).outputs.total]).toEqual([4, 6]);
  });

  test("names what is not fed, or fed in the wrong size", () => {
    const spec = { outputs: { y } };
    expect(() => runReference(spec, new Map([[w, [1, 2]]]), 1)).toThrow(
      'input "observations" of shape [rows, 2] is not fed',
    );
    expect(() => runReference(spec, new Map([[x, [1, 2]]]), 1)).toThrow('variable "weight" of shape [2] is not fed');
    const feeds = new Map<Tensor, number[]>([
      [x, [1, 2, 3, 4]],
      [w, [1, 2]],
    ]);
    expect(() => runReference(spec, feeds, 3)).toThrow(
      'input "observations" of shape [rows, 2] holds 6 numbers at 3 rows, but was fed 4',
    );
    expect(() => runReference(spec, feeds, 0)).toThrow("rows must be a positive integer, not 0");
  });

  test("does not change what was fed", () => {
    const value = new Float64Array([1, 2]);
    const { updated } = runReference({ outputs: {}, updates: [assign(w, mul(w, 2))] }, new Map([[w, value]]));
    expect([...updated.get(w)!]).toEqual([2, 4]);
    expect([...value]).toEqual([1, 2]);
  });
});

describe("updates", () => {
  const [a, b] = [variable("a", []), variable("b", [])];

  test("every new value is computed from the old ones", () => {
    const { outputs, updated } = runReference(
      { outputs: { a }, updates: [assign(a, add(b, 0)), assign(b, add(a, 0))] },
      new Map([
        [a, [1]],
        [b, [2]],
      ]),
    );
    expect([updated.get(a)![0], updated.get(b)![0]]).toEqual([2, 1]);
    expect([...outputs.a]).toEqual([1]);
  });

  test("assign checks shapes; a variable is updated once", () => {
    expect(() => assign(a, input("x", [2]))).toThrow('assign: "a" has shape [], but the value has [2]');
    const updates = [assign(a, constant(1)), assign(a, constant(2))];
    expect(() => runReference({ outputs: {}, updates }, new Map([[a, [1]]]))).toThrow('variable "a" is updated twice');
  });

  /** An Adam step on one vector, its scalars inputs; and a function that runs it on a state and gives the next one. */
  function adam(size: number, options: { beta1: number; beta2: number; epsilon: number }) {
    const [w, m, v] = ["w", "m", "v"].map((name) => variable(name, [size])) as [Variable, Variable, Variable];
    const gradient = input("gradient", [size]);
    const [gradientScale, stepSize, correction] = ["gradientScale", "stepSize", "correction"].map((name) =>
      input(name, []),
    ) as [Tensor, Tensor, Tensor];
    const step: AdamStep = {
      kind: "adam",
      variable: w,
      firstMoment: m,
      secondMoment: v,
      gradient,
      gradientScale,
      stepSize,
      correction,
      ...options,
    };
    type State = ArrayLike<number>[];
    return (state: State, g: number[], scale: number, learningRate: number, t: number): State => {
      const feeds = new Map<Tensor, ArrayLike<number>>([
        [w, state[0]],
        [m, state[1]],
        [v, state[2]],
        [gradient, g],
        [gradientScale, [scale]],
        [stepSize, [learningRate / (1 - options.beta1 ** t)]],
        [correction, [1 / Math.sqrt(1 - options.beta2 ** t)]],
      ]);
      const { updated } = runReference({ outputs: {}, updates: [step] }, feeds);
      return [w, m, v].map((x) => updated.get(x)!);
    };
  }

  test("one step of Adam by hand", () => {
    const step = adam(1, { beta1: 0.9, beta2: 0.99, epsilon: 0.5 });
    // g = 4: m = 0.4, v = 0.16; unbiased m̂ = 4, v̂ = 16: w = 1 − 0.1·4/(4 + 0.5).
    const [w, m, v] = step([[1], [0], [0]], [2], 2, 0.1, 1);
    expectClose(w, [1 - 0.4 / 4.5], 1e-15);
    expectClose(m, [0.4], 1e-15);
    expectClose(v, [0.16], 1e-15);
  });

  test("a scale that is not finite leaves everything as it is", () => {
    const step = adam(2, { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 });
    for (const scale of [NaN, Infinity, -Infinity]) {
      const after = step([[1, 2], [3, 4], [5, 6]], [1, NaN], scale, 0.1, 3); // prettier-ignore
      expect(after.map((x) => [...Array.from(x)])).toEqual([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
    }
  });

  interface Adam {
    lr: number;
    eps: number;
    beta1: number;
    beta2: number;
    max_grad_norm: number;
    gradients: number[][];
    parameters: number[][];
  }
  const expected = golden<Adam>("adam");
  test.skipIf(!expected)(
    "Adam with clipped norm as PyTorch (skipped where ../shared/golden/losses.json is missing)",
    () => {
      const { lr, eps, beta1, beta2, max_grad_norm, gradients, parameters } = expected!;
      const size = parameters[0].length;
      const step = adam(size, { beta1, beta2, epsilon: eps });
      let state: ArrayLike<number>[] = [parameters[0], new Float64Array(size), new Float64Array(size)];
      gradients.forEach((gradient, t) => {
        const g = input("gradient", [size]);
        // PyTorch's clip_grad_norm_ divides by norm + 1e-6.
        const scale = minimum(1, div(max_grad_norm, add(sqrt(sum(square(g))), 1e-6)));
        const scaleValue = runReference({ outputs: { scale } }, new Map([[g, gradient]])).outputs.scale[0];
        state = step(state, gradient, scaleValue, lr, t + 1);
        expectClose(state[0], parameters[t + 1], 1e-12, `parameters after step ${t + 1}`);
      });
    },
  );
});

describe("firstNonFinite", () => {
  const x = input("observations", ["rows", 2]);
  const advantages = input("advantages", ["rows"]);
  const w = variable("weight", [2, 2]);
  const first = (outputs: Record<string, Tensor>, feeds: [Tensor, number[]][], rows = 2) =>
    firstNonFinite({ outputs }, new Map(feeds), rows);

  test("nothing where all is finite, or only infinite", () => {
    expect(first({ y: log(x) }, [[x, [1, 2, 3, 4]]])).toBeUndefined();
    expect(first({ y: logSoftmax(x) }, [[x, [1, -Infinity, 3, 4]]])).toBeUndefined();
    expect(first({ y: log(x) }, [[x, [1, 0, 3, 4]]])).toBeUndefined();
  });

  test("an input or a variable that already holds one", () => {
    const loss = mean(matmul(x, w));
    const good: [Tensor, number[]] = [w, [1, 2, 3, 4]];
    expect(first({ loss }, [[x, [1, 2, 3, 4, 5, 6, 7, NaN]], good], 4)).toEqual({
      tensor: x,
      description: 'input "observations" row 3',
      value: NaN,
      index: 7,
    });
    const bad: [Tensor, number[]] = [w, [1, 2, NaN, 4]];
    expect(first({ loss }, [[x, [1, 2, 3, 4]], bad])).toEqual({
      tensor: w,
      description: 'variable "weight" at [1, 0]',
      value: NaN,
      index: 2,
    });
  });

  test("an operation, by the named tensors that it derives from", () => {
    const y = log(sub(advantages, 1));
    expect(first({ loss: mean(exp(y)) }, [[advantages, [3, 0.5]]])).toEqual({
      tensor: y,
      description: 'log(sub("advantages", 1)) row 1',
      value: NaN,
      index: 1,
    });
    const loss = named("loss", div(sub(sum(advantages), sum(advantages)), 0));
    expect(first({ more: mul(loss, 2) }, [[advantages, [1, 2]]])!.description).toBe(
      '"loss" = div(sub(sum("advantages"), sum("advantages")), 0)',
    );
  });

  test("names the sources of a deep expression", () => {
    const scale = variable("scale", []);
    const deep = sqrt(sub(mul(add(mul(advantages, scale), square(advantages)), 0.5), 100));
    const { description } = first({ deep }, [[advantages, [1, 2]], [scale, [1]]])!; // prettier-ignore
    expect(description).toBe('sqrt(sub(mul(add(…), 0.5), 100)) of "advantages", "scale" row 0');
  });

  test("says where an infinity was the cause", () => {
    const ratio = named("ratio", exp(advantages));
    const { description } = first({ loss: sub(ratio, ratio) }, [[advantages, [0, 1000]]])!;
    expect(description).toBe('sub("ratio", "ratio") row 1, of an infinite "ratio" = exp("advantages")');
  });

  test("rounds as float32, so that what overflows in an engine overflows here", () => {
    const ratio = named("ratio", exp(advantages));
    const feeds: [Tensor, number[]][] = [[advantages, [0, 100]]];
    expect(runReference({ outputs: { y: sub(ratio, ratio) } }, new Map(feeds)).outputs.y[1]).toBe(0);
    expect(first({ y: sub(ratio, ratio) }, feeds)!.index).toBe(1);
  });

  test("is the cause, not what follows from it, and not what select leaves out", () => {
    const y = log(advantages);
    const kept = select(greater(advantages, 0), y, 0);
    const feeds: [Tensor, number[]][] = [[advantages, [-1, 2]]];
    expect(first({ kept }, feeds)).toBeUndefined();
    expect(first({ kept, loss: mean(square(y)) }, feeds)!.tensor).toBe(y);
    const root = sqrt(sub(kept, 1));
    expect(first({ loss: mean(square(root)) }, feeds)!.tensor).toBe(root);
  });

  test("looks into the values that updates write", () => {
    const target = variable("target", [2]);
    const bad = assign(target, sqrt(target));
    expect(firstNonFinite({ outputs: {}, updates: [bad] }, new Map([[target, [1, -1]]]))!.description).toBe(
      'sqrt("target") at [1]',
    );
    const [m, v] = [variable("m", [1]), variable("v", [1])];
    const weight = variable("weight", [1]);
    const step: AdamStep = {
      kind: "adam",
      variable: weight,
      firstMoment: m,
      secondMoment: v,
      gradient: mul(weight, 0),
      gradientScale: constant(1),
      stepSize: constant(0.1),
      correction: constant(1),
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 0,
    };
    const feeds = new Map<Tensor, number[]>([
      [weight, [1]],
      [m, [0]],
      [v, [0]],
    ]);
    expect(firstNonFinite({ outputs: {}, updates: [step] }, feeds)).toEqual({
      tensor: weight,
      description: 'the new value of variable "weight" at [0]',
      value: NaN,
      index: 0,
    });
  });
});
