import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import {
  configFromHuggingFace,
  configToHuggingFace,
  gptShapes,
  weightsFromHuggingFace,
  weightsToHuggingFace,
  type GptConfig,
} from "../../src/language/index.ts";
import { fromFloat16, toFloat16 } from "../../src/math/half.ts";
import { decodeSafetensors } from "../../src/read-safetensors.ts";
import { encodeSafetensors, storedTensor, type StoredTensor } from "../../src/safetensors.ts";

const config: GptConfig = { vocabularySize: 7, context: 5, width: 4, layers: 2, heads: 2, epsilon: 1e-5 };
const json = {
  model_type: "gpt2",
  vocab_size: 7,
  n_positions: 5,
  n_embd: 4,
  n_layer: 2,
  n_head: 2,
  activation_function: "gelu_new",
  layer_norm_epsilon: 1e-5,
};

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Weights that no two tensors have in common: thirds, so that halves round them. */
const weights = new Map(
  Object.entries(gptShapes(config)).map(([name, shape], i) => [
    name,
    Float32Array.from({ length: size(shape) }, (_, k) => i + (k + 1) / 3 / size(shape)),
  ]),
);

/** A folder of the model, with tensors changed (undefined: left out) and members of config.json too. */
function folder(
  changed: Record<string, StoredTensor | undefined> = {},
  fields: Record<string, unknown> = {},
  prefix = "",
): { config: string; model: Uint8Array } {
  const whole = Object.entries(gptShapes(config)).map(([name, shape]): [string, StoredTensor] => [
    prefix + name,
    storedTensor(weights.get(name)!, shape),
  ]);
  const tensors = Object.entries({ ...Object.fromEntries(whole), ...changed });
  return {
    config: JSON.stringify({ ...json, ...fields }),
    model: encodeSafetensors(tensors.filter((entry): entry is [string, StoredTensor] => entry[1] !== undefined)),
  };
}

const zeros = (...shape: number[]): StoredTensor => storedTensor(new Float32Array(size(shape)), shape);
const with1 = (name: string, element: number, x: number): StoredTensor =>
  storedTensor(weights.get(name)!.with(element, x), gptShapes(config)[name]);
const half = (name: string, dtype: "F16" | "BF16"): StoredTensor => {
  const values = weights.get(name)!;
  const upper = new Uint16Array(values.slice().buffer).filter((_, i) => i % 2 === 1);
  return { dtype, shape: gptShapes(config)[name], data: dtype === "F16" ? toFloat16(values) : upper };
};

describe("configFromHuggingFace", () => {
  test("reads the sizes, with GPT-2's defaults for what is not there", () => {
    expect(configFromHuggingFace(json, "config.json")).toEqual(config);
    const { layer_norm_epsilon: _e, activation_function: _a, ...rest } = json;
    expect(configFromHuggingFace({ ...rest, n_inner: 16, n_ctx: 5, attn_pdrop: 0.1 }, "config.json")).toEqual(config);
    expect(configFromHuggingFace({ ...json, layer_norm_epsilon: 1e-6, n_inner: null }, "c").epsilon).toBe(1e-6);
  });

  test.each([
    [{ model_type: "llama" }, 'model_type is "llama", but polgrad reads only "gpt2"'],
    [{ model_type: undefined }, "model_type is undefined"],
    [{ vocab_size: undefined }, "vocab_size is undefined, but must be a positive integer"],
    [{ n_positions: "5" }, 'n_positions is "5", but must be a positive integer'],
    [{ n_layer: 0 }, "n_layer is 0, but must be a positive integer"],
    [{ n_head: 3 }, "n_embd is 4, but must be a multiple of n_head, which is 3"],
    [{ n_embd: 1e9 }, "a GPT of these sizes has 2.40e+19 parameters"],
    [{ n_layer: 1e9 }, "n_layer is 1000000000, but must be at most 1000"],
    [{ layer_norm_epsilon: -1 }, "layer_norm_epsilon is -1, but must be a number between 0 and 1"],
    [{ activation_function: "relu" }, 'activation_function is "relu", but polgrad computes only "gelu_new"'],
    [{ activation_function: "gelu" }, 'activation_function is "gelu", but polgrad computes only "gelu_new"'],
    [{ n_inner: 8 }, "n_inner is 8, but must be null or 4 · n_embd, which is 16"],
    [{ scale_attn_weights: false }, "scale_attn_weights is false, but polgrad computes only true"],
    [{ scale_attn_by_inverse_layer_idx: true }, "scale_attn_by_inverse_layer_idx is true"],
    [{ reorder_and_upcast_attn: true }, "reorder_and_upcast_attn is true, but polgrad computes only false"],
    [{ tie_word_embeddings: false }, "tie_word_embeddings is false, but polgrad computes only true"],
    [{ add_cross_attention: true }, "add_cross_attention is true"],
  ])("%j: refused in words", (fields, message) => {
    const read = (): unknown => configFromHuggingFace({ ...json, ...fields }, "a/config.json");
    expect(read).toThrow(InputError);
    expect(read).toThrow(`a/config.json: ${message}`);
  });

  test("what is no configuration is refused", () => {
    for (const wrong of [null, 3, "gpt2", [json]])
      expect(() => configFromHuggingFace(wrong, "a/config.json")).toThrow(InputError);
  });

  test("reads what it wrote; the end of text begins and ends", () => {
    const written = configToHuggingFace(config, 6);
    expect(configFromHuggingFace(JSON.parse(JSON.stringify(written)), "c")).toEqual(config);
    expect(written).toMatchObject({ ...json, architectures: ["GPT2LMHeadModel"], bos_token_id: 6, eos_token_id: 6 });
    expect(configToHuggingFace(config)).toMatchObject({ bos_token_id: null, eos_token_id: null });
  });
});

