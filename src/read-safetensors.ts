// Reading the safetensors file format: see safetensors.ts.

import { bytesOf, type Bytes } from "./bytes.ts";
import { InputError } from "./errors.ts";
import { TextDecoder } from "./globals.ts";
import { fromBfloat16, fromFloat16 } from "./math/half.ts";
import { arraysByDtype, count, elementSize, isSizes, longestHeader, metadataKey } from "./safetensors.ts";
import type { SafetensorsFile, StoredTensor, TensorArray, TensorDtype } from "./safetensors.ts";
import { parseStrictJson } from "./strict-json.ts";
import { inOneLine } from "./text/printable.ts";
import { shortened, valueText } from "./text/values.ts";

/**
 * Reads the bytes of a safetensors file. Arrays are views of `bytes` where its alignment permits, and copies elsewhere
 * (everywhere, if threads share them).
 *
 * @param name What the bytes are called in messages, such as the file's path.
 * @throws InputError if the bytes are not a whole safetensors file, saying what is wrong with them.
 */
export function decodeSafetensors(data: Bytes, name = "the safetensors data"): SafetensorsFile {
  const bytes = bytesOf(data, name);
  const { header, dataStart } = readHeader(bytes, name);
  const dataLength = bytes.length - dataStart;
  let metadata: Record<string, string> = {};
  const entries: { key: string; dtype: TensorDtype; shape: number[]; start: number; end: number }[] = [];
  for (const [key, value] of Object.entries(header)) {
    if (key === metadataKey) metadata = readMetadata(value, name);
    else entries.push({ key, ...readEntry(key, value, dataLength, name) });
  }

  // Data must be covered exactly once: what overlaps or leaves a hole was not written by a safetensors writer.
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = 0;
  for (const [index, { key, start, end }] of entries.entries()) {
    if (start < covered)
      fail(name, `${tensorNamed(key)} overlaps "${entries[index - 1]?.key}" at byte ${start} of the data`);
    if (start > covered)
      fail(name, `bytes ${covered} to ${start} of the data, before ${tensorNamed(key)}, belong to none`);
    covered = end;
  }
  if (covered < dataLength) fail(name, `the last ${dataLength - covered} bytes belong to no tensor`);

  const tensors = new Map<string, StoredTensor>();
  for (const { key, dtype, shape, start, end } of entries) {
    tensors.set(key, { dtype, shape, data: view(bytes, dataStart + start, end - start, dtype) });
  }
  return { tensors, metadata };
}

/**
 * The elements of an F32, F16 or BF16 tensor, exactly: F32 as they lie there, without a copy; the others in a new array.
 *
 * @param name what the tensor is called in messages, as `model.safetensors: tensor "w"`
 * @throws InputError if it is of another dtype
 */
export function toFloat32({ dtype, data }: StoredTensor, name: string): Float32Array {
  if (dtype === "F32") return data as Float32Array;
  if (dtype === "F16") return fromFloat16(data as Uint16Array);
  if (dtype === "BF16") return fromBfloat16(data as Uint16Array);
  throw new InputError(`${name} is ${dtype}, where F32, F16 or BF16 is needed`);
}

function readHeader(bytes: Uint8Array, name: string): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) fail(name, `it is cut short: ${bytes.length} bytes, where the header's length alone takes 8`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (headerLength > longestHeader) fail(name, "it does not start with the length of a header");
  if (8 + headerLength > bytes.length) {
    fail(name, `it is cut short: ${bytes.length} bytes, where the header alone ends at byte ${8 + headerLength}`);
  }
  let header: unknown;
  try {
    header = parseStrictJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + headerLength)));
  } catch (error) {
    fail(name, `its header is not JSON (${(error as Error).message})`);
  }
  if (!isRecord(header)) fail(name, "its header is not a JSON object");
  return { header, dataStart: 8 + headerLength };
}

function readMetadata(value: unknown, name: string): Record<string, string> {
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === "string")) {
    fail(name, `its ${metadataKey} is not a map from strings to strings`);
  }
  return value as Record<string, string>;
}

function readEntry(key: string, value: unknown, dataLength: number, name: string) {
  if (!isRecord(value)) fail(name, `the header's entry of ${tensorNamed(key)} is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  const tensor = tensorNamed(key);
  if (typeof dtype !== "string" || !Object.hasOwn(arraysByDtype, dtype)) {
    fail(name, `${tensor} has the dtype ${valueText(dtype)}; known are ${Object.keys(arraysByDtype).join(", ")}`);
  }
  if (!isSizes(shape)) fail(name, `${tensor} has the shape ${valueText(shape)}, which is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    fail(name, `${tensor} has the offsets ${valueText(offsets)}, which are not a start and an end`);
  }
  const [start, end] = offsets as [number, number];
  if (start > end) fail(name, `${tensor} ends at byte ${end} of the data, before its start at ${start}`);
  if (end > dataLength) {
    fail(name, `${tensor} ends at byte ${end} of the data, but there are only ${dataLength}: it is cut short`);
  }
  const expected = count(shape) * elementSize(dtype as TensorDtype);
  if (end - start !== expected) {
    fail(name, `${tensor}, ${dtype} of shape ${valueText(shape)}, takes ${expected} bytes, not ${end - start}`);
  }
  return { dtype: dtype as TensorDtype, shape, start, end };
}

function view(bytes: Uint8Array, start: number, length: number, dtype: TensorDtype): TensorArray {
  const size = elementSize(dtype);
  const offset = bytes.byteOffset + start;
  return offset % size === 0
    ? new arraysByDtype[dtype](bytes.buffer as ArrayBuffer, offset, length / size)
    : new arraysByDtype[dtype](Uint8Array.from(bytes.subarray(start, start + length)).buffer);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const tensorNamed = (key: string): string => `tensor "${shortened(key)}"`;

function fail(name: string, problem: string): never {
  throw new InputError(`${name} is not a whole safetensors file: ${inOneLine(problem)}`);
}
