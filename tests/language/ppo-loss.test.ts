// The losses of PPO over tokens: by hand; rows that do not count; batches that are split or lie otherwise.

import { describe, expect, test } from "vitest";
import { createGpt, initialWeights } from "../../src/language/gpt.ts";
import { createHead, initializeHead } from "../../src/language/heads.ts";
import { ppoLosses } from "../../src/language/ppo-loss.ts";
import { batchOfTokens, feedTokens, inRows, sequenceInputs } from "../../src/language/sequences.ts";
import { weightedLoss } from "../../src/language/sft.ts";
import { createGenerator } from "../../src/random/index.ts";
import { add, gradients, input, likelihood, type Engine, type Tensor } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { engines } from "../tensor/backends.ts";
import { classes, createRandom, relativeError, uniform } from "../tensor/compare.ts";

describe("by hand", () => {
  const column = (name: string): Tensor => input(name, ["rows"]);
  const seen = { logProb: column("log π"), entropy: column("entropy"), value: column("value") };
  const run = (more: { clip?: number; valueClip?: number } = {}) => {
    const { inputs, ...losses } = ppoLosses(seen, { clip: 0.2, valueClip: 0, klPenalty: "k1-in-reward", ...more });
    const feeds = new Map<Tensor, ArrayLike<number>>([
      [inputs.weight, [0, 0.25, 0.25, 0.25, 0.25]],
      [seen.logProb, [NaN, Math.log(0.5), Math.log(0.5), Math.log(0.25), Math.log(0.25)]],
      [inputs.oldLogProb, [NaN, Math.log(0.25), Math.log(0.25), Math.log(0.5), Math.log(0.5)]], // ratios 2, 2, ½, ½
      [inputs.advantage, [NaN, 3, -3, 5, -5]],
      [seen.value, [NaN, 1, 2, 3, 4]],
      [inputs.target, [NaN, 0, 4, 3, 1]],
      [inputs.oldValue, [NaN, 1.5, 1.5, 3, 6]],
      [seen.entropy, [NaN, 1, 2, 3, 4]],
    ]);
    const { outputs } = runReference({ outputs: losses }, feeds, 5);
    return Object.fromEntries(Object.entries(outputs).map(([name, [x]]) => [name, x]));
  };

  test("the pessimistic one of ratio and clipped ratio, each way", () => {
    const { policyLoss, clipFraction, approxKl, entropy } = run();
    expect(policyLoss).toBeCloseTo(-(3 * 1.2 - 3 * 2 + 5 * 0.5 - 5 * 0.8) / 4, 6);
    expect(clipFraction).toBe(1);
    expect(approxKl).toBeCloseTo((2 * (1 - Math.log(2)) + 2 * (-0.5 + Math.log(2))) / 4, 6);
    expect(entropy).toBe(2.5);
    expect(run({ clip: 0.75 }).clipFraction).toBe(0.5);
    expect(run({ clip: 1.5 }).policyLoss).toBeCloseTo(-(6 - 6 + 2.5 - 2.5) / 4, 6);
  });

  test("half the squared error; with a clip, the larger one of both errors", () => {
    expect(run().valueLoss).toBeCloseTo((1 + 4 + 0 + 9) / 8, 6);
    // Clipped values: 1.4, 1.6, 3, 5.9.
    const valueLoss = (1.4 * 1.4 + 2.4 * 2.4 + 0 + 4.9 * 4.9) / 8;
    expect(run({ valueClip: 0.1 }).valueLoss).toBeCloseTo(valueLoss, 6);
  });
});

const config = { vocabularySize: 11, context: 30, width: 8, layers: 2, heads: 2, epsilon: 1e-5 };
const [actor, critic] = [createGpt(config, "actor."), createGpt(config, "critic.")];
const head = createHead(critic, "critic.");
const initialize = (engine: Engine): void => {
  for (const gpt of [actor, critic])
    for (const [v, values] of initialWeights(gpt, createGenerator(6)))
      engine.write(v, v.name.endsWith("weight") ? values.map((x) => 10 * x) : values);
  initializeHead(engine, head, createGenerator(7));
};

/** Prompts of 1 to 7 tokens, texts of 1 to 23 behind them, and what the losses are fed with. */
const random = createRandom(11);
const texts = Array.from({ length: 14 }, (_, i) => {
  const prompt = 1 + ((i * 3) % 7);
  const written = 1 + ((i * 11) % 23);
  return {
    prompt,
    sequence: [...classes(random, prompt + written, config.vocabularySize)],
    oldLogProb: [...uniform(random, written, -3, -1)],
    referenceLogProb: [...uniform(random, written, -3, -1)],
    advantage: [...uniform(random, written)],
    target: [...uniform(random, written)],
    oldValue: [...uniform(random, written)],
  };
});
type Text = (typeof texts)[number];
const counted = texts.reduce((total, { target }) => total + target.length, 0);

