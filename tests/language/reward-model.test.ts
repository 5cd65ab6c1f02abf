// Reward models: what is read where, equal pairs, what is learned, normalization, checkpoints.

import { describe, expect, test } from "vitest";
import { createGpt, initialWeights } from "../../src/language/gpt.ts";
import { createHead, initializeHead } from "../../src/language/heads.ts";
import { createRewardTrainer, createScorer, logisticLoss, normalizedHead, type TokenPair } from "../../src/language/reward-model.ts"; // prettier-ignore
import { sequenceInputs } from "../../src/language/sequences.ts";
import type { SftOptions } from "../../src/language/options.ts";
import { createGenerator, createStreams } from "../../src/random/index.ts";
import { createEngine, type Tensor } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { classes, createRandom } from "../tensor/compare.ts";

const config = { vocabularySize: 12, context: 10, width: 16, layers: 1, heads: 2, epsilon: 1e-5 };
const end = 11;
const random = createRandom(8);
/** The answer with more threes is preferred. */
const pairs: TokenPair[] = Array.from({ length: 64 }, (_, i) => {
  const answer = (threes: number): number[] => {
    const rest = [...classes(random, 1 + (i % 4), 11)].map((t) => (t === 3 ? 4 : t));
    return [end, i % 11, ...rest.slice(0, i % 3), ...Array<number>(threes).fill(3), ...rest.slice(i % 3), end];
  };
  return { chosen: answer(1 + (i % 2)), rejected: answer(0) };
});

async function open(options: Partial<SftOptions> = {}, of = pairs) {
  const engine = await createEngine();
  const gpt = createGpt(config);
  for (const [v, values] of initialWeights(gpt, createGenerator(2)))
    engine.write(v, /ln_|bias/.test(v.name) ? values : values.map((x) => 5 * x));
  const head = createHead(gpt);
  initializeHead(engine, head, createGenerator(4));
  const all = { learningRate: 3e-3, warmUp: 0.1, batch: 16, maxGradientNorm: 1, epochs: 1, ...options };
  const learner = createRewardTrainer({ engine, gpt, head, pairs: of, options: all, streams: createStreams(3) });
  const scorer = createScorer(engine, gpt, head);
  return { engine, gpt, head, learner, update: () => toEnd(learner.update(1)), score: (texts: readonly (readonly number[])[]) => toEnd(scorer.score(texts)) }; // prettier-ignore
}

function toEnd<T>(slices: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
  }
}

describe("the loss", () => {
  test("log 2 at 0; no overflow; slopes are its derivative", () => {
    expect(logisticLoss(0)).toEqual({ loss: Math.log(2), slope: -0.5 });
    expect(logisticLoss(1000)).toEqual({ loss: 0, slope: -0 });
    expect(logisticLoss(-1000)).toEqual({ loss: 1000, slope: -1 });
    expect(logisticLoss(30).loss).toBeCloseTo(Math.exp(-30), 20);
    for (const x of [-20, -3, -0.1, 0.1, 2, 15]) {
      const difference = (logisticLoss(x + 1e-5).loss - logisticLoss(x - 1e-5).loss) / 2e-5;
      expect(logisticLoss(x).slope).toBeCloseTo(difference, 7);
    }
  });

  test("equal pairs cost log 2, and their gradient is exactly 0", async () => {
    const equal = pairs.map(({ chosen }) => ({ chosen, rejected: [...chosen] }));
    const { engine, learner, update } = await open({}, equal);
    const before = learner.weights.map((v) => engine.read(v).slice());
    expect(update()).toMatchObject({ loss: expect.closeTo(Math.log(2), 12) as number, accuracy: 0.5, gradientNorm: 0 });
    expect(learner.weights.map((v) => engine.read(v))).toEqual(before);
    // Beside others they change nothing but the mean.
    const [with_, without] = [[...pairs.slice(0, 8), ...equal.slice(0, 8)], pairs.slice(0, 8)];
    const [half, whole] = [(await open({}, with_)).update(), (await open({}, without)).update()];
    expect(half.gradientNorm).toBeCloseTo(whole.gradientNorm / 2, 5);
    expect(half.loss).toBeCloseTo((whole.loss + Math.log(2)) / 2, 6);
  });

  test("a step lowers it", async () => {
    const of = pairs.slice(0, 6);
    const { score, update } = await open({ warmUp: 0 }, of);
    const lossOf = (): number => {
      const scores = score(of.flatMap(({ chosen, rejected }) => [chosen, rejected]));
      return of.reduce((sum, _, i) => sum + logisticLoss(scores[2 * i] - scores[2 * i + 1]).loss, 0) / of.length;
    };
    const before = lossOf();
    expect(update().loss).toBeCloseTo(before, 6);
    expect(lossOf()).toBeLessThan(before);
  });
});

