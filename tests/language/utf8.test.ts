import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { decodeUtf8 } from "../../src/language/index.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...utf8(part)] : part)));

/** Well-formed: without lone surrogates. */
const anyText = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff })))
  .map((codes) => String.fromCodePoint(...codes));

test("any text comes back, without a byte order mark", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(decodeUtf8(utf8(`\ufeff${text}`), "a.txt")).toBe(text);
    }),
  );
});

test.each([
  ["a lone byte", bytes("ab\ncé", [0xff], "d"), 6, 2],
  ["after a replacement character that was written", bytes("\ufffd\n\ufffd", [0x80]), 7, 2],
  ["after a byte order mark", bytes("\ufeffa", [0xc3, 0x28]), 4, 1],
  ["after four-byte characters", bytes("😀😀\n", [0xf5]), 9, 2],
  ["a character that the end cuts", bytes("a\n\n", [0xe2, 0x82]), 3, 3],
  ["a surrogate", bytes("a", [0xed, 0xa0, 0x80]), 1, 1],
  ["a form that is too long", bytes([0xc0, 0x80]), 0, 1],
])("%s: byte and line are named", (_, data, offset, line) => {
  const message = `data/a.txt is not text in UTF-8: byte ${offset}, in line ${line}, is not`;
  expect(() => decodeUtf8(data, "data/a.txt")).toThrow(new InputError(message));
});

test("says what else it looks like", () => {
  expect(() => decodeUtf8(bytes([0x1f, 0x8b, 8, 0]), "a.jsonl.gz")).toThrow("it looks like a gzip file");
  expect(() => decodeUtf8(bytes([0xff, 0xfe, 0x61, 0]), "a.txt")).toThrow("it looks like UTF-16");
});

test("refuses what is no bytes, and what no string can hold", () => {
  expect(() => decodeUtf8("text" as unknown as Uint8Array, "a.txt")).toThrow("a.txt is a string, but must be bytes");
  expect(() => decodeUtf8(new Uint8Array(500_000_001), "a.txt")).toThrow("a.txt has 501 MB of text");
});
