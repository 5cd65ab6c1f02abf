// States on their way into files and between threads: JSON, beside which typed arrays stand as they are. What would not
// come back as it was is refused.

import { InputError } from "./errors.ts";
import type { TensorArray } from "./safetensors.ts";

/** The typed arrays that a state may hold: those that its file may. */
export type PackedArray = TensorArray;

/** By the names of their constructors. */
export const packedArrays = {
  Float64Array,
  Float32Array,
  BigInt64Array,
  BigUint64Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
} as const;

/** A state in two parts. */
export interface Packed {
  /** What JSON keeps: where a typed array was, there is `{ $array: its name }`. */
  readonly tree: unknown;
  /** The typed arrays by name, which is their path, as "agent/player/states". They are not copied. */
  readonly arrays: Map<string, PackedArray>;
}

/** A state nested more deeply than this goes round in a circle, or might as well. */
const deepest = 1000;

/**
 * Parts a state into JSON and typed arrays.
 *
 * @param value objects, arrays, typed arrays, strings, booleans, null and numbers, NaN and −0 among them; fields that
 *   are undefined are left out, and objects of a class keep their fields alone
 * @param root what the names of arrays, and paths in messages, begin with
 * @throws InputError naming the first part that would not come back as it was, such as a Map
 */
export function pack(value: unknown, root: string): Packed {
  const arrays = new Map<string, PackedArray>();
  const packed = (part: unknown, path: string, depth: number): unknown => {
    switch (typeof part) {
      case "string":
      case "boolean":
        return part;
      case "number":
        return Number.isFinite(part) && !Object.is(part, -0)
          ? part
          : { $number: Object.is(part, -0) ? "-0" : `${part}` };
      case "object":
        break;
      default:
        throw unkept(path, typeof part === "undefined" ? "undefined" : `a ${typeof part}`);
    }
    if (part === null) return null;
    if (depth > deepest) throw unkept(path, `nested more than ${deepest} levels deep`);
    if (ArrayBuffer.isView(part)) {
      const { name } = part.constructor;
      if (!Object.hasOwn(packedArrays, name)) throw unkept(path, `a ${name}`);
      arrays.set(path, part as PackedArray);
      return { $array: path };
    }
    const below = (key: string | number, of: unknown): unknown => packed(of, `${path}/${key}`, depth + 1);
    if (Array.isArray(part)) return Array.from(part as readonly unknown[], (of, i) => below(i, of));
    if (losesItself(part)) throw unkept(path, `a ${Object.prototype.toString.call(part).slice(8, -1)}`);
    const fields = Object.entries(part).filter(([, of]) => of !== undefined);
    const object = Object.fromEntries(fields.map(([key, of]) => [key, below(key, of)]));
    return fields.some(([key]) => key.startsWith("$")) ? { $object: object } : object;
  };
  return { tree: packed(value, root, 0), arrays };
}

/** The state that {@link pack} parted; its typed arrays are those given. @throws InputError if one is missing */
export function unpack(tree: unknown, arrays: ReadonlyMap<string, PackedArray>): unknown {
  const unpacked = (part: unknown): unknown => {
    if (typeof part !== "object" || part === null) return part;
    if (Array.isArray(part)) return part.map(unpacked);
    const { $array: name, $number: number, $object: object = part } = part as Record<string, unknown>;
    if (typeof number === "string") return Number(number);
    if (name === undefined) return mapped(object as object);
    const array = arrays.get(name as string);
    if (!array) throw new InputError(`the state is damaged: its array "${name as string}" is missing`);
    return array;
  };
  const mapped = (object: object): object =>
    Object.fromEntries(Object.entries(object).map(([key, of]) => [key, unpacked(of)]));
  return unpacked(tree);
}

/** Whether an object is more than its own fields: a Map, a Date, an ArrayBuffer. */
const losesItself = (object: object): boolean => Object.prototype.toString.call(object) !== "[object Object]";

const unkept = (path: string, what: string): InputError =>
  new InputError(
    `the state has ${what} at ${path}, which a checkpoint cannot keep: use plain objects, arrays, numbers, strings, or typed arrays`,
  );
