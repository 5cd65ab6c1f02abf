import { describe, expect, test } from "vitest";
import { parseValue, placeholder } from "../../src/cli/values.ts";
import { valueText } from "../../src/text/values.ts";
import type { ValueSchema } from "../../src/learning/option-schema.ts";
import { describeAllowed, describeRange, show } from "../../src/training/option-values.ts";

const number: ValueSchema = { type: "number", minimum: 0, maximum: 1 };
const integer: ValueSchema = { type: "integer", minimum: 1 };
const positive: ValueSchema = { type: "number", exclusiveMinimum: 0 };
const optional: ValueSchema = { anyOf: [number, { type: "null" }] };
const list: ValueSchema = { type: "array", items: integer };
const choice: ValueSchema = { type: "string", enum: ["none", "constant", "learned"] };
const object: ValueSchema = { type: "object" };

test.each<[ValueSchema, string, unknown]>([
  [number, "0.5", 0.5],
  [number, "3e-4", 3e-4],
  [number, ".5", 0.5],
  [number, "100_000", 100_000],
  [number, "-1", -1],
  [number, "", ""],
  [number, "1x", "1x"],
  [number, "Infinity", "Infinity"],
  [number, "0x10", "0x10"],
  [integer, "1.5", 1.5],
  [optional, "none", null],
  [optional, "null", null],
  [optional, "0.1", 0.1],
  [optional, "some", "some"],
  [list, "64,64", [64, 64]],
  [list, "64", [64]],
  [list, " 64 , 32 ", [64, 32]],
  [list, "", []],
  [list, "64,x", [64, "x"]],
  [choice, "constant", "constant"],
  [choice, "other", "other"],
  [choice, "none", "none"],
  [object, '{"length": 2}', { length: 2 }],
  [object, "{length", "{length"],
])("parseValue(%#): %j, %j is %j", (schema, text, value) => {
  expect(parseValue(text, schema)).toEqual(value);
});

describe("in words", () => {
  test.each<[ValueSchema, string, string, string]>([
    [number, "a number from 0 to 1", "0 to 1", "<number>"],
    [integer, "a whole number of at least 1", "at least 1", "<integer>"],
    [positive, "a number above 0", "above 0", "<number>"],
    [
      { type: "number", exclusiveMinimum: 0, maximum: 1 },
      "a number above 0 and at most 1",
      "above 0 and at most 1",
      "<number>",
    ],
    [{ type: "number" }, "a number", "", "<number>"],
    [optional, "a number from 0 to 1, or none", "0 to 1", "<number|none>"],
    [list, "a list of whole numbers of at least 1, such as 64,64", "", "<integer,…>"],
    [choice, "one of none, constant, learned", "", "<none|constant|learned>"],
    [{ type: "boolean" }, "true or false", "", "<boolean>"],
    [object, "an object", "", "<json>"],
  ])("%#: %s", (schema, allowed, range, value) => {
    expect(describeAllowed(schema)).toBe(allowed);
    expect(describeRange(schema)).toBe(range);
    expect(placeholder(schema)).toBe(value);
  });

  test("as a program has the values", () => {
    expect(describeAllowed(choice, valueText)).toBe('one of "none", "constant", "learned"');
    expect(describeAllowed(optional, valueText)).toBe("a number from 0 to 1, or null");
    expect([[64, "a"], null, NaN, () => 0, { a: 1 }].map(valueText)).toEqual([
      '[64, "a"]',
      "null",
      "NaN",
      "a function",
      '{"a":1}',
    ]);
  });

  test("show writes values as they would be typed", () => {
    expect([64, [64, 32], null, true, { a: 1 }, "tanh"].map(show)).toEqual([
      "64",
      "64,32",
      "none",
      "true",
      '{"a":1}',
      "tanh",
    ]);
  });
});
