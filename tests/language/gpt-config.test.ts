import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { checkGptConfig, gptShapes, parameterCount, type GptConfig } from "../../src/language/index.ts";

const small: GptConfig = { vocabularySize: 7, context: 5, width: 4, layers: 1, heads: 2, epsilon: 1e-5 };
const gpt2: GptConfig = { vocabularySize: 50257, context: 1024, width: 768, layers: 12, heads: 12, epsilon: 1e-5 };

const count = (config: GptConfig): number =>
  Object.values(gptShapes(config)).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

test("names, shapes and order are GPT-2's", () => {
  expect(Object.entries(gptShapes(small))).toEqual([
    ["wte.weight", [7, 4]],
    ["wpe.weight", [5, 4]],
    ["h.0.ln_1.weight", [4]],
    ["h.0.ln_1.bias", [4]],
    ["h.0.attn.c_attn.weight", [4, 12]],
    ["h.0.attn.c_attn.bias", [12]],
    ["h.0.attn.c_proj.weight", [4, 4]],
    ["h.0.attn.c_proj.bias", [4]],
    ["h.0.ln_2.weight", [4]],
    ["h.0.ln_2.bias", [4]],
    ["h.0.mlp.c_fc.weight", [4, 16]],
    ["h.0.mlp.c_fc.bias", [16]],
    ["h.0.mlp.c_proj.weight", [16, 4]],
    ["h.0.mlp.c_proj.bias", [4]],
    ["ln_f.weight", [4]],
    ["ln_f.bias", [4]],
  ]);
  expect(gptShapes({ ...small, layers: 12 })).toHaveProperty(["h.11.mlp.c_proj.bias"], [4]);
});

test("parameters are counted: GPT-2 has 124,439,808", () => {
  expect(parameterCount(gpt2)).toBe(124_439_808);
  for (const config of [gpt2, small, { ...small, layers: 3 }]) expect(parameterCount(config)).toBe(count(config));
});

describe("impossible sizes", () => {
  test.each([
    [{ vocabularySize: 0 }, "vocabularySize is 0, but must be a positive integer"],
    [{ context: 1.5 }, "context is 1.5, but must be a positive integer"],
    [{ layers: NaN }, "layers is NaN, but must be a positive integer"],
    [{ heads: "2" }, 'heads is "2", but must be a positive integer'],
    [{ heads: 3 }, "width is 4, but must be a multiple of heads, which is 3"],
    [{ layers: 1001 }, "layers is 1001, but must be at most 1000"],
    [{ epsilon: 0 }, "epsilon is 0, but must be a number between 0 and 1"],
    [{ width: 1e9, heads: 1 }, "a GPT of these sizes has 1.20e+19 parameters, and no more than 1073741824 (4 GiB)"],
    [{ vocabularySize: 2 ** 53 - 1 }, "a GPT of these sizes has 3.60e+16 parameters"],
  ])("%j", (fields, message) => {
    const config = { ...small, ...fields } as GptConfig;
    expect(() => checkGptConfig(config, "the model")).toThrow(InputError);
    expect(() => checkGptConfig(config, "the model")).toThrow(`the model: ${message}`);
  });

  test("possible ones pass", () => {
    for (const config of [small, gpt2]) expect(() => checkGptConfig(config, "the model")).not.toThrow();
  });
});
