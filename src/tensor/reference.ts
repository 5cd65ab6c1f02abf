// The reference backend: executes a graph in float64, one operation after another. Gradients are checked on it, kernels
// are checked against it, and it finds the first NaN.

import { describe, describeElement } from "./graph/describe.ts";
import { concreteSize, formatShape, hasRows, staticSize } from "./graph/shape.ts";
import { topologicalOrder, type Tensor, type Variable } from "./graph/tensor.ts";
import { updateInputs, type AdamStep, type Update } from "./graph/updates.ts";
import { evaluateOperation } from "./reference-operations.ts";

/** What {@link runReference} computes: outputs by name, and updates of variables. */
export interface ReferenceSpec {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates?: readonly Update[];
}

/** Values of inputs and variables, row-major. Any other tensor may be fed, too: it then has this value, not its own. */
export type Feeds = ReadonlyMap<Tensor, ArrayLike<number>>;

/** The result of {@link runReference}. */
export interface ReferenceResult {
  readonly outputs: Record<string, Float64Array>;
  /** The new values of the updated variables; `feeds` is not changed. */
  readonly updated: Map<Variable, Float64Array>;
  /** The value of any tensor of the graph, or of any other tensor computed from the same feeds. */
  values(t: Tensor): Float64Array;
}

/**
 * Runs a graph in float64. `rows` is the live number of rows; by default it is inferred from the fed inputs.
 * Throws a TypeError that names an input or variable that is not fed or is fed the wrong number of elements.
 */
export function runReference(spec: ReferenceSpec, feeds: Feeds, rows?: number): ReferenceResult {
  const values = evaluator(feeds, rows ?? inferRows(feeds), (x) => x);
  const outputs: Record<string, Float64Array> = {};
  for (const [name, t] of Object.entries(spec.outputs)) outputs[name] = values(t);
  return { outputs, updated: runUpdates(spec.updates ?? [], values), values };
}

/** A tensor that holds a NaN, as found by {@link firstNonFinite}. */
export interface NonFinite {
  readonly tensor: Tensor;
  /** Which tensor and row: `input "observations" row 3`, `log(sub("advantages", 1)) row 0`. */
  readonly description: string;
  readonly value: number;
  /** Of the element, row-major. */
  readonly index: number;
}

/**
 * The first tensor in topological order that holds a NaN (none of those it is computed from does); undefined if there
 * is none. A NaN that reaches no output or update (because `select` discards it) is not reported, nor is an infinity
 * alone: the log-probability of a masked action is −∞. If the NaN came from an infinity, the description says so.
 * Values are rounded to float32 after each operation, as in an engine, so that what overflows there overflows here.
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
    return {
      tensor,
      description: describe(tensor) + describeElement(tensor, index) + infinities(tensor),
      value: NaN,
      index,
    };
  }
  for (const [variable, value] of runUpdates(updates, values)) {
    const index = value.findIndex(Number.isNaN);
    if (index < 0) continue;
    const description = `the new value of ${describe(variable)}${describeElement(variable, index)}`;
    return { tensor: variable, description, value: NaN, index };
  }
  return undefined;

  function infinities(t: Tensor): string {
    const infinite = t.inputs.find((x) => values(x).some((v) => v === Infinity || v === -Infinity));
    return infinite ? `, of an infinite ${describe(infinite)}` : "";
  }
}

/** A function that computes tensors on demand, each once. */
function evaluator(feeds: Feeds, rows: number, round: (x: number) => number): (t: Tensor) => Float64Array {
  if (!Number.isInteger(rows) || rows < 1) throw new TypeError(`rows must be a positive integer, not ${rows}`);
  const known = new Map<Tensor, Float64Array>();
  const valueOf = (t: Tensor): Float64Array => {
    const fed = feeds.get(t);
    const inputs = (): Float64Array[] => t.inputs.map((x) => known.get(x)!);
    if (!fed) return evaluateOperation(t, inputs(), rows);
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

/** The number of rows of the fed inputs; 1 if none has rows. */
function inferRows(feeds: Feeds): number {
  for (const [t, fed] of feeds) if (hasRows(t.shape)) return Math.max(1, Math.floor(fed.length / staticSize(t.shape)));
  return 1;
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