describe.each(engines)("$name", ({ engine }) => {
  initialize(engine);
  const tokens = sequenceInputs();
  const hidden = actor.hidden(tokens.token, tokens.position);
  const value = head.score(critic.hidden(tokens.token, tokens.position));
  const { inputs, ...losses } = ppoLosses({ ...likelihood(hidden, actor.embedding, tokens.next), value }, { clip: 0.2, valueClip: 0.3, klPenalty: "weighted-k3-in-loss" }); // prettier-ignore
  const loss = add(add(add(losses.policyLoss, losses.valueLoss), losses.entropy), losses.klLoss!);
  const variables = [...actor.weights, ...critic.weights, ...head.weights];
  const slopes = gradients(loss, [...variables, hidden]);
  const outputs = { loss, clipFraction: losses.clipFraction, approxKl: losses.approxKl, hiddenSlope: slopes.at(-1)!, ...Object.fromEntries(variables.map((v, i) => [v.name, slopes[i]])) }; // prettier-ignore
  const program = engine.compile({ outputs }, { capacity: 400, longest: 60 });

  /** Runs some texts; rows that do not count, and gaps between blocks, hold `elsewhere`. */
  const run = (chosen: readonly Text[], { longest = 30, elsewhere = 0 } = {}) => {
    const batch = batchOfTokens(chosen.map(({ sequence }) => sequence), longest); // prettier-ignore
    const { layout } = batch;
    feedTokens(program, tokens, batch);
    const isCounted = inRows(layout, chosen.map(({ prompt, target }) => [...Array<number>(prompt - 1).fill(0), ...target.map(() => 1)])); // prettier-ignore
    program.write(inputs.weight, isCounted.map((x) => x / counted)); // prettier-ignore
    for (const name of ["oldLogProb", "referenceLogProb", "advantage", "target", "oldValue"] as const) {
      const values = inRows(layout, chosen.map((text) => [...Array<number>(text.prompt - 1).fill(0), ...text[name]])); // prettier-ignore
      program.write(inputs[name], values.map((x, row) => (isCounted[row] ? x : elsewhere))); // prettier-ignore
    }
    program.run(layout);
    const all = Object.fromEntries(Object.keys(outputs).map((name) => [name, program.read(name as "loss").slice()]));
    const { hiddenSlope, ...rest } = all;
    const ofTexts = Array.from(layout.first, (first, s) => hiddenSlope.slice(first * 8, (first + layout.lengths[s]) * 8)); // prettier-ignore
    return { rest, ofTexts, blocks: layout.blocks.length / 2 };
  };

  test("NaN in a row that does not count changes no bit of losses and gradients", () => {
    const expected = run(texts);
    for (const x of Object.values(expected.rest)) expect(x.every(Number.isFinite)).toBe(true);
    for (const elsewhere of [NaN, Infinity, -1e30]) {
      const { rest, ofTexts } = run(texts, { elsewhere });
      expect(rest).toEqual(expected.rest);
      expect(ofTexts).toEqual(expected.ofTexts);
    }
  });

  test("a token's gradient has the same bits whatever stands beside its text, and 0 where nothing follows that counts", () => {
    const alone = texts.map((text) => run([text]).ofTexts[0]);
    expect(run(texts).ofTexts).toEqual(alone);
    expect(run([...texts].reverse(), { longest: 60 }).ofTexts.reverse()).toEqual(alone);
    alone.forEach((slopes, i) => {
      const from = (texts[i].prompt - 1) * 8;
      expect(slopes.subarray(0, from).every((x) => x === 0), `text ${i}`).toBe(true); // prettier-ignore
      expect(slopes.subarray(from).some((x) => x !== 0), `text ${i}`).toBe(true); // prettier-ignore
    });
  });

  test("gradients do not depend on how a batch is split, or lies in blocks", () => {
    const whole = run(texts);
    const parts = [texts.slice(0, 3), texts.slice(3, 4), texts.slice(4)].map((chosen) => run(chosen));
    const others = [run([...texts].reverse()), run(texts, { longest: 60 }), run([...texts].sort((a, b) => a.target.length - b.target.length), { longest: 34 })]; // prettier-ignore
    expect(new Set([whole, ...others].map(({ blocks }) => blocks)).size).toBeGreaterThan(1);
    for (const name of Object.keys(whole.rest)) {
      const added = parts.reduce((sum, { rest }) => sum.map((x, k) => x + rest[name][k]), new Float32Array(whole.rest[name].length)); // prettier-ignore
      for (const other of [added, ...others.map(({ rest }) => rest[name])])
        expect(relativeError(other, whole.rest[name]), name).toBeLessThan(2e-5);
    }
  });
});

describe("fine-tuning", () => {
  const { engine } = engines[0];
  const tokens = sequenceInputs();
  const hidden = actor.hidden(tokens.token, tokens.position);
  const { logProb } = likelihood(hidden, actor.embedding, tokens.next);
  const weight = input("weight", ["rows"]);
  const loss = weightedLoss(logProb, weight);
  const [slope, ofHidden] = gradients(loss, [actor.embedding, hidden]);
  const program = engine.compile({ outputs: { loss, slope, ofHidden } }, { capacity: 60, longest: 30 });

  test("a next token that does not count may be anything; the gradient of such rows is exactly 0", () => {
    const batch = batchOfTokens([texts[4].sequence, texts[5].sequence], 30);
    const weights = inRows(batch.layout, [[0, 0, 0, 0.5], [0, 0.5]]); // prettier-ignore
    const results = [0, NaN, -1, 1e9].map((elsewhere) => {
      feedTokens(program, tokens, { ...batch, next: batch.next.map((x, row) => (weights[row] ? x : elsewhere)) });
      program.write(weight, weights);
      program.run(batch.layout);
      return [program.readScalar("loss"), program.read("slope").slice(), program.read("ofHidden").slice()] as const;
    });
    for (const result of results) expect(result).toEqual(results[0]);
    const rows = results[0][2];
    weights.forEach((w, row) => expect(rows.subarray(row * 8, row * 8 + 8).some((x) => x !== 0)).toBe(w !== 0));
    expect(Number.isFinite(results[0][0])).toBe(true);
  });
});
