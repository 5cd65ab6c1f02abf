import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesField, doubleField, floatField, message, stringField, varintField } from "../src/protobuf.ts";
import { readFields } from "./read-protobuf.ts";

const whole = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, 127, 128, -1, -(2 ** 31)));
const number = fc.integer({ min: 1, max: 2 ** 29 - 1 });

test("the documentation's examples", () => {
  expect([...varintField(1, 150)]).toEqual([0x08, 0x96, 0x01]);
  expect([...stringField(2, "testing")]).toEqual([0x12, 7, ...Buffer.from("testing")]);
  expect([...varintField(1, -2)]).toEqual([0x08, 0xfe, ...Array<number>(8).fill(0xff), 0x01]);
});

test("whole numbers, also below zero and beyond 32 bits, in any field", () => {
  fc.assert(
    fc.property(number, whole, (field, value) => {
      expect(readFields(varintField(field, value))).toEqual([[field, BigInt.asUintN(64, BigInt(value))]]);
    }),
  );
});

test("numbers, texts and messages side by side and within another", () => {
  const inner = message([stringField(1, "μ, σ"), varintField(2, 300)]);
  const [first, second, third, fourth] = readFields(
    message([doubleField(1, Math.PI), floatField(2, 0.1), bytesField(16, inner), bytesField(3, new Uint8Array(200))]),
  );
  const view = ([, bytes] = first) => new DataView(Uint8Array.from(bytes as Uint8Array).buffer);
  expect([first[0], view(first).getFloat64(0, true)]).toEqual([1, Math.PI]);
  expect([second[0], view(second).getFloat32(0, true)]).toEqual([2, Math.fround(0.1)]);
  expect(third).toEqual([16, inner]);
  expect(readFields(third[1] as Uint8Array)).toEqual([
    [1, new TextEncoder().encode("μ, σ")],
    [2, 300n],
  ]);
  expect(fourth).toEqual([3, new Uint8Array(200)]);
});
