// The part of Protobuf's wire format that writing messages takes: each function returns the bytes of one field, and a
// message is its fields one after another. Format: https://protobuf.dev/programming-guides/encoding

import { TextEncoder } from "./globals.ts";

/** The bytes of a message: those of its fields, in this order. */
export function message(fields: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((length, field) => length + field.length, 0));
  let offset = 0;
  for (const field of fields) {
    bytes.set(field, offset);
    offset += field.length;
  }
  return bytes;
}

/** int32, int64, bool or an enum: a whole number, also below zero. */
export const varintField = (field: number, value: number): Uint8Array =>
  message([key(field, 0), varint(BigInt.asUintN(64, BigInt(value)))]);

/** A number of 64 bits. */
export function doubleField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return message([key(field, 1), bytes]);
}

/** A number of 32 bits. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return message([key(field, 5), bytes]);
}

/** Bytes, or a message within a message. */
export const bytesField = (field: number, bytes: Uint8Array): Uint8Array =>
  message([key(field, 2), varint(BigInt(bytes.length)), bytes]);

/** Text, as UTF-8. */
export const stringField = (field: number, text: string): Uint8Array =>
  bytesField(field, new TextEncoder().encode(text));

const key = (field: number, wireType: number): Uint8Array => varint(BigInt(field * 8 + wireType));

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Uint8Array.of(...bytes, Number(value));
}
