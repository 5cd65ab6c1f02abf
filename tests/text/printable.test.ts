import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError, RunError } from "../../src/errors.ts";
import { inOneLine, printable } from "../../src/text/printable.ts";
import { shellQuoted } from "../../src/text/shell.ts";

const numRuns = Number(process.env.POLGRAD_CASES ?? 40);
const forbidden = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/; // eslint-disable-line no-control-regex
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: fc.constantFrom("\x1b", "[31m", "\x9b", "\x7f", "\u202e", "\ud800", "\n", "a") }),
);

test("nothing that a terminal obeys is left, and line feeds only where lines are wanted", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(printable(text)).not.toMatch(forbidden);
      expect(inOneLine(text)).not.toMatch(/\n/);
      expect(() => encodeURIComponent(inOneLine(text))).not.toThrow(); // which lone surrogates make it
      expect(printable(printable(text))).toBe(printable(text));
      expect(new InputError(text).message).toBe(printable(text));
      expect(new RunError(text).message).toBe(printable(text));
      expect(JSON.parse(printable(JSON.stringify({ text })))).toEqual({ text });
    }),
    { numRuns },
  );
});

test("what is harmless stays as it is", () => {
  for (const text of ["Küche – 厨房 🤖", "ελ\nש", "a\\u001b", "−1 ± 2 …"]) expect(printable(text)).toBe(text);
  expect(printable("\x1b[31m\u202e\t")).toBe("\\u001b[31m\\u202e\\u0009");
});

test("a path with control characters is shown as a word that shells read as it is", () => {
  expect(shellQuoted("a\x1b[1m\nit's \\")).toBe("$'a\\u001b[1m\\u000ait\\'s \\\\'");
});
