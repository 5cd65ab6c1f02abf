import { expect, test } from "vitest";
import { messageOf, typeName, valueText } from "../../src/text/values.ts";

class Lake {}

test.each([
  [null, "null"],
  [undefined, "undefined"],
  ["x", "a string"],
  [3, "a number"],
  [[1], "an array"],
  [{}, "an object"],
  [Object.create(null), "an object"],
  [new Int32Array(1), "an Int32Array"],
  [new Uint8Array(1), "a Uint8Array"],
  [new Lake(), "a Lake"],
  [() => 1, "a function"],
])("%o is %s", (x, name) => {
  expect(typeName(x)).toBe(name);
});

test("a value in a message: an array is not taken for its only element", () => {
  expect(valueText(1)).toBe("1");
  expect(valueText([1])).toBe("[1]");
  expect(valueText(Float32Array.of(0.5, -2))).toBe("[0.5, -2]");
  expect(valueText(undefined)).toBe("undefined");
});

test("what was thrown, whatever it was", () => {
  expect(messageOf(new TypeError("no such thing"))).toBe("no such thing");
  expect(messageOf("a string")).toBe("a string");
});