describe("weightsFromHuggingFace", () => {
  test.each(["", "transformer."])("reads names that begin with %j, in GPT-2's order", (prefix) => {
    const read = weightsFromHuggingFace(folder({}, {}, prefix), "m");
    expect(read.config).toEqual(config);
    expect([...read.weights.keys()]).toEqual(Object.keys(gptShapes(config)));
    expect(read.weights).toEqual(weights);
  });

  test("F32 weights lie in the file's bytes; F16 and BF16 become what they stand for", () => {
    const files = folder({ "wpe.weight": half("wpe.weight", "F16"), "ln_f.weight": half("ln_f.weight", "BF16") });
    const { weights: read } = weightsFromHuggingFace(files, "m");
    expect(read.get("wte.weight")!.buffer).toBe(files.model.buffer);
    expect(read.get("wpe.weight")).toEqual(fromFloat16(toFloat16(weights.get("wpe.weight")!)));
    const [got, exact] = [read.get("ln_f.weight")![0], weights.get("ln_f.weight")![0]];
    expect(got).not.toBe(exact);
    expect(Math.abs(got - exact)).toBeLessThan(exact / 128);
  });

  test("buffers are ignored, and so is an output layer that is the embedding", () => {
    const more = {
      "h.0.attn.bias": zeros(1, 1, 5, 5),
      "h.1.attn.masked_bias": zeros(),
      "transformer.h.1.attn.bias": storedTensor(new Uint8Array(25), [1, 1, 5, 5]),
      "lm_head.weight": storedTensor(weights.get("wte.weight")!, [7, 4]),
    };
    expect(weightsFromHuggingFace(folder(more), "m").weights).toEqual(weights);
  });

  test.each<[string, Record<string, StoredTensor | undefined>, string]>([
    ["missing", { "h.1.ln_2.bias": undefined }, 'tensor "h.1.ln_2.bias" of shape [4] is missing'],
    ["of another shape", { "h.0.attn.c_attn.weight": zeros(12, 4) }, 'tensor "h.0.attn.c_attn.weight" has the shape [12, 4], but must have [4, 12]'], // prettier-ignore
    ["of another rank", { "ln_f.weight": zeros(4, 1) }, 'tensor "ln_f.weight" has the shape [4, 1], but must have [4]'],
    ["of another dtype", { "ln_f.bias": storedTensor(new Float64Array(4)) }, 'tensor "ln_f.bias" is F64, but must be F32, F16 or BF16'], // prettier-ignore
    ["of a layer too many", { "h.2.ln_1.weight": zeros(4) }, 'tensor "h.2.ln_1.weight" is no part of a GPT-2 with the sizes in config.json'], // prettier-ignore
    ["unknown", { "score.weight": zeros(1) }, 'tensor "score.weight" is no part of a GPT-2'],
    ["called like a member of objects", { toString: zeros(1) }, 'tensor "toString" is no part of a GPT-2'],
    ["there twice", { "transformer.ln_f.bias": zeros(4) }, 'ln_f.bias" is there twice, with and without "transformer."'], // prettier-ignore
    ["not a number", { "h.0.mlp.c_fc.bias": with1("h.0.mlp.c_fc.bias", 3, NaN) }, 'tensor "h.0.mlp.c_fc.bias" holds NaN at element 3'], // prettier-ignore
    ["infinite", { "wte.weight": with1("wte.weight", 27, -Infinity) }, 'tensor "wte.weight" holds -Infinity at element 27'], // prettier-ignore
    ["an output layer of its own", { "lm_head.weight": with1("wte.weight", 9, 1) }, 'tensor "lm_head.weight" differs from "wte.weight" at element 9'], // prettier-ignore
    ["an output layer of another shape", { "lm_head.weight": zeros(8, 4) }, 'tensor "lm_head.weight" has the shape [8, 4], but must have [7, 4]'], // prettier-ignore
  ])("a tensor that is %s is refused by its name", (_, changed, message) => {
    const read = (): unknown => weightsFromHuggingFace(folder(changed), "models/m");
    expect(read).toThrow(InputError);
    expect(read).toThrow(/^models\/m\/model\.safetensors: tensor "/);
    expect(read).toThrow(message);
  });

  test("tensors are named as in the file", () => {
    const changed = { "transformer.ln_f.bias": zeros(5) };
    expect(() => weightsFromHuggingFace(folder(changed, {}, "transformer."), "m")).toThrow(
      new InputError('m/model.safetensors: tensor "transformer.ln_f.bias" has the shape [5], but must have [4]'),
    );
  });

  test("sizes that are not the file's are refused, and hostile ones before anything is made", () => {
    const read = (fields: object) => (): unknown => weightsFromHuggingFace(folder({}, { ...fields }), "m");
    expect(read({ n_layer: 3 })).toThrow('m/model.safetensors: tensor "h.2.ln_1.weight" of shape [4] is missing');
    expect(read({ n_layer: 1 })).toThrow('tensor "h.1.attn.c_attn.bias" is no part of');
    expect(read({ vocab_size: 8 })).toThrow('tensor "wte.weight" has the shape [7, 4], but must have [8, 4]');
    for (const fields of [{ n_embd: 1e9 }, { n_layer: 1e9 }, { vocab_size: 1e15 }, { n_positions: 1e300 }])
      expect(read(fields)).toThrow(InputError);
    expect(read({ n_embd: 4000, vocab_size: 1e5 })).toThrow("[7, 4], but must have [100000, 4000]");
  });

  test("files that are damaged are refused by their names", () => {
    const { config: text, model } = folder();
    expect(() => weightsFromHuggingFace({ config: "{", model }, "m")).toThrow(/^m\/config\.json is not JSON: /);
    expect(() => weightsFromHuggingFace({ config: text, model: model.subarray(0, -1) }, "m")).toThrow(
      /^m\/model\.safetensors is not a whole safetensors file: .*cut short/,
    );
  });

  test("whatever happens to its bytes, a model is read or refused by an InputError", () => {
    const { config: text, model } = folder({ "lm_head.weight": storedTensor(weights.get("wte.weight")!, [7, 4]) });
    const headerLength = Number(new DataView(model.buffer).getBigUint64(0, true));
    const place = fc.oneof(fc.nat(8 + headerLength - 1), fc.nat(model.length - 1));
    const changes = fc.array(fc.tuple(place, fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('0123456789"[]{},')))), { maxLength: 3 }); // prettier-ignore
    const configs = fc.array(fc.tuple(fc.nat(text.length - 1), fc.constantFrom(..."0123456789e-\"{},: n")), { maxLength: 2 }); // prettier-ignore
    let [reads, refusals] = [0, 0];
    fc.assert(
      fc.property(changes, configs, fc.oneof(fc.constant(0), fc.nat(20)), (bytes, letters, cut) => {
        const changed = model.slice(0, model.length - cut);
        for (const [at, byte] of bytes) changed[at] = byte;
        const characters = [...text];
        for (const [at, letter] of letters) characters[at] = letter;
        try {
          const read = weightsFromHuggingFace({ config: characters.join(""), model: changed }, "m");
          for (const values of read.weights.values()) expect(values.every(Number.isFinite)).toBe(true);
          reads++;
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          refusals++;
        }
      }),
      { numRuns: 600 },
    );
    expect(Math.min(reads, refusals)).toBeGreaterThan(0);
  });
});

