// RLHF of the built-in model in a page, in its worker, and in Node alike: texts, two iterations, and what they came to.

import type { generate, reviews, trainRlhf } from "polgrad";

/** The part of polgrad that it needs: the page imports it, and the test has its own in Node. */
export interface LanguageParts {
  generate: typeof generate;
  reviews: Pick<typeof reviews, "reviewsModels">;
  trainRlhf: typeof trainRlhf;
}

export interface LanguageOutcome {
  /** Written by the model as it ships: text, log-probability, and its pieces as they came. */
  texts: { text: string; logProb: number; told: string }[];
  /** Of each iteration: its metrics, and the log-probabilities of all tokens that it wrote. */
  metrics: Record<string, number>[];
  logProbs: number[][];
  /** SHA-256 of the trained actor's weights. */
  weightsSha256: string;
}

export async function writeAndTrain({ generate, reviews, trainRlhf }: LanguageParts): Promise<LanguageOutcome> {
  const { sft, reward } = await reviews.reviewsModels();
  const prompts = ["the food was", "the service", "the staff was not"];
  const told = prompts.map(() => "");
  const written = await generate(sft, prompts, { seed: 3, strict: true, onText: (text, i) => void (told[i] += text) });
  const logProbs: number[][] = [];
  const { model, metrics } = await trainRlhf({
    model: sft,
    reward,
    prompts,
    iterations: 2,
    episodes: 24,
    seed: 5,
    strict: true,
    onEpisodes: (episodes) => void logProbs.push(episodes.flatMap((episode) => [...episode.logProbs])),
  });
  return {
    texts: written.map(({ text, logProb }, i) => ({ text, logProb, told: told[i] })),
    metrics: metrics.map((each) => ({ ...each })),
    logProbs,
    weightsSha256: await digest(model.weights),
  };
}

async function digest(weights: ReadonlyMap<string, Float32Array>): Promise<string> {
  const all = new Float32Array([...weights.values()].reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const [, values] of weights) {
    all.set(values, at);
    at += values.length;
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", all));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
