// The reference backend: executes a graph in float64, one operation after the other. It is the specification of every
// operation, written to be read; gradients are checked on it, kernels are checked against it, and it finds the first
// NaN.

import { exp, log, tanh } from "../math/index.ts";
import { concreteShape, concreteSize, formatShape, hasRows, staticSize } from "./graph/shape.ts";
import { topologicalOrder, type BinaryKind, type Tensor, type UnaryKind, type Variable } from "./graph/tensor.ts";
import { updateInputs, type AdamStep, type Update } from "./graph/updates.ts";

export interface ReferenceSpec {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates?: readonly Update[];
}

/** Values of inputs and variables, row-major. Any other tensor that is fed takes the fed value instead of its own. */
export type Feeds = ReadonlyMap<Tensor, ArrayLike<number>>;

export interface ReferenceResult {
  readonly outputs: Record<string, Float64Array>;
  /** The new values of the variables that updates change; `feeds` is left as it is. */
  readonly updated: Map<Variable, Float64Array>;
  /** The value of any tensor of the graph, or of any other tensor that derives from the same feeds. */
  values(t: Tensor): Float64Array;
}

/**
 * Runs a graph in float64. `rows` is the live number of rows; by default the fed inputs tell it.
 * Throws a TypeError that names an input or variable that is not fed or has the wrong number of elements.
 */
export function runReference(spec: ReferenceSpec, feeds: Feeds, rows?: number): ReferenceResult {
  const values = evaluator(feeds, rows ?? inferRows(feeds), (x) => x);
  const outputs: Record<string, Float64Array> = {};
  for (const [name, t] of Object.entries(spec.outputs)) outputs[name] = values(t);
  return { outputs, updated: runUpdates(spec.updates ?? [], values), values };
}

export interface NonFinite {
  readonly tensor: Tensor;
  /** Which tensor and row: `input "observations" row 3`, `log(sub("advantages", 1)) row 0`. */
  readonly description: string;
  readonly value: number;
  /** Of the element, row-major. */
  readonly index: number;
}

/**
 * The first tensor in topological order that holds a NaN, so that none of those it derives from does; undefined if
 * there is none. A NaN that reaches no output or update (`select` left it out) is not reported, nor is an infinity
 * alone: the log-probability of a masked action is −∞. But where the NaN came from an infinity the description says so.
 * Values are rounded to float32 after each operation, as an engine's are, so that what overflows there overflows here.
 */
export function firstNonFinite(spec: ReferenceSpec, feeds: Feeds, rows?: number): NonFinite | undefined {
  const values = evaluator(feeds, rows ?? inferRows(feeds), Math.fround);
  const updates = spec.updates ?? [];
  const roots = [...Object.values(spec.outputs), ...updates.flatMap(updateInputs)];
  const order = topologicalOrder(roots);
  const holdsNaN = (t: Tensor): boolean => values(t).some(Number.isNaN);
  const suspects = new Set(roots.filter(holdsNaN));
  for (const t of [...order].reverse()) if (suspects.has(t)) t.inputs.filter(holdsNaN).forEach((x) => suspects.add(x));

  const tensor = order.find((t) => suspects.has(t));
  if (tensor) {
    const index = values(tensor).findIndex(Number.isNaN);
    return { tensor, description: describe(tensor) + where(tensor, index) + infinities(tensor), value: NaN, index };
  }
  for (const [variable, value] of runUpdates(updates, values)) {
    const index = value.findIndex(Number.isNaN);
    if (index < 0) continue;
    const description = `the new value of ${describe(variable)}${where(variable, index)}`;
    return { tensor: variable, description, value: NaN, index };
  }
  return undefined;

  function infinities(t: Tensor): string {
    const infinite = t.inputs.find((x) => values(x).some((v) => v === Infinity || v === -Infinity));
    return infinite ? `, of an infinite ${describe(infinite)}` : "";
  }
}

/** Computes tensors on demand, each once. */
function evaluator(feeds: Feeds, rows: number, round: (x: number) => number): (t: Tensor) => Float64Array {
  if (!Number.isInteger(rows) || rows < 1) throw new TypeError(`rows must be a positive integer, not ${rows}`);
  const known = new Map<Tensor, Float64Array>();
  const valueOf = (t: Tensor): Float64Array => {
    const fed = feeds.get(t);
    const inputs = (): Float64Array[] => t.inputs.map((x) => known.get(x)!);
    if (!fed) return evaluate(t, inputs(), rows);
    const size = concreteSize(t.shape, rows);
    if (fed.length !== size)
      throw new TypeError(
        `${describe(t)} of shape ${formatShape(t.shape)} holds ${size} numbers at ${rows} rows, but was fed ${fed.length}`,
      );
    return Float64Array.from(fed);
  };
  return (root) => {
    const stack = [root]; // not recursion: a graph may be thousands of operations deep
    for (let t = stack.at(-1); t; t = stack.at(-1)) {
      const missing = known.has(t) || feeds.has(t) ? [] : t.inputs.filter((x) => !known.has(x));
      if (missing.length > 0) stack.push(...missing);
      else {
        if (!known.has(t)) known.set(t, valueOf(t).map(round));
        stack.pop();
      }
    }
    return known.get(root)!;
  };
}