describe("scores", () => {
  test("are read at the last token, whatever the batches", async () => {
    const { engine, gpt, head, score } = await open();
    const texts = Array.from({ length: 400 }, (_, i) => [...classes(random, 1 + ((i * 7) % 10), 12)]);
    const scores = score(texts);
    const inputs = sequenceInputs();
    const all = head.score(gpt.hidden(inputs.token, inputs.position));
    for (const i of [0, 3, 150, 399]) {
      const feeds = new Map<Tensor, ArrayLike<number>>([
        [inputs.token, texts[i]] as const,
        [inputs.position, texts[i].map((_, k) => k)] as const,
        ...[...gpt.weights, ...head.weights].map((v) => [v, engine.read(v)] as const),
      ]);
      expect(scores[i]).toBeCloseTo(runReference({ outputs: { all } }, feeds, texts[i].length).outputs.all.at(-1)!, 4);
      expect(score([texts[i]])[0]).toBe(scores[i]);
    }
  });

  test("get mean 0 and variance 1, and keep their order; equal ones get mean 0 alone", async () => {
    const { engine, head, score } = await open();
    engine.write(head.weights[1], [3]);
    const texts = pairs.map(({ chosen }) => chosen);
    const before = score(texts);
    const normalize = (scores: Float64Array): void => {
      const [weight, bias] = head.weights;
      const scaled = normalizedHead({ weight: engine.read(weight), bias: engine.read(bias)[0] }, scores);
      engine.write(weight, scaled.weight);
      engine.write(bias, [scaled.bias]);
    };
    normalize(before);
    const after = score(texts);
    const mean = after.reduce((a, b) => a + b) / after.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(after.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / after.length).toBeCloseTo(1, 5);
    const rank = (x: Float64Array): number[] => [...x.keys()].sort((a, b) => x[a] - x[b]);
    expect(rank(after)).toEqual(rank(before));

    const weight = engine.read(head.weights[0]).slice();
    normalize(score([texts[0], texts[0]]));
    expect(score([texts[0]])[0]).toBeCloseTo(0, 5);
    expect(engine.read(head.weights[0])).toEqual(weight);
  });
});

test("learns what is preferred, each pair once an epoch", async () => {
  const { learner, update, score } = await open({ epochs: 12 });
  expect(learner.updates).toBe(48);
  let metrics: Record<string, number> = {};
  for (let i = 0; i < learner.updates; i++) {
    metrics = update();
    expect(learner.progress.steps).toBe(16 * (i + 1));
  }
  expect(metrics).toMatchObject({ accuracy: 1 });
  expect(metrics.loss).toBeLessThan(0.1);
  const [many, none] = score([[end, 5, 3, 3, end], [end, 5, 6, 7, end]]); // prettier-ignore
  expect(many).toBeGreaterThan(none + 1);
});

test("goes on from a checkpoint within an epoch, with the same bits", async () => {
  const [whole, resumed] = [await open({ epochs: 3 }), await open({ epochs: 3 })];
  for (let i = 0; i < 6; i++) whole.update();
  const { learner, engine } = whole;
  const of = ({ weights, variables }: typeof learner) => [...weights, ...variables];
  const saved = of(learner).map((v) => engine.read(v).slice());
  const states = JSON.parse(JSON.stringify(Object.entries(learner.states).map(([name, state]) => [name, state.getState()]))) as [string, unknown][]; // prettier-ignore
  const next = Array.from({ length: 5 }, () => whole.update());
  of(resumed.learner).forEach((v, i) => resumed.engine.write(v, saved[i]));
  for (const [name, state] of states) resumed.learner.states[name].setState(state);
  expect(Array.from({ length: 5 }, () => resumed.update())).toEqual(next);
});
