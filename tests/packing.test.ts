import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError } from "../src/errors.ts";
import { pack } from "../src/packing.ts";
import { packedCopy } from "./packed-copy.ts";

const typedArray = fc.oneof(
  fc.float32Array(),
  fc.float64Array(),
  fc.int32Array(),
  fc.uint8Array(),
  fc.bigInt64Array(),
  fc.uint16Array(),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.constant(-0), typedArray),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("$array", "$number", "$object", "__proto__", "a/b")), tie("value"), { maxKeys: 4, noNullPrototype: true }), // prettier-ignore
  ),
}));

test("whatever is packed comes back as it was, −0, NaN and infinities included", () => {
  fc.assert(
    fc.property(value, (x) => {
      expect(packedCopy(x)).toStrictEqual(x);
    }),
    { numRuns: 500 },
  );
});

test("arrays keep their place and their type, and are named by their path", () => {
  const state = { agent: { steps: [new Float32Array([1, -0]), new Int32Array([2])] } };
  expect([...pack(state, "state").arrays.keys()]).toEqual(["state/agent/steps/0", "state/agent/steps/1"]);
  expect(packedCopy(state)).toStrictEqual(state);
});

test("fields that are undefined are left out, and an object of a class keeps its fields alone", () => {
  class Point {
    x = 1;
    y = undefined;
    length = () => 1;
  }
  const { length: _, ...point } = new Point();
  expect(packedCopy({ point })).toStrictEqual({ point: { x: 1 } });
});

const circle: Record<string, unknown> = {};
circle.again = circle;

test.each([
  ["a Map", new Map()],
  ["a Set", new Set()],
  ["a Date", new Date()],
  ["a bigint", 1n],
  ["a symbol", Symbol("x")],
  ["a function", () => 1],
  ["an ArrayBuffer", new ArrayBuffer(8)],
  ["a DataView", new DataView(new ArrayBuffer(8))],
  ["a Uint8ClampedArray", new Uint8ClampedArray(2)],
  ["a RegExp", /x/],
  ["a Promise", Promise.resolve()],
])("%s is refused by its path", (what, x) => {
  const [, name] = what.split(" ");
  for (const state of [{ deep: { there: x } }, { deep: { there: [0, x] } }])
    expect(() => pack(state, "state")).toThrow(InputError);
  expect(() => pack({ deep: { there: x } }, "state")).toThrow(new RegExp(`has a ${name} at state/deep/there, which`));
});

test("a hole, a list with undefined, and a circle are refused", () => {
  expect(() => pack([1, undefined], "list")).toThrow("has undefined at list/1");
  expect(() => pack(Object.assign([], { 1: 1 }), "list")).toThrow("has undefined at list/0");
  expect(() => pack(circle, "circle")).toThrow("nested more than 1000 levels deep");
});
