// What summary.json holds, for files that somebody else may have written.

import * as z from "zod/mini";

const figure = z.nullable(z.number());
const finalEvaluationShape = z.looseObject({
  episodes: z.number(),
  asked: z.number(),
  seed: z.number(),
  mean: figure,
  std: figure,
  min: figure,
  max: figure,
  meanLength: figure,
  note: z.optional(z.string()),
});

/** Its types, for a file that somebody else may have written. */
export const summaryShape = z.looseObject({
  status: z.enum(["finished", "interrupted", "failed"]),
  error: z.optional(z.string()),
  algorithm: z.string(),
  env: z.nullable(z.string()),
  seed: z.number(),
  steps: z.number(),
  episodes: z.number(),
  wallSeconds: z.number(),
  stepsPerSecond: z.number(),
  meanReturn100: z.nullable(z.number()),
  solvedAtStep: z.nullable(z.number()),
  reachedAtStep: z.optional(z.nullable(z.number())),
  weightsSha256: z.string(),
  run: z.string(),
  rewardThreshold: z.nullable(z.number()),
  warnings: z.optional(z.array(z.string())),
  finalEvaluation: z.optional(finalEvaluationShape),
});
