// Messages through shared memory, for threads that block: a sender puts a message into a box in pieces, each as soon as
// the receiver has taken the previous one.

import { pack, packedArrays, unpack, type PackedArray } from "../packing.ts";
import { TextDecoder, TextEncoder } from "../globals.ts";

/** Words of a box's head: whether a piece is inside, its bytes, and how many follow it. */
const enum Head {
  Full,
  Bytes,
  Left,
}
const headBytes = 16;
const pieceBytes = 1 << 16;

/** Shared memory for one direction of messages. */
export const createBox = (): SharedArrayBuffer => new SharedArrayBuffer(headBytes + pieceBytes);

/** Waits while `words[index]` is `value`; throws if that can no longer change. */
export type WaitWhile = (words: Int32Array<SharedArrayBuffer>, index: number, value: number) => void;

/** One end of a box. A message is anything that can be packed: JSON and typed arrays. */
export interface Channel {
  /** Sends a message. `wake` is called once the first piece is in the box, to wake a receiver that waits for something else. */
  send(message: unknown, wake?: () => void): void;
  /** Whether a message has begun to arrive. */
  arrived(): boolean;
  /** Waits for a message, and returns it. */
  receive(): unknown;
}

/** Opens one end of a box. */
export function createChannel(box: SharedArrayBuffer, waitWhile: WaitWhile): Channel {
  const head = new Int32Array(box, 0, headBytes / 4);
  const piece = new Uint8Array(box, headBytes);
  const set = (full: 0 | 1): void => {
    Atomics.store(head, Head.Full, full);
    Atomics.notify(head, Head.Full);
  };
  return {
    send(message, wake) {
      const bytes = encode(message ?? null);
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        waitWhile(head, Head.Full, 1);
        const part = bytes.subarray(from, from + pieceBytes);
        piece.set(part);
        head[Head.Bytes] = part.length;
        head[Head.Left] = bytes.length - from - part.length;
        set(1);
        if (from === 0) wake?.();
      }
    },
    arrived: () => Atomics.load(head, Head.Full) === 1,
    receive() {
      let bytes: Uint8Array | undefined;
      for (let at = 0; ;) {
        waitWhile(head, Head.Full, 0);
        const [size, left] = [head[Head.Bytes], head[Head.Left]];
        bytes ??= new Uint8Array(size + left);
        bytes.set(piece.subarray(0, size), at);
        at += size;
        set(0);
        if (left === 0) return decode(bytes);
      }
    },
  };
}

/** What precedes the arrays of a message. */
interface Envelope {
  readonly tree: unknown;
  readonly arrays: readonly (readonly [name: string, type: keyof typeof packedArrays, bytes: number])[];
}

/** A message as bytes: the length of its JSON, the JSON, and its arrays one after the other. */
function encode(message: unknown): Uint8Array {
  const { tree, arrays } = pack(message, "message");
  const parts = [...arrays].map(([name, array]) => [name, array.constructor.name, array.byteLength] as const);
  const json = new TextEncoder().encode(JSON.stringify({ tree, arrays: parts }));
  let at = 4 + json.length;
  const bytes = new Uint8Array(parts.reduce((total, [, , size]) => total + size, at));
  new DataView(bytes.buffer).setUint32(0, json.length);
  bytes.set(json, 4);
  for (const { buffer, byteOffset, byteLength } of arrays.values()) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

function decode(bytes: Uint8Array): unknown {
  let at = 4 + new DataView(bytes.buffer).getUint32(0);
  const { tree, arrays } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, at))) as Envelope;
  const found = new Map<string, PackedArray>();
  for (const [name, type, size] of arrays)
    found.set(name, new packedArrays[type](bytes.slice(at, (at += size)).buffer));
  return unpack(tree, found);
}
