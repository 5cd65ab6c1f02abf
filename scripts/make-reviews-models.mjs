// Trains the models of the built-in language of reviews that ship with polgrad, and writes them in float16 into
// src/language/reviews/shipped-models.ts:  npm run build && node scripts/make-reviews-models.mjs
//
// Strict engines and fixed seeds: everyone gets the same file.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createGenerator, createStreams, gptFiles, modelSizes, reviews, scoreTexts, trainRewardModel, trainSft } from "../dist/index.js"; // prettier-ignore

const { reviewsTokenizer, samplePairs, sampleReviews } = reviews;
const stream = (seed) => createGenerator(createStreams(seed)("environments"));
const progress =
  (every) =>
  ({ update, updates, metrics }) => {
    if (update % every === 0) console.log(`${update} of ${updates}  loss ${metrics.loss.toFixed(3)}`);
  };

// A model that writes reviews.
const texts = sampleReviews(stream(1), 40_000);
const heldOut = sampleReviews(stream(2), 2_000);
const model = { sizes: modelSizes.reviews, tokenizer: reviewsTokenizer() };
const sft = await trainSft({ model, texts, heldOut, epochs: 3, batch: 64, learningRate: 3e-3, strict: true, seed: 1, onUpdate: progress(250) }); // prettier-ignore
console.log(`held out: ${sft.heldOut.loss.toFixed(3)} nats a token`);

const pairs = await samplePairs(sft.model, Number(process.env.PAIRS ?? 80_000), { seed: 3, strict: true });
const tests = await samplePairs(sft.model, 2_000, { seed: 4, strict: true });
const normalizeOn = tests.map(({ prompt, chosen, rejected }, i) => `${prompt} ${i % 2 ? chosen : rejected}`);
const { rewardModel, accuracy } = await trainRewardModel({ model: sft.model, pairs, heldOut: tests, normalizeOn, epochs: 2, batch: 64, learningRate: 3e-3, strict: true, seed: 1, onUpdate: progress(250) }); // prettier-ignore

const all = tests.flatMap(({ prompt, chosen, rejected }) => [`${prompt} ${chosen}`, `${prompt} ${rejected}`]);
const scores = await scoreTexts(rewardModel, all);
const truths = tests.flatMap(({ truths }) => truths);
const mean = (x) => x.reduce((a, b) => a + b, 0) / x.length;
const covariance = (x, y) => mean(Array.from(x, (v, i) => (v - mean([...x])) * (y[i] - mean([...y]))));
const correlation = covariance(scores, truths) / Math.sqrt(covariance(scores, scores) * covariance(truths, truths));
const right = tests.filter(({ truths: [a, b] }, i) => a !== b && scores[2 * i] > scores[2 * i + 1] === a > b).length;
console.log(`reward model: accuracy on labels ${accuracy.toFixed(3)}, on truths ${(right / tests.filter(({ truths: [a, b] }) => a !== b).length).toFixed(3)}, correlation with the truth ${correlation.toFixed(3)}`); // prettier-ignore

const base64 = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
const filesOf = (of) => `{\n${[...gptFiles(of, "F16")].map(([name, bytes]) => `  ${JSON.stringify(name)}: "${base64(bytes)}",`).join("\n")}\n}`; // prettier-ignore
writeFileSync(
  process.env.OUT ?? fileURLToPath(new URL("../src/language/reviews/shipped-models.ts", import.meta.url)),
  `// Made by scripts/make-reviews-models.mjs: the files of the built-in models, in base64; weights in float16.

export const sft: Readonly<Record<string, string>> = ${filesOf(sft.model)};

export const reward: Readonly<Record<string, string>> = ${filesOf(rewardModel.model)};

export const headWeight = "${base64(rewardModel.headWeight)}";

export const headBias = ${rewardModel.headBias};
`,
);
