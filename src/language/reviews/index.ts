// The built-in case of RLHF: a language of reviews whose true reward is known exactly.
export {
  adjectives,
  endOfText,
  joins,
  longestReview,
  samplePrompt,
  sampleReview,
  scores,
  subjects,
  vocabulary,
  wordId,
} from "./language.ts";
export {
  reviewsModels,
  runReviews,
  type ReviewsModels,
  type ReviewsRun,
  type ReviewsStep,
  type RunReviewsOptions,
} from "./case.ts";
export { reviewsBestOfN, reviewsCalibration, type ReviewsBestOfNOptions } from "./measures.ts";
export { reviewPrompts } from "./prompts.ts";
export { reviewsTokenizer, sampleReviews } from "./model.ts";
export { judgeText, samplePairs, type JudgedPair, type SamplePairsOptions } from "./pairs.ts";
export { preferenceProbability, samplePreference } from "./preferences.ts";
export type { PreferenceOptions } from "./preferences.ts";
export { greatestTruth, judge, parseReview } from "./truth.ts";
export type { Clause, Judgement, Parse, Text } from "./truth.ts";
export { type MeanInterval } from "../../math/student.ts";
export { outcomeOf, verdictLimits, type ReviewsOutcome } from "./verdict.ts";
