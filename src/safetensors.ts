// The safetensors file format (https://huggingface.co/docs/safetensors): an 8-byte header length, a JSON header, then
// the bytes of all tensors, little-endian and without holes. Knows bytes only: no files, no networks.

import { bytesOf, type Bytes } from "./bytes.ts";
import { InputError } from "./errors.ts";
import { TextDecoder, TextEncoder } from "./globals.ts";
import { fromBfloat16, fromFloat16 } from "./math/half.ts";
import { parseStrictJson } from "./strict-json.ts";
import { inOneLine } from "./text/printable.ts";
import { shortened, typeName, valueText } from "./text/values.ts";

/** The typed arrays that hold tensors. */
export type TensorArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/**
 * dtypes of the format, with the array that holds each in memory. JavaScript has no 16-bit or 8-bit floats on every
 * engine, so F16, BF16 and F8 stay raw bits (see `toFloat32`); BOOL is one byte an element.
 */
const arraysByDtype = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

/** A dtype of the format: "F32", "I64", "BOOL" and so on. */
export type TensorDtype = keyof typeof arraysByDtype;

/** One named array of a file. `data` holds the elements in row-major order, as many as the product of `shape`. */
export interface StoredTensor {
  dtype: TensorDtype;
  shape: readonly number[];
  data: TensorArray;
}

/** The contents of a safetensors file: tensors by name, and its free-form metadata. */
export interface SafetensorsFile {
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
}

/** The reference implementation refuses longer headers; so a damaged length is told before memory is allocated. */
const longestHeader = 100_000_000;
const metadataKey = "__metadata__";

/** A tensor of the dtype that `data`'s type stands for, one-dimensional unless a shape is given. */
export function storedTensor(data: TensorArray, shape: readonly number[] = [data.length]): StoredTensor {
  return { dtype: dtypeOf(data), shape, data };
}

/**
 * Bytes of a safetensors file. The same tensors and metadata give the same bytes whatever their order: tensors are
 * stored by falling element size, then by name, which also aligns each to its element size; the header is padded
 * with spaces so that data starts on a multiple of 8 bytes.
 *
 * @throws InputError if a shape does not fit its data, or a dtype its array.
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, StoredTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const sorted = [...tensors].sort(([a, x], [b, y]) => elementSize(y.dtype) - elementSize(x.dtype) || compare(a, b));
  const header = Object.create(null) as Record<string, unknown>; // a tensor may be called __proto__
  const keys = Object.keys(metadata).sort(compare);
  if (keys.length > 0) header[metadataKey] = Object.fromEntries(keys.map((key) => [key, metadata[key]]));
  let end = 0;
  for (const [name, tensor] of sorted) {
    checkStorable(name, tensor, header);
    const start = end;
    end += tensor.data.byteLength;
    header[name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [start, end] };
  }

  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  if (headerBytes > longestHeader)
    throw new InputError(
      `the header, with the metadata, takes ${Math.ceil(headerBytes / 1e6)} MB, and no reader takes more than ` +
        `${longestHeader / 1e6} MB: keep large data in tensors (of an environment's state, in typed arrays)`,
    );
  const bytes = new Uint8Array(8 + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(json, 8);
  bytes.fill(0x20, 8 + json.length, 8 + headerBytes);
  let offset = 8 + headerBytes;
  for (const [, { data }] of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

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

function checkStorable(name: string, { dtype, shape, data }: StoredTensor, header: Record<string, unknown>): void {
  if (name === metadataKey)
    throw new InputError(`a tensor cannot be called ${metadataKey}: the format keeps that name`);
  if (Object.hasOwn(header, name)) throw new InputError(`two tensors are called "${name}"`);
  if (!(data instanceof arraysByDtype[dtype])) {
    throw new InputError(
      `tensor "${name}" is ${dtype}, which takes a ${arraysByDtype[dtype].name}, not ${typeName(data)}`,
    );
  }
  if (!isSizes(shape) || count(shape) !== data.length) {
    throw new InputError(`tensor "${name}" has the shape [${shape.join(", ")}] but ${data.length} elements`);
  }
}

function view(bytes: Uint8Array, start: number, length: number, dtype: TensorDtype): TensorArray {
  const size = elementSize(dtype);
  const offset = bytes.byteOffset + start;
  return offset % size === 0
    ? new arraysByDtype[dtype](bytes.buffer as ArrayBuffer, offset, length / size)
    : new arraysByDtype[dtype](Uint8Array.from(bytes.subarray(start, start + length)).buffer);
}

function dtypeOf(data: TensorArray): TensorDtype {
  if (data instanceof Uint16Array) return "U16"; // not F16, the first dtype with that array
  if (data instanceof Uint8Array) return "U8";
  const dtype = (Object.keys(arraysByDtype) as TensorDtype[]).find((key) => data instanceof arraysByDtype[key]);
  if (dtype === undefined) throw new InputError(`${typeName(data)} cannot be stored as a tensor`);
  return dtype;
}

function elementSize(dtype: TensorDtype): number {
  return arraysByDtype[dtype].BYTES_PER_ELEMENT;
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const tensorNamed = (key: string): string => `tensor "${shortened(key)}"`;

/** By code units: unlike localeCompare, the same order everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function fail(name: string, problem: string): never {
  throw new InputError(`${name} is not a whole safetensors file: ${inOneLine(problem)}`);
}
