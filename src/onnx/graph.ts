// From a tensor graph to ONNX operators: one case for each kind of operation, so that custom networks can be exported
// too.

import { InputError } from "../errors.ts";
import { hasRows, type Shape } from "../tensor/graph/shape.ts";
import {
  topologicalOrder,
  type BinaryKind,
  type Tensor,
  type UnaryKind,
  type Variable,
} from "../tensor/graph/tensor.ts";
import { dataTypes, type DataType, type OnnxConstant, type OnnxNode } from "./model.ts";

/** Collects nodes and constants; every function returns the name of a value. */
export interface GraphBuilder {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  /** The output of an operator. */
  add(operator: string, inputs: readonly string[], attributes?: Readonly<Record<string, number>>): string;
  /** Makes a value one of the model's outputs. */
  output(name: string, value: string): void;
  /** A value as another type. */
  cast(value: string, type: DataType): string;
  /** A constant of float32; without a shape a vector. Equal constants without a name are one. */
  floats(values: ArrayLike<number>, shape?: readonly number[], name?: string): string;
  /** A vector of int64: sizes, axes, bounds of slices. */
  ints(values: ArrayLike<number>): string;
}

/** @param reserved names of the model's inputs and outputs, which no other value gets */
export function createGraphBuilder(reserved: readonly string[]): GraphBuilder {
  const nodes: OnnxNode[] = [];
  const constants: OnnxConstant[] = [];
  const taken = new Set(reserved);
  const counts = new Map<string, number>();
  const equalConstants = new Map<string, string>();

  const freeName = (wanted: string): string => {
    let name = wanted;
    while (taken.has(name)) {
      const count = (counts.get(wanted) ?? 1) + 1;
      counts.set(wanted, count);
      name = `${wanted}_${count}`;
    }
    taken.add(name);
    return name;
  };
  const constant = (data: OnnxConstant["data"], shape: readonly number[], wanted?: string): string => {
    const key = `${data.constructor.name} ${shape.join()} ${data.join()}`;
    const known = wanted === undefined ? equalConstants.get(key) : undefined;
    if (known !== undefined) return known;
    const name = freeName(wanted ?? "constant");
    constants.push({ name, shape, data });
    if (wanted === undefined) equalConstants.set(key, name);
    return name;
  };

  const builder: GraphBuilder = {
    nodes,
    constants,
    add(operator, inputs, attributes = {}) {
      const output = freeName(operator.toLowerCase());
      nodes.push({ operator, inputs, output, attributes });
      return output;
    },
    output(name, value) {
      nodes.push({ operator: "Identity", inputs: [value], output: name, attributes: {} });
    },
    cast: (value, type) => builder.add("Cast", [value], { to: dataTypes[type] }),
    floats: (values, shape = [values.length], name) => constant(Float32Array.from(values), shape, name),
    ints: (values) => constant(BigInt64Array.from(Array.from(values, BigInt)), [values.length]),
  };
  return builder;
}

/** How a graph is connected to the model. */
export interface TranslateOptions {
  /** Names of the values that the graph's inputs stand for. At least one has rows: its first size is the batch. */
  readonly inputs: ReadonlyMap<Tensor, string>;
  /** The numbers of a variable. */
  readonly read: (variable: Variable) => Float32Array;
}

/**
 * Adds `tensors` and everything that they derive from.
 *
 * @returns the name of the value of each of them
 * @throws InputError for an input that is not among `inputs`
 */
