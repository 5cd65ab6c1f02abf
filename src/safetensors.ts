// The safetensors file format (https://huggingface.co/docs/safetensors): an 8-byte header length, a JSON header, then
// the bytes of all tensors, little-endian and without holes. Written here, read by read-safetensors.ts. Knows bytes only: no
// files, no networks.

import { InputError } from "./errors.ts";
import { TextEncoder } from "./globals.ts";
import { typeName } from "./text/values.ts";

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
export const arraysByDtype = {
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
export const longestHeader = 100_000_000;
export const metadataKey = "__metadata__";

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

function dtypeOf(data: TensorArray): TensorDtype {
  if (data instanceof Uint16Array) return "U16"; // not F16, the first dtype with that array
  if (data instanceof Uint8Array) return "U8";
  const dtype = (Object.keys(arraysByDtype) as TensorDtype[]).find((key) => data instanceof arraysByDtype[key]);
  if (dtype === undefined) throw new InputError(`${typeName(data)} cannot be stored as a tensor`);
  return dtype;
}

export function elementSize(dtype: TensorDtype): number {
  return arraysByDtype[dtype].BYTES_PER_ELEMENT;
}

export function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0));
}

/** By code units: unlike localeCompare, the same order everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
