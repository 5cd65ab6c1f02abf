// The built-in case beside its runs: what the best of n texts is worth, and how well the reward model knows what is
// preferred.

import { exp } from "../../math/index.ts";
import { createGenerator, createStreams } from "../../random/index.ts";
import { bestOfN, type BestOfN, type ScoredText } from "../best-of-n.ts";
import { calibrationOf, type Calibration } from "../calibration.ts";
import { generate } from "../generate-text.ts";
import { scoreTexts } from "../train.ts";
import type { ReviewsModels } from "./case.ts";
import { samplePrompt } from "./language.ts";
import { judgeText, samplePairs } from "./pairs.ts";

/** What {@link reviewsBestOfN} takes. */
export interface ReviewsBestOfNOptions {
  /** Default 32. */
  readonly prompts?: number;
  /** Texts behind each prompt. Default 512. */
  readonly pool?: number;
  /** Each n. Default: the powers of 2 up to 256. */
  readonly counts?: readonly number[];
  /** Default 0. */
  readonly seed?: number;
  /** The same bits on every machine. Default false. */
  readonly strict?: boolean;
}

/**
 * Best of n of the fine-tuned model's texts by the reward model: the reward, the truth, the share of well-formed ones. The
 * few texts that were cut off at the end of the context are not among them.
 */
export async function reviewsBestOfN(
  { sft, reward }: ReviewsModels,
  options: ReviewsBestOfNOptions = {},
): Promise<{ points: BestOfN<"truth" | "wellFormed">[] }> {
  const { prompts: count = 32, pool = 512, counts = [1, 2, 4, 8, 16, 32, 64, 128, 256], seed = 0, strict } = options;
  const random = createGenerator(createStreams(seed)("environments"));
  const prompts = Array.from({ length: count }, () => samplePrompt(random).join(" "));
  const all = await generate(sft, prompts.flatMap((prompt) => Array<string>(pool).fill(prompt)), { seed, strict }); // prettier-ignore
  const written = all.map((text, i) => ({ ...text, of: Math.floor(i / pool) })).filter(({ ended }) => ended);
  const scores = await scoreTexts(
    reward,
    written.map(({ prompt, text }) => `${prompt} ${text}`),
  );
  const pools = prompts.map((): ScoredText<"truth" | "wellFormed">[] => []);
  written.forEach(({ prompt, text, of }, i) => {
    const { truth, wellFormed } = judgeText(prompt, text);
    pools[of].push({ proxy: scores[i], truth, wellFormed: wellFormed ? 1 : 0 });
  });
  return { points: bestOfN(pools, counts) };
}

/**
 * How well the reward model tells which of two texts of the fine-tuned model was preferred, by labels as it learned from.
 * Normalization took its scale away, so the scale is fitted to these pairs: the one number by which all differences of
 * rewards are multiplied, so that the labels are likeliest.
 *
 * @param count pairs; default 2,000
 */
export async function reviewsCalibration(
  { sft, reward }: ReviewsModels,
  { count = 2000, seed = 0, strict }: { count?: number; seed?: number; strict?: boolean } = {},
): Promise<Calibration> {
  const pairs = await samplePairs(sft, count, { seed, strict });
  const scores = await scoreTexts(
    reward,
    pairs.flatMap(({ prompt, chosen, rejected }) => [`${prompt} ${chosen}`, `${prompt} ${rejected}`]),
  );
  const margins = pairs.map((_, i) => scores[2 * i] - scores[2 * i + 1]);
  const scale = likeliestScale(margins);
  return calibrationOf(margins.map((margin) => scale * margin));
}

/** The s ≥ 0 for which Σ log σ(s · margin) is greatest, by bisection of its slope, which falls. At most 100. */
export function likeliestScale(margins: readonly number[]): number {
  const slope = (s: number): number => margins.reduce((total, m) => total + m / (1 + exp(s * m)), 0);
  let [low, high] = [0, 100];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
