// Supervised fine-tuning: what is learned and what is not, schedules, order, checkpoints.

import { expect, test } from "vitest";
import { createGpt, initialWeights } from "../../src/language/gpt.ts";
import type { SftOptions } from "../../src/language/options.ts";
import { batchOfLessons, createLossMeter, createSft, warmedUp, type Lesson } from "../../src/language/sft.ts"; // prettier-ignore
import { createGenerator, createStreams } from "../../src/random/index.ts";
import { createEngine } from "../../src/tensor/index.ts";

const config = { vocabularySize: 10, context: 8, width: 16, layers: 1, heads: 2, epsilon: 1e-5 };
const end = 9;
/** Behind a prompt a, b: the digits after b, up to 8; a does not matter, nor can it be foreseen. */
const lessons: Lesson[] = Array.from({ length: 40 }, (_, i) => {
  const [a, b] = [(i * 7) % 9, 4 + (i % 4)];
  return { tokens: [a, b, ...[5, 6, 7, 8].filter((x) => x > b), end], from: 2 };
});
const completions = lessons.reduce((total, { tokens }) => total + tokens.length - 2, 0);

async function open(options: Partial<SftOptions> = {}, of = lessons) {
  const engine = await createEngine();
  const gpt = createGpt(config);
  for (const [v, values] of initialWeights(gpt, createGenerator(2))) engine.write(v, values);
  const all = { learningRate: 1e-2, warmUp: 0.1, batch: 8, maxGradientNorm: 1, epochs: 1, ...options };
  const learner = createSft({ engine, gpt, lessons: of, options: all, streams: createStreams(3) });
  const update = (): Record<string, number> => toEnd(learner.update(1));
  return { engine, gpt, learner, update };
}

function toEnd<T>(slices: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
  }
}

test("learns a tiny language that is certain; its prompts stay as improbable as they were", async () => {
  const { engine, gpt, learner, update } = await open({ epochs: 30 });
  const meter = createLossMeter(engine, gpt);
  const first = toEnd(meter.measure(lessons));
  expect(first.loss).toBeCloseTo(Math.log(10), 1);
  expect(first.perplexity).toBeCloseTo(Math.exp(first.loss), 10);
  let last = Infinity;
  for (let i = 0; i < learner.updates; i++) last = update().loss;
  expect(last).toBeLessThan(0.02);
  expect(toEnd(meter.measure(lessons)).loss).toBeLessThan(0.02);
  expect(toEnd(meter.measure(lessons.map(({ tokens }) => ({ tokens: tokens.slice(0, 2), from: 1 })))).loss).toBeGreaterThan(1); // prettier-ignore
  expect(learner.progress.steps).toBe(30 * completions);
});

test("only completions count, each token alike: which rows, and by how much", () => {
  const { batch, weights } = batchOfLessons([{ tokens: [1, 2, 3, 4, end], from: 3 }, { tokens: [5, end], from: 1 }], 8); // prettier-ignore
  expect([...batch.token]).toEqual([1, 2, 3, 4, 5]);
  expect([...batch.next]).toEqual([2, 3, 4, end, end]);
  const third = Math.fround(1 / 3);
  expect([...weights]).toEqual([0, 0, third, third, third]);
});

test("the loss is the mean over a batch's completions, whatever the prompts", async () => {
  const chosen = lessons.slice(0, 8);
  const { engine, gpt, update } = await open({}, chosen);
  const { loss } = toEnd(createLossMeter(engine, gpt).measure(chosen));
  expect(update().loss).toBeCloseTo(loss, 5);
});

test("texts without anything to predict teach nothing", async () => {
  const { engine, gpt, update } = await open({}, [{ tokens: [1, 2, 3], from: 3 }]);
  const before = gpt.weights.map((v) => engine.read(v).slice());
  expect(update()).toMatchObject({ gradientNorm: 0 });
  expect(gpt.weights.map((v) => engine.read(v))).toEqual(before);
});

test("the rate rises in proportion, then falls to a tenth along half a cosine", async () => {
  const rate = (done: number, warmUp = 0.2): number => warmedUp({ learningRate: 2, warmUp }, done);
  expect([0, 0.05, 0.1, 0.2].map((done) => rate(done))).toEqual([0, 0.5, 1, 2]);
  expect(rate(0.6)).toBeCloseTo(2 * 0.55, 12); // halfway down
  expect(rate(0.4)).toBeCloseTo(2 * (0.55 + 0.45 * Math.SQRT1_2), 12);
  expect(rate(1)).toBeCloseTo(0.2, 12);
  expect(rate(0, 0)).toBe(2);
  const { update, learner } = await open({ batch: 4, warmUp: 0.2, learningRate: 2e-5 });
  const rates = Array.from({ length: learner.updates }, () => update().learningRate);
  expect(rates).toHaveLength(10);
  rates.forEach((r, i) => expect(r).toBeCloseTo(1e-5 * rate((i + 0.5) / 10), 12));
});

test("a run of one step learns something", async () => {
  const { engine, gpt, update, learner } = await open({ batch: 64 });
  expect(learner.updates).toBe(1);
  const before = engine.read(gpt.weights[0]).slice();
  expect(update().learningRate).toBeGreaterThan(1e-3);
  expect(engine.read(gpt.weights[0])).not.toEqual(before);
});

test("each text once an epoch, in another order in each, in batches of which the last may be smaller", async () => {
  // Texts of different lengths, so that what counts tells which were taken.
  const texts = Array.from({ length: 7 }, (_, i) => ({ tokens: [1, ...Array<number>(i).fill(2), end], from: 1 }));
  const { update, learner } = await open({ batch: 2, epochs: 6 }, texts);
  expect(learner.updates).toBe(24);
  const epochs = Array.from({ length: 6 }, () =>
    Array.from({ length: 4 }, () => {
      const { steps } = learner.progress;
      update();
      return learner.progress.steps - steps;
    }),
  );
  for (const counts of epochs) expect(counts.reduce((a, b) => a + b)).toBe(28);
  expect(new Set(epochs.map((counts) => counts.join())).size).toBeGreaterThan(2);
});

test("goes on from a checkpoint within an epoch, with the same bits", async () => {
  const [whole, resumed] = [await open({ epochs: 3 }), await open({ epochs: 3 })];
  for (let i = 0; i < 7; i++) whole.update();
  const { learner, engine } = whole;
  const of = ({ weights, variables }: typeof learner) => [...weights, ...variables];
  const saved = of(learner).map((v) => engine.read(v).slice());
  const states = JSON.parse(JSON.stringify(Object.entries(learner.states).map(([name, state]) => [name, state.getState()]))) as [string, unknown][]; // prettier-ignore
  const next = Array.from({ length: 8 }, () => whole.update());
  of(resumed.learner).forEach((v, i) => resumed.engine.write(v, saved[i]));
  for (const [name, state] of states) resumed.learner.states[name].setState(state);
  expect(Array.from({ length: 8 }, () => resumed.update())).toEqual(next);
  expect(of(resumed.learner).map((v) => resumed.engine.read(v))).toEqual(of(learner).map((v) => engine.read(v)));
});