/** The rows that the fed inputs have; 1 where none has rows. */
function inferRows(feeds: Feeds): number {
  for (const [t, fed] of feeds) if (hasRows(t.shape)) return Math.max(1, Math.floor(fed.length / staticSize(t.shape)));
  return 1;
}

// Comparisons with NaN are false. `minimum`, `maximum` and `relu` of a NaN are NaN.

const unaryFunctions: Record<UnaryKind, (x: number) => number> = {
  neg: (x) => -x,
  exp,
  log,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  tanh,
  sigmoid: (x) => 1 / (1 + exp(-x)),
  relu: (x) => Math.max(x, 0),
};

const binaryFunctions: Record<BinaryKind, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  minimum: Math.min,
  maximum: Math.max,
  greater: (a, b) => (a > b ? 1 : 0),
  greaterEqual: (a, b) => (a >= b ? 1 : 0),
};

/** The value of one tensor from the values of its inputs. */
function evaluate(t: Tensor, inputs: readonly Float64Array[], rows: number): Float64Array {
  const operation = t.operation;
  const shape = concreteShape(t.shape, rows);
  const y = new Float64Array(concreteSize(t.shape, rows));
  const [a, b, c] = inputs as [Float64Array, Float64Array, Float64Array];
  const shapeOf = (i: number): number[] => concreteShape(t.inputs[i].shape, rows);

  switch (operation.kind) {
    case "input":
    case "variable":
      throw new TypeError(`${describe(t)} of shape ${formatShape(t.shape)} is not fed`);
    case "constant":
      return y.fill(operation.value);
    case "rowCount":
      return y.fill(rows);

    case "neg":
    case "exp":
    case "log":
    case "sqrt":
    case "square":
    case "tanh":
    case "sigmoid":
    case "relu":
      return a.map((x) => unaryFunctions[operation.kind](x));

    case "add":
    case "sub":
    case "mul":
    case "div":
    case "minimum":
    case "maximum":
    case "greater":
    case "greaterEqual": {
      const [fromA, fromB] = [broadcastIndices(shapeOf(0), shape), broadcastIndices(shapeOf(1), shape)];
      return y.map((_, i) => binaryFunctions[operation.kind](a[fromA[i]], b[fromB[i]]));
    }

    case "select":
      return y.map((_, i) => (a[i] !== 0 ? b[i] : c[i]));

    case "broadcast": {
      const from = broadcastIndices(shapeOf(0), shape);
      return y.map((_, i) => a[from[i]]);
    }
    case "sum": {
      // The transpose of a broadcast from the shape with the summed axes kept as 1.
      const kept = shapeOf(0).map((d, axis) => (operation.axes.includes(axis) ? 1 : d));
      const to = broadcastIndices(kept, shapeOf(0));
      a.forEach((x, i) => (y[to[i]] += x));
      return y;
    }
    case "reshape":
    case "stopGradient":
      return a;

    case "matmul": {
      const [m, n] = shape as [number, number];
      const k = shapeOf(0)[operation.transposeA ? 0 : 1];
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++)
          for (let p = 0; p < k; p++)
            y[i * n + j] +=
              a[operation.transposeA ? p * m + i : i * k + p] * b[operation.transposeB ? j * k + p : p * n + j];
      return y;
    }

    case "slice":
    case "pad":
    case "concat": {
      const n = shape.at(-1)!;
      // Where the columns of an input begin among those of the output: left of them, for a slice.
      let to = operation.kind === "slice" ? -operation.start : operation.kind === "pad" ? operation.before : 0;
      inputs.forEach((x, i) => {
        const width = shapeOf(i).at(-1)!;
        x.forEach((value, at) => {
          const column = to + (at % width);
          if (column >= 0 && column < n) y[Math.floor(at / width) * n + column] = value;
        });
        to += width;
      });
      return y;
    }

    case "logSoftmax": {
      const n = shape.at(-1)!;
      for (let start = 0; start < y.length; start += n) {
        const x = a.subarray(start, start + n);
        const max = x.reduce((p, q) => Math.max(p, q), -Infinity);
        const logSum = log(x.reduce((total, q) => total + exp(q - max), 0));
        for (let i = 0; i < n; i++) y[start + i] = x[i] - max - logSum;
      }
      return y;
    }

    case "pick": {
      const n = shapeOf(0).at(-1)!;
      return y.map((_, i) => a[i * n + checkIndex(b[i], n, t)]);
    }
    case "place": {
      const n = shape.at(-1)!;
      a.forEach((x, i) => (y[i * n + checkIndex(b[i], n, t)] = x));
      return y;
    }
  }
}

