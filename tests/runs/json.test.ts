import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { parseJson } from "../../src/runs/json.ts";

describe("parseJson", () => {
  test("parses JSON", () => {
    expect(parseJson(' {"a": [1, null]}\n', "x.json")).toEqual({ a: [1, null] });
  });

  test.each([
    ["", "it is empty"],
    [" \n", "it is empty"],
    ['{"a": 1', "it ends too early"],
    ['{"a": ', "it ends too early"],
    ['{"a": "b', "it ends too early"],
    ['{\n  "a": }', "Unexpected token '}' at line 2, column 8"],
    ['{\n  "a": 1,\n}', "at line 3, column 1"],
    ["{a: 1}", "at line 1, column 2"],
    ['{"a": 1} x', "at line 1, column 10"],
    ["learning_rate: 3", "Unexpected token 'l' at line 1, column 1"],
    [`[${"1,".repeat(100)}x, 2]`, "Unexpected token 'x' at line 1, column 202"],
  ])("%j: says where it breaks", (text, message) => {
    expect(() => parseJson(text, "x.json")).toThrow(InputError);
    expect(() => parseJson(text, "x.json")).toThrow(/^x\.json is not JSON: /);
    expect(() => parseJson(text, "x.json")).toThrow(message);
  });
});