describe("weightsToHuggingFace", () => {
  test("F32 comes back to the bit, F16 rounded", () => {
    expect(weightsFromHuggingFace(weightsToHuggingFace(config, weights), "m")).toEqual({ config, weights });
    const files = weightsToHuggingFace(config, weights, "F16");
    const rounded = new Map([...weights].map(([name, values]) => [name, fromFloat16(toFloat16(values))]));
    expect(weightsFromHuggingFace(files, "m")).toEqual({ config, weights: rounded });
    expect(decodeSafetensors(files.model).tensors.get("wte.weight")?.dtype).toBe("F16");
  });

  test("writes what transformers asks for: names as GPT-2's file, and the layout in its metadata", () => {
    const files = weightsToHuggingFace(config, weights, "F32", 6);
    const { tensors, metadata } = decodeSafetensors(files.model);
    expect(metadata).toEqual({ format: "pt" });
    expect(new Set(tensors.keys())).toEqual(new Set(Object.keys(gptShapes(config))));
    expect(JSON.parse(files.config)).toEqual(configToHuggingFace(config, 6));
  });

  const changed = (name: string, values?: Float32Array): Map<string, Float32Array> => {
    const copy = new Map<string, Float32Array>(weights);
    if (values) copy.set(name, values);
    else copy.delete(name);
    return copy;
  };

  test.each([
    [changed("ln_f.bias"), 'the weight "ln_f.bias" has no numbers, but must have 4'],
    [changed("ln_f.bias", new Float32Array(5)), 'the weight "ln_f.bias" has 5 numbers, but must have 4'],
    [changed("h.2.ln_1.bias", new Float32Array(4)), '"h.2.ln_1.bias" is no weight of a GPT-2 with these sizes'],
    [changed("ln_f.bias", Float32Array.of(0, NaN, 0, 0)), 'the weight "ln_f.bias" holds NaN at element 1'],
    [changed("ln_f.bias", Float32Array.of(0, 1, 7e4, 0)), 'the weight "ln_f.bias" holds 70000 at element 2, beyond 65504, the largest of F16: write F32'], // prettier-ignore
  ])("refuses what would not come back", (wrong, message) => {
    expect(() => weightsToHuggingFace(config, wrong, "F16")).toThrow(InputError);
    expect(() => weightsToHuggingFace(config, wrong, "F16")).toThrow(message);
  });
});

const golden = new URL("../../../shared/golden/gpt2-tiny/", import.meta.url);
describe.skipIf(!existsSync(golden))("a model that PyTorch wrote (skipped where ../shared/golden is missing)", () => {
  const read = (name: string): Buffer => readFileSync(new URL(name, golden));
  const files = () => ({ config: read("config.json").toString(), model: read("model.safetensors") });

  test("is read, and comes back from our own files to the bit", () => {
    const { config: sizes, weights: read } = weightsFromHuggingFace(files(), "gpt2-tiny");
    expect(sizes).toEqual({ vocabularySize: 97, context: 32, width: 32, layers: 2, heads: 4, epsilon: 1e-5 });
    const { tensors } = decodeSafetensors(files().model);
    expect(tensors.size).toBe(read.size);
    for (const [name, values] of read) expect(values).toEqual(tensors.get(`transformer.${name}`)?.data);
    expect(weightsFromHuggingFace(weightsToHuggingFace(sizes, read), "again")).toEqual({
      config: sizes,
      weights: read,
    });
  });
});