export function translate(
  builder: GraphBuilder,
  tensors: readonly Tensor[],
  options: TranslateOptions,
): (t: Tensor) => string {
  const { add, cast, floats, ints } = builder;
  const names = new Map(options.inputs);
  const nameOf = (t: Tensor): string => names.get(t)!;
  const batched = [...options.inputs].find(([t]) => hasRows(t.shape))![1];
  let rows: string | undefined;
  /** The live number of rows, as a vector of one. */
  const batchSize = (): string => (rows ??= add("Shape", [batched], { start: 0, end: 1 }));

  const convert = (t: Tensor): string => {
    const { operation, shape } = t;
    const inputs = t.inputs.map(nameOf);
    const [x, y] = inputs as [string, string];
    const { kind } = operation;
    switch (kind) {
      case "input":
        throw new InputError(
          `the networks read an input "${t.name}", which an exported model does not have: its inputs are ` +
            [...options.inputs.keys()].map(({ name }) => `"${name}"`).join(" and "),
        );
      case "variable":
        return floats(options.read(t as Variable), shape as number[], t.name);
      case "constant":
        return floats([operation.value], []);
      case "rowCount":
        return add("Squeeze", [cast(batchSize(), "float32"), ints([0])]);

      case "neg":
      case "exp":
      case "log":
      case "sqrt":
      case "tanh":
      case "sigmoid":
      case "relu":
        return add(unaryOperators[kind], [x]);
      case "square":
        return add("Mul", [x, x]);
      case "gelu": {
        const inner = add("Mul", [x, add("Add", [add("Mul", [add("Mul", [x, x]), floats([0.044715], [])]), floats([1], [])])]); // prettier-ignore
        const bend = add("Tanh", [add("Mul", [inner, floats([Math.sqrt(2 / Math.PI)], [])])]);
        return add("Mul", [add("Mul", [x, floats([0.5], [])]), add("Add", [bend, floats([1], [])])]);
      }
      case "geluSlope":
      case "normalize":
      case "normalizeGradient":
      case "lookup":
      case "scatter":
      case "appendRows":
      case "attention":
      case "attentionGradient":
      case "likelihood":
      case "likelihoodGradient":
      case "likelihoodWeightGradient":
        throw new InputError(`the networks use ${kind}, which polgrad cannot write as an ONNX model`);

      case "add":
      case "sub":
      case "mul":
      case "div":
      case "minimum":
      case "maximum":
        return add(binaryOperators[kind], [x, y]);
      case "greater":
      case "greaterEqual":
        return cast(add(binaryOperators[kind], [x, y]), "float32");
      case "select":
        return add("Where", [cast(x, "bool"), y, inputs[2]]);

      case "matmul": {
        const { transposeA, transposeB } = operation;
        if (!transposeA && !transposeB) return add("MatMul", [x, y]);
        return add("Gemm", [x, y], { transA: Number(transposeA), transB: Number(transposeB) });
      }
      case "sum":
        return add("ReduceSum", [x, ints(operation.axes)], { keepdims: 0 });
      case "logSoftmax":
        return add("LogSoftmax", [x], { axis: -1 });
      case "stopGradient":
        return x;

      case "broadcast": {
        const sizes = shape.slice(hasRows(shape) ? 1 : 0) as number[];
        if (!hasRows(shape)) return add("Expand", [x, ints(sizes)]);
        // Where x has the rows, 1 leaves them as they are.
        if (hasRows(t.inputs[0].shape)) return add("Expand", [x, ints([1, ...sizes])]);
        return add("Expand", [x, add("Concat", [batchSize(), ints(sizes)], { axis: 0 })]);
      }
      case "reshape":
        return add("Reshape", [x, ints(shape.map((size) => (size === "rows" ? -1 : size)))]);

      case "pick": {
        const index = add("Unsqueeze", [cast(y, "int64"), ints([-1])]);
        return add("Squeeze", [add("GatherElements", [x, index], { axis: -1 }), ints([-1])]);
      }
      case "place": {
        const chosen = add("Equal", [add("Unsqueeze", [y, ints([-1])]), floats(range(0, width(shape)))]);
        return add("Where", [chosen, add("Unsqueeze", [x, ints([-1])]), floats([0], [])]);
      }
      case "slice": {
        const { start } = operation;
        return add("Slice", [x, ints([start]), ints([start + width(shape)]), ints([-1])]);
      }
      case "pad": {
        const { before } = operation;
        const after = width(shape) - before - width(t.inputs[0].shape);
        const others = Array<number>(shape.length - 1).fill(0);
        return add("Pad", [x, ints([...others, before, ...others, after])]);
      }
      case "concat":
        return add("Concat", inputs, { axis: -1 });
    }
  };

  for (const t of topologicalOrder(tensors)) if (!names.has(t)) names.set(t, convert(t));
  return nameOf;
}

/** Size of the last axis. */
const width = (shape: Shape): number => shape.at(-1) as number;

/** start, start + 1, … */
export const range = (start: number, count: number): number[] => Array.from({ length: count }, (_, i) => start + i);

const unaryOperators: Record<Exclude<UnaryKind, "square" | "gelu" | "geluSlope">, string> = {
  neg: "Neg",
  exp: "Exp",
  log: "Log",
  sqrt: "Sqrt",
  tanh: "Tanh",
  sigmoid: "Sigmoid",
  relu: "Relu",
};

/** ONNX broadcasts as NumPy does, and so do tensors. */
const binaryOperators: Record<BinaryKind, string> = {
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  minimum: "Min",
  maximum: "Max",
  greater: "Greater",
  greaterEqual: "GreaterOrEqual",
};
