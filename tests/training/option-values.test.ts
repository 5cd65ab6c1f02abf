// What an option's values may be: checked as zod checks the same JSON Schema, and told in words.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromJSONSchema } from "zod";
import { algorithms } from "../../src/algorithms/index.ts";
import { completeOptions, defaultsOf, type ValueSchema } from "../../src/learning/option-schema.ts";
import * as option from "../../src/learning/options.ts";
import { optionsSchema } from "../../src/training/index.ts";
import { describeAllowed } from "../../src/training/option-values.ts";

/** What is wrong with a value: null if nothing is, "" if it is of the wrong kind. */
function problemWith(schema: ValueSchema, value: unknown): string | null {
  const { problems } = completeOptions({ shape: { it: schema } }, { it: value });
  return problems.length === 0 ? null : (problems[0].said ?? "");
}

const kinds: Record<string, ValueSchema> = {
  whole: { type: "integer", minimum: 5, exclusiveMaximum: 9 },
  positive: { type: "number", exclusiveMinimum: 0 },
  fraction: { type: "number", minimum: 0, maximum: 1 },
  flag: { type: "boolean" },
  text: { type: "string" },
  word: { type: "string", enum: ["a", "b"] },
  nothing: { type: "null" },
  nullable: { anyOf: [{ type: "string" }, { type: "null" }] },
  union: { anyOf: [{ const: "auto" }, { type: "number", exclusiveMinimum: 0 }] },
  numbers: { type: "array", items: { type: "number" }, minItems: 1, maxItems: 4 },
  pair: { type: "array", items: { type: "integer", minimum: 1 }, minItems: 2, maxItems: 2 },
  anything: { type: "object" },
  map: { type: "object", additionalProperties: { type: "number", minimum: 0 } },
};

const values = [null, true, false, 0, -0, 1, -1, 0.5, 5, 5.5, 8, 9, 1e300, NaN, Infinity, -Infinity, 2 ** 53, "", "a", "auto", "5", "null", [], [1], [1, 2], [1, 0.5], [0, 1], [1, "2"], [1, 2, 3, 4, 5], [undefined, 1], Array(2), [[1]], {}, { a: 1 }, { a: -1 }, { a: "1" }, { a: null }, () => 1, Symbol("a"), 5n]; // prettier-ignore

describe("values are taken and refused as by zod", () => {
  test.each(Object.entries(kinds))("%s", (_, schema) => {
    const zod = fromJSONSchema(schema as Parameters<typeof fromJSONSchema>[0]);
    const agrees = (value: unknown) => [value, problemWith(schema, value) === null];
    expect(values.map(agrees)).toEqual(values.map((value) => [value, zod.safeParse(value).success]));
    const value = fc.oneof(fc.integer({ min: -2, max: 12 }), fc.double({ min: -1, max: 2 }), fc.array(fc.nat(5)));
    fc.assert(fc.property(value, (value) => (problemWith(schema, value) === null) === zod.safeParse(value).success));
  });
});

test("objects are plain ones", () => {
  for (const value of [new Map(), new Date(0), new (class {})()]) expect(problemWith(kinds.map, value)).toBe("");
  expect(problemWith(kinds.map, Object.assign(Object.create(null), { a: 1 }))).toBeNull();
});

describe("options with their defaults", () => {
  const schema = option.schema({
    rate: option.positive(0.5, "a rate"),
    hidden: { type: "array", items: { type: "integer" }, default: [64, 64] } as { default?: number[] },
    extra: { type: "object", default: {} } as { default?: object },
    limit: { type: "integer" } as { default?: number },
    own: { problem: (value: unknown) => (value === 3 ? undefined : "only 3 will do") },
    plan: option.schedule("linear", "a schedule"),
  });

  test("what is left out has its default, or is none", () => {
    expect(defaultsOf(schema)).toEqual({ rate: 0.5, hidden: [64, 64], extra: {}, plan: "linear" });
    expect(completeOptions(schema, { rate: undefined, limit: 3 }).options).toMatchObject({ rate: 0.5, limit: 3 });
  });

  test("lists and objects are new ones: neither a caller nor another training changes them", () => {
    const hidden = [8];
    const { options } = completeOptions(schema, { hidden });
    expect(options.hidden).toEqual([8]);
    expect(options.hidden).not.toBe(hidden);
    defaultsOf(schema).hidden.push(1);
    expect(defaultsOf(schema)).toMatchObject({ hidden: [64, 64] });
    expect(defaultsOf(schema).extra).not.toBe(defaultsOf(schema).extra);
  });

  test("what is wrong is told by name, in the order of the schema, with words where there are some", () => {
    const { options, problems } = completeOptions(schema, { own: 4, plan: { 2: 1 }, rate: -1, hidden: [8] });
    expect(problems).toMatchObject([{ name: "rate" }, { name: "own", said: "only 3 will do" }, { name: "plan" }]);
    expect(problems[2].said).toContain("the table");
    expect(options).toEqual({ hidden: [8], extra: {} });
    expect(completeOptions(schema, { own: 3, plan: { 0: 1, 1: 0 } }).problems).toEqual([]);
    expect(completeOptions(schema, { plan: "sideways" }).problems).toEqual([{ name: "plan" }]);
  });
});

test.each(Object.keys(algorithms))("defaults and presets of %s are values that it takes", (name) => {
  const schema = optionsSchema(name);
  const { env: _, ...shape } = schema.shape;
  expect(completeOptions({ shape }, defaultsOf({ shape })).problems).toEqual([]);
});

test("in words", () => {
  const words = Object.fromEntries(Object.entries(kinds).map(([name, one]) => [name, describeAllowed(one)]));
  expect(words).toMatchObject({
    whole: "a whole number of at least 5 and below 9",
    nullable: "text, or none",
    union: "auto, or a number above 0",
    word: "one of a, b",
    pair: "a list of 2 whole numbers of at least 1, such as 64,64",
    anything: "an object",
  });
});