/** For each element of `to`, the element of `from` that NumPy's broadcasting repeats there. */
function broadcastIndices(from: readonly number[], to: readonly number[]): Int32Array {
  const indices = new Int32Array(to.reduce((p, d) => p * d, 1));
  let fromStride = 1;
  let toStride = 1;
  for (let axis = 1; axis <= from.length; axis++) {
    const [fromSize, toSize] = [from.at(-axis)!, to.at(-axis)!];
    if (fromSize > 1) indices.forEach((_, i) => (indices[i] += (Math.floor(i / toStride) % toSize) * fromStride));
    fromStride *= fromSize;
    toStride *= toSize;
  }
  return indices;
}

function checkIndex(index: number, n: number, t: Tensor): number {
  if (!Number.isInteger(index) || index < 0 || index >= n)
    throw new RangeError(`${describe(t)}: index ${index} is not one of 0..${n - 1}`);
  return index;
}

/** The new values of the variables, all computed from the old ones. */
function runUpdates(updates: readonly Update[], values: (t: Tensor) => Float64Array): Map<Variable, Float64Array> {
  const updated = new Map<Variable, Float64Array>();
  const set = (target: Variable, value: Float64Array): void => {
    if (updated.has(target)) throw new TypeError(`${describe(target)} is updated twice`);
    updated.set(target, value);
  };
  for (const update of updates) {
    if (update.kind === "assign") set(update.variable, values(update.value).slice());
    else {
      const { variable, firstMoment, secondMoment } = adamStep(update, values);
      set(update.variable, variable);
      set(update.firstMoment, firstMoment);
      set(update.secondMoment, secondMoment);
    }
  }
  return updated;
}

function adamStep(step: AdamStep, values: (t: Tensor) => Float64Array) {
  const { beta1, beta2, epsilon } = step;
  const variable = values(step.variable).slice();
  const firstMoment = values(step.firstMoment).slice();
  const secondMoment = values(step.secondMoment).slice();
  const gradient = values(step.gradient);
  const [scale, stepSize, correction] = [step.gradientScale, step.stepSize, step.correction].map(
    (t) => values(t)[0],
  ) as [number, number, number];
  if (Number.isFinite(scale))
    for (let i = 0; i < variable.length; i++) {
      const g = scale * gradient[i];
      const m = (firstMoment[i] = beta1 * firstMoment[i] + (1 - beta1) * g);
      const v = (secondMoment[i] = beta2 * secondMoment[i] + (1 - beta2) * g * g);
      variable[i] -= (stepSize * m) / (correction * Math.sqrt(v) + epsilon);
    }
  return { variable, firstMoment, secondMoment };
}

/** `input "x"`, `"loss" = mul(…)`, or the expression with the nearest named tensors: `log(sub("advantages", 1))`. */
function describe(t: Tensor): string {
  const { kind } = t.operation;
  if (kind === "input" || kind === "variable") return `${kind} "${t.name}"`;
  if (t.name !== undefined) return `"${t.name}" = ${expression(t, 3)}`;
  const text = expression(t, 3);
  const sources = text.includes("…") ? nearestNames(t, 4).filter((name) => !text.includes(name)) : [];
  return sources.length > 0 ? `${text} of ${sources.join(", ")}` : text;
}

/** The tensor written as calls, at most `depth` deep; named tensors below the top stand for themselves. */
function expression(t: Tensor, depth: number): string {
  const { operation } = t;
  if (operation.kind === "constant") return String(operation.value);
  if (t.inputs.length === 0) return t.name === undefined ? operation.kind : `"${t.name}"`;
  const operand = (x: Tensor): string => (x.name !== undefined ? `"${x.name}"` : expression(x, depth - 1));
  return `${operation.kind}(${depth > 0 ? t.inputs.map(operand).join(", ") : "…"})`;
}

/**
 * The names of the named tensors nearest to t among those it derives from, breadth first, without looking behind them.
 */
function nearestNames(t: Tensor, most: number): string[] {
  const names = new Set<string>();
  const queue = new Set(t.inputs);
  for (const x of queue) {
    if (x.name === undefined) for (const y of x.inputs) queue.add(y);
    else if (names.size < most) names.add(`"${x.name}"`);
  }
  return [...names];
}

/** ` row 3` for a tensor with rows, ` at [2, 0]` for another, nothing for a scalar. */
function where(t: Tensor, index: number): string {
  if (t.shape.length === 0) return "";
  if (hasRows(t.shape)) return ` row ${Math.floor(index / staticSize(t.shape))}`;
  const position: number[] = [];
  for (const size of [...(t.shape as number[])].reverse()) {
    position.unshift(index % size);
    index = Math.floor(index / size);
  }
  return ` at [${position.join(", ")}]`;
}
