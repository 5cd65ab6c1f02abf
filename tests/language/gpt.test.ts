// GPT-2 against Hugging Face's numbers (float64): logits, log-probabilities, gradients, a greedy continuation.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { batchOfTokens, bySequence, feedTokens, sequenceInputs } from "../../src/language/sequences.ts";
import { createGpt, initialWeights, logitsOf } from "../../src/language/gpt.ts";
import { parameterCount, weightsFromHuggingFace } from "../../src/language/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { decodeSafetensors, toFloat32 } from "../../src/read-safetensors.ts";
import { gradients, likelihood, mean, mul } from "../../src/tensor/index.ts";
import { engines } from "../tensor/backends.ts";
import { relativeError } from "../tensor/compare.ts";

const folder = new URL("../../../shared/golden/gpt2-tiny/", import.meta.url);
const read = (file: string): Buffer => readFileSync(new URL(file, folder));

describe.skipIf(!existsSync(folder))("the numbers of Hugging Face's GPT2LMHeadModel", () => {
  const { config, weights } = weightsFromHuggingFace(
    { config: read("config.json").toString(), model: new Uint8Array(read("model.safetensors")) },
    "gpt2-tiny",
  );
  const { tensors } = decodeSafetensors(new Uint8Array(read("expected.safetensors")));
  const expected = (name: string): Float32Array => toFloat32(tensors.get(name)!, name);
  const {
    input_ids: sequences,
    loss,
    greedy,
  } = JSON.parse(read("case.json").toString()) as {
    input_ids: number[][];
    loss: number;
    greedy: number[];
  };
  const gpt = createGpt(config);
  const inputs = sequenceInputs();
  const hidden = gpt.hidden(inputs.token, inputs.position);
  for (const { engine } of engines) for (const v of gpt.weights) engine.write(v, weights.get(v.name)!);

  test.each(engines)("logits ($name)", ({ engine }) => {
    const program = engine.compile({ outputs: { logits: logitsOf(gpt, hidden) } }, { capacity: 80, longest: 32 });
    const batch = batchOfTokens(sequences.map((tokens) => [...tokens, 0]), 32); // prettier-ignore
    feedTokens(program, inputs, batch);
    program.run(batch.layout);
    const logits = program.read("logits");
    const size = 20 * config.vocabularySize;
    sequences.forEach((_, s) => {
      const start = batch.layout.first[s] * config.vocabularySize;
      const ours = logits.subarray(start, start + size);
      expect(relativeError(ours, expected("logits").subarray(s * size, (s + 1) * size))).toBeLessThan(3e-6);
    });
  });

  test.each(engines)("the loss, log-probabilities and all gradients ($name)", ({ engine }) => {
    const { logProb } = likelihood(hidden, gpt.embedding, inputs.next);
    const cost = mul(mean(logProb), -1);
    const slopes = gradients(cost, gpt.weights);
    const outputs = { cost, logProb, ...Object.fromEntries(gpt.weights.map((v, i) => [v.name, slopes[i]])) };
    const program = engine.compile({ outputs }, { capacity: 80, longest: 32 });
    const batch = batchOfTokens(sequences, 32);
    feedTokens(program, inputs, batch);
    program.run(batch.layout);
    expect(program.readScalar("cost")).toBeCloseTo(loss, 5);
    const ours = bySequence(batch.layout, program.read("logProb")).flatMap((x) => [...x]);
    expect(relativeError(ours, expected("log_probs_of_next_token"))).toBeLessThan(2e-6);
    for (const { name } of gpt.weights)
      expect(relativeError(program.read(name as "cost"), expected(`grad.transformer.${name}`)), name).toBeLessThan(
        1e-5,
      );
  });

  test("a greedy continuation", () => {
    const { engine } = engines[0];
    const program = engine.compile({ outputs: { logits: logitsOf(gpt, hidden) } }, { capacity: 80, longest: 32 });
    const tokens = greedy.slice(0, 5);
    while (tokens.length < greedy.length) {
      const batch = batchOfTokens([[...tokens, 0]], 32);
      feedTokens(program, inputs, batch);
      program.run(batch.layout);
      const logits = program.read("logits").subarray(-config.vocabularySize);
      tokens.push(logits.indexOf(Math.max(...logits)));
    }
    expect(tokens).toEqual(greedy);
  });
});

test("initial weights are GPT-2's: their scales, ones and zeros; as many as the formula says", () => {
  const config = { vocabularySize: 300, context: 50, width: 64, layers: 3, heads: 4, epsilon: 1e-5 };
  const gpt = createGpt(config, "actor.");
  const initial = initialWeights(gpt, createGenerator(1));
  let count = 0;
  for (const [{ name }, values] of initial) {
    count += values.length;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    if (name.endsWith("bias"))
      expect(
        values.every((x) => x === 0),
        name,
      ).toBe(true);
    else if (/ln_/.test(name))
      expect(
        values.every((x) => x === 1),
        name,
      ).toBe(true);
    else expect(deviation, name).toBeCloseTo(name.includes("c_proj") ? 0.02 / Math.sqrt(6) : 0.02, 3);
  }
  expect(count).toBe(parameterCount(config));
  expect([...initial.keys()][0].name).toBe("actor.wte.weight");
});
