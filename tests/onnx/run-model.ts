// Runs models in ONNX Runtime, on its WebAssembly backend.

import * as ort from "onnxruntime-web";
import { createGraphBuilder, translate } from "../../src/onnx/graph.ts";
import { encodeModel, type DataType, type OnnxValue } from "../../src/onnx/model.ts";
import type { Feeds } from "../../src/tensor/reference.ts";
import { concreteShape, formatShape } from "../../src/tensor/graph/shape.ts";
import type { Tensor, Variable } from "../../src/tensor/graph/tensor.ts";

ort.env.wasm.numThreads = 1;

export interface Fed {
  type: DataType;
  values: ArrayLike<number>;
  shape: readonly number[];
}

/** What a model puts out, as numbers. */
export type Outputs = Record<string, { values: number[]; shape: readonly number[]; type: string }>;

/** Opens a model: ONNX Runtime checks its operators, types and shapes. */
export async function openModel(bytes: Uint8Array) {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    close: () => session.release(),
    async run(inputs: Record<string, Fed>): Promise<Outputs> {
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, fed]) => [name, tensorOf(fed)]));
      const results = Object.entries(await session.run(feeds));
      return Object.fromEntries(
        results.map(([name, { data, dims, type }]) => {
          const values = Array.from(data as ArrayLike<number | bigint>, Number);
          return [name, { values, shape: dims, type }];
        }),
      );
    },
  };
}

function tensorOf({ type, values, shape }: Fed): ort.Tensor {
  switch (type) {
    case "float32":
      return new ort.Tensor("float32", Float32Array.from(values), shape);
    case "int64":
      return new ort.Tensor("int64", BigInt64Array.from(Array.from(values, BigInt)), shape);
    case "bool":
      return new ort.Tensor("bool", Uint8Array.from(values), shape);
  }
}

/** The values of tensors, by ONNX Runtime: a model of their graph alone. */
export async function runGraph(tensors: readonly Tensor[], feeds: Feeds, rows: number): Promise<number[][]> {
  const leaves = [...feeds.keys()].filter((t) => t.operation.kind === "input");
  const value = (name: string, t: Tensor): OnnxValue => {
    const shape = t.shape.map((size) => (size === "rows" ? "batch" : size));
    return { name, type: "float32", shape, description: "" };
  };
  const inputs = leaves.map((t) => value(t.name!, t));
  const outputs = tensors.map((t, i) => value(`output${i}`, t));
  const builder = createGraphBuilder([...inputs, ...outputs].map(({ name }) => name));
  const nameOf = translate(builder, tensors, {
    inputs: new Map(leaves.map((t) => [t, t.name!])),
    read: (variable: Variable) => Float32Array.from(feeds.get(variable)!),
  });
  tensors.forEach((t, i) => builder.output(`output${i}`, nameOf(t)));
  const { nodes, constants } = builder;
  const graph = {
    name: "graph",
    description: "",
    producerVersion: "",
    metadata: {},
    inputs,
    outputs,
    nodes,
    constants,
  };
  const model = await openModel(encodeModel(graph));
  const fed = leaves.map((t): [string, Fed] => {
    return [t.name!, { type: "float32", values: feeds.get(t)!, shape: concreteShape(t.shape, rows) }];
  });
  const results = await model.run(Object.fromEntries(fed));
  await model.close();
  return tensors.map((t, i) => {
    const { values, shape } = results[`output${i}`];
    if (shape.join() !== concreteShape(t.shape, rows).join())
      throw new Error(`${t.operation.kind} of shape ${formatShape(t.shape)} came out as [${shape.join(", ")}]`);
    return values;
  });
}
