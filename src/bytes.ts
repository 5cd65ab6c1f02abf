// The bytes of a file, as callers have them.

import { InputError } from "./errors.ts";
import { typeName } from "./text/values.ts";

/** The bytes of a file: a Uint8Array (a Node Buffer is one) or another view, or a whole ArrayBuffer. */
export type Bytes = ArrayBufferView | ArrayBufferLike;

/**
 * The same bytes as a Uint8Array; a copy only of memory that threads share, whose bytes may change while they are read.
 *
 * @param name what the bytes are called in messages
 * @throws InputError if they are something else, or have been transferred to another thread
 */
export function bytesOf(data: Bytes, name: string): Uint8Array {
  if (!ArrayBuffer.isView(data) && !isBuffer(data))
    throw new InputError(
      `${name} is ${typeName(data)}, but must be bytes, in a Uint8Array or an ArrayBuffer${hints[tagOf(data)] ?? ""}`,
    );
  try {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    return tagOf(bytes.buffer) === "SharedArrayBuffer" ? bytes.slice() : bytes;
  } catch (error) {
    throw new InputError(`${name} cannot be read: its memory has been transferred elsewhere`, { cause: error });
  }
}

/** The class of a built-in object, of any realm: a page's frames have classes of their own. */
function tagOf(x: unknown): string {
  try {
    return Object.prototype.toString.call(x).slice(8, -1);
  } catch {
    return "Proxy"; // a revoked one
  }
}

const isBuffer = (x: unknown): x is ArrayBufferLike => /^(Shared)?ArrayBuffer$/.test(tagOf(x));

const itsBuffer = ": await its arrayBuffer()";
/** How to get at the bytes of what is easily taken for them. */
const hints: Readonly<Record<string, string>> = {
  String: ", such as readFileSync(path) or await (await fetch(url)).arrayBuffer()",
  Promise: ": await it first",
  Response: itsBuffer,
  Blob: itsBuffer,
  File: itsBuffer,
};
