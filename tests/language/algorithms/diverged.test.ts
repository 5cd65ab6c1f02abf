// Trainings whose learning rate is far too high: told as what they are, with the step, the rate and what to do.

import { expect, test } from "vitest";
import { wouldRecur } from "../../../src/errors.ts";
import { newLanguageModel, sftAlgorithm, rlhfAlgorithm, trainSft, wordTokenizer } from "../../../src/language/index.ts"; // prettier-ignore
import { createStreams } from "../../../src/random/index.ts";
import { createTraining, createTurns, runInTurns, type Training } from "../../../src/training/index.ts";

const model = newLanguageModel({ context: 10, width: 8, layers: 1, heads: 2 }, wordTokenizer(["a", "b", "c"]), createStreams(2)("initialization")); // prettier-ignore
const texts = Array.from({ length: 40 }, (_, i) => ["a b c", "b c a b", "c"][i % 3]);
const wait = <T>(slices: Generator<unknown, T>): Promise<T> => runInTurns(slices, createTurns());

async function failureOf(training: Training): Promise<Error> {
  try {
    while (!training.done) {
      await wait(training.updateInSlices());
      await wait(training.keepsakes!.tell!());
    }
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not fail");
}

test("a loss that grows beyond that of guessing is warned of once", async () => {
  const warnings: string[] = [];
  const onUpdate = (report: { warnings?: readonly string[] }) => void warnings.push(...(report.warnings ?? []));
  await trainSft({ model, texts, batch: 8, learningRate: 100, onUpdate });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/^the training has diverged: at step \d+ the loss is \S+, and to guess evenly among the \d tokens would have 1\.\d+\. Lower option "learningRate", which is 100$/); // prettier-ignore
  await trainSft({ model, texts, batch: 8, onUpdate });
  expect(warnings).toHaveLength(1);
});

test("weights that no token can be drawn from are the training's fault, not the model's", async () => {
  const sft = await failureOf(await createTraining(sftAlgorithm({ model, texts }), { learningRate: 1e30, batch: 8 }));
  expect(sft.message).toMatch(/^sft: the training has diverged: with the weights of step \d+ the logits are not finite numbers, so that no token can be drawn\. Lower the learning rate, which is 1e\+30$/); // prettier-ignore
  expect(wouldRecur(sft)).toBe(true);
  const rlhf = rlhfAlgorithm({ model, reward: (_, text) => text.length, prompts: ["a"] });
  const failure = await failureOf(await createTraining(rlhf, { learningRate: 1e30, episodes: 8, iterations: 5 }));
  expect(failure.message).toMatch(/^rlhf: (the training has diverged|the loss or its gradient stopped)/);
  expect(failure.message).toMatch(/Lower the learning rate, which is 1e\+30$|A lower learning rate than 1e\+30 or normalized rewards may help\.$/); // prettier-ignore

  const broken = { ...model, weights: new Map([...model.weights, ["ln_f.bias", new Float32Array(8).fill(NaN)]]) };
  const training = await createTraining(sftAlgorithm({ model: broken, texts }), {});
  await expect(wait(training.keepsakes!.tell!())).rejects.toThrow(/its weights are broken$/);
});

test("a loss that is no number is told with its step and learning rate", async () => {
  await expect(trainSft({ model, texts, batch: 8, learningRate: 1e37, warmUp: 0 })).rejects.toThrow(/^sft: the loss or its gradient stopped being a finite number at step \d+; .* A lower learning rate than \S+e\+3\d may help\.$/s); // prettier-ignore
});
