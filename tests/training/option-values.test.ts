// The JSON Schemas of options, which messages and help are written from, are those of zod's own toJSONSchema.

import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { algorithms } from "../../src/algorithms/index.ts";
import { optionsSchema } from "../../src/training/index.ts";
import { describeAllowed, valueSchemas } from "../../src/training/option-values.ts";

/**
 * What zod says of each option, in the same words: nothing of safe integers, of the inside of objects, or of types
 * beside values.
 */
function byZod(schema: z.ZodMiniObject): Record<string, unknown> {
  const { properties } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.fromEntries(Object.entries(properties!).map(([name, one]) => [name, plain(one as object)]));
}

function plain(schema: object): Record<string, unknown> {
  const { propertyNames: _, properties: __, required: ___, ...rest } = schema as Record<string, unknown>; // prettier-ignore
  for (const [key, value] of Object.entries(rest)) {
    if (Math.abs(value as number) === Number.MAX_SAFE_INTEGER) delete rest[key];
    if (key === "anyOf") rest.anyOf = (value as object[]).map(plain);
    if (key === "items") rest.items = plain(value as object);
    if (key === "additionalProperties") {
      if (typeof value === "object" && Object.keys(value!).length > 0) rest[key] = plain(value as object);
      else delete rest[key];
    }
  }
  if (Array.isArray(rest.type)) {
    const { type, ...others } = rest;
    return { ...others, anyOf: (type as string[]).map((one) => ({ type: one })) };
  }
  if ("const" in rest || ("enum" in rest && rest.type === "number")) delete rest.type;
  return rest;
}

test.each(Object.keys(algorithms))("options of %s", (name) => {
  const schema = optionsSchema(name);
  const ours = Object.entries(valueSchemas(schema)).map(([option, one]) => [option, plain(one)]);
  expect(Object.fromEntries(ours)).toEqual(byZod(schema));
});

describe("options of an algorithm of one's own", () => {
  const own = z.object({
    whole: z.number().check(z.int(), z.gte(3), z.gte(5), z.lt(9)),
    even: z._default(z.number().check(z.multipleOf(2)), 4),
    optional: z.optional(z.boolean()),
    nullable: z.nullable(z.string()),
    union: z.union([z.literal("auto"), z.number().check(z.positive())]),
    choices: z.literal(["a", "b"]),
    numbers: z.readonly(z.array(z.number()).check(z.minLength(1), z.maxLength(4))),
    pair: z.array(z.int().check(z.minimum(1))).check(z.length(2)),
    map: z.record(z.string(), z.number()),
    nothing: z.null(),
    described: z.int().check(z.minimum(0)).with(z.describe("steps")),
  });

  test("are told as zod tells them", () => {
    const { choices, numbers, ...said } = byZod(own) as Record<string, Record<string, unknown>>;
    expect(valueSchemas(own)).toEqual({
      ...said,
      choices: { enum: choices.enum },
      numbers: { type: "array", items: { type: "number" }, minItems: 1, maxItems: 4 },
    });
    expect(numbers).toMatchObject({ type: "array", minItems: 1, maxItems: 4 });
  });

  test("in words", () => {
    const words = Object.fromEntries(
      Object.entries(valueSchemas(own)).map(([name, one]) => [name, describeAllowed(one)]),
    );
    expect(words).toMatchObject({
      whole: "a whole number of at least 5 and below 9",
      even: "a number that is a multiple of 2",
      nullable: "text, or none",
      union: "auto, or a number above 0",
      choices: "one of a, b",
      pair: "a list of 2 whole numbers of at least 1, such as 64,64",
      map: "an object",
    });
  });

  test("of a type that JSON does not know, nothing is said", () => {
    expect(valueSchemas(z.object({ own: z.custom<() => void>() }))).toEqual({ own: {} });
  });
});
