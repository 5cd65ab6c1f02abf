// An ONNX model as a plain object, and as the bytes of a file: a ModelProto.
// Messages and field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3

import { bytesField, message, stringField, varintField } from "../protobuf.ts";

/** The version of the file format, and of the operators: those of ONNX 1.10 (2021). */
export const irVersion = 8;
export const opset = 15;

/** Element types, by their numbers in TensorProto.DataType. */
export const dataTypes = { float32: 1, int64: 7, bool: 9 } as const;
/** The type of a value's elements. */
export type DataType = keyof typeof dataTypes;

/** What the file of a model holds. */
export interface OnnxModel {
  readonly name: string;
  readonly description: string;
  readonly producerVersion: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
}

/** An input or output of the model. */
export interface OnnxValue {
  /** What it is called in calls of the model. */
  readonly name: string;
  /** Type of its elements. */
  readonly type: DataType;
  /** Its sizes; a name stands for one that may vary from run to run. */
  readonly shape: readonly (number | string)[];
  /** What it means. */
  readonly description: string;
}

/** A call of an operator: https://onnx.ai/onnx/operators. Values are known by their names. */
export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, number>>;
}

/** A value that the file holds ("initializer"): a weight, a bound, an axis. */
export interface OnnxConstant {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major; an empty shape is a scalar. */
  readonly data: Float32Array | BigInt64Array;
}

/** The bytes of a model's file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const metadata = Object.entries(model.metadata).map(([name, text]) =>
    bytesField(14, message([stringField(1, name), stringField(2, text)])),
  );
  return message([
    varintField(1, irVersion),
    stringField(2, "polgrad"),
    stringField(3, model.producerVersion),
    stringField(6, model.description),
    bytesField(7, graphProto(model)),
    bytesField(8, message([stringField(1, ""), varintField(2, opset)])),
    ...metadata,
  ]);
}

const graphProto = ({ nodes, name, constants, inputs, outputs }: OnnxModel): Uint8Array =>
  message([
    ...nodes.map((node) => bytesField(1, nodeProto(node))),
    stringField(2, name),
    ...constants.map((constant) => bytesField(5, tensorProto(constant))),
    ...inputs.map((value) => bytesField(11, valueInfoProto(value))),
    ...outputs.map((value) => bytesField(12, valueInfoProto(value))),
  ]);

const nodeProto = ({ operator, inputs, output, attributes }: OnnxNode): Uint8Array =>
  message([
    ...inputs.map((name) => stringField(1, name)),
    stringField(2, output),
    stringField(3, output), // a node has the name of its output
    stringField(4, operator),
    ...Object.entries(attributes).map(([name, value]) => bytesField(5, attributeProto(name, value))),
  ]);

const int = 2;
/** All attributes that are needed here are whole numbers. */
const attributeProto = (name: string, value: number): Uint8Array =>
  message([stringField(1, name), varintField(3, value), varintField(20, int)]);

const tensorProto = ({ name, shape, data }: OnnxConstant): Uint8Array =>
  message([
    ...shape.map((size) => varintField(1, size)),
    varintField(2, data instanceof Float32Array ? dataTypes.float32 : dataTypes.int64),
    stringField(8, name),
    bytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);

function valueInfoProto({ name, type, shape, description }: OnnxValue): Uint8Array {
  const sizes = shape.map((size) =>
    bytesField(1, message([typeof size === "number" ? varintField(1, size) : stringField(2, size)])),
  );
  const tensor = message([varintField(1, dataTypes[type]), bytesField(2, message(sizes))]);
  return message([stringField(1, name), bytesField(2, bytesField(1, tensor)), stringField(3, description)]);
}
