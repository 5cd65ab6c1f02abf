// Supervised fine-tuning: the likelihood of texts, or of completions behind their prompts, is raised by gradient steps.

import { cos, exp } from "../math/index.ts";
import { createMinimizer } from "../learning/minimizer.ts";
import type { Learner } from "../learning/learner.ts";
import { adam } from "../optimizers/index.ts";
import { createGenerator, type SeedSequence, type StreamPurpose } from "../random/index.ts";
import { input, likelihood, mul, neg, select, sum, type Engine, type Program, type Tensor } from "../tensor/index.ts"; // prettier-ignore
import type { Gpt } from "./gpt.ts";
import type { SftOptions } from "./options.ts";
import { createPasses, type Passes } from "./passes.ts";
import {
  batchOfTokens,
  columnsOfTokens,
  feedTokens,
  inRows,
  partsToLookAt,
  rowsOfSteps,
  rowsToLookAt,
  sequenceInputs,
  type TokenBatch,
} from "./sequences.ts";

/** A sequence to learn: ids, of which those from index `from` on are to be predicted. */
export interface Lesson {
  readonly tokens: readonly number[];
  /** At least 1: nothing predicts the first token. */
  readonly from: number;
}

/** What fine-tuning works with. */
export interface SftSetting {
  readonly engine: Engine;
  readonly gpt: Gpt;
  readonly lessons: readonly Lesson[];
  readonly options: SftOptions;
  readonly streams: (purpose: StreamPurpose) => SeedSequence;
}

/** Sequences with 1 / count where a token is to be predicted, and 0 elsewhere. */
export function batchOfLessons(
  lessons: readonly Lesson[],
  context: number,
): { batch: TokenBatch; weights: Float32Array } {
  const batch = batchOfTokens(
    lessons.map(({ tokens }) => tokens),
    context,
  );
  const counted = lessons.reduce((total, { tokens, from }) => total + tokens.length - from, 0);
  const weights = inRows(
    batch.layout,
    lessons.map(({ tokens, from }) => tokens.slice(1).map((_, k) => (k + 1 >= from ? 1 / counted : 0))),
  );
  return { batch, weights };
}

/** −Σ weight · log π, over the rows whose weight is not 0: whatever is in the others changes nothing. */
export const weightedLoss = (logProb: Tensor, weight: Tensor): Tensor =>
  neg(sum(select(weight, mul(weight, logProb), 0)));

/**
 * Warm-up, then half a cosine down to a tenth.
 *
 * @param done the share of the run that is done, in the middle of a step: a run of a single step is to learn something
 */
export function warmedUp(options: Pick<SftOptions, "learningRate" | "warmUp">, done: number): number {
  const { learningRate, warmUp } = options;
  if (done < warmUp) return (learningRate * done) / warmUp;
  const rest = (done - warmUp) / (1 - warmUp);
  return learningRate * (0.55 + 0.45 * cos(Math.PI * rest));
}

/** A learner whose updates are steps; `progress.steps` counts tokens that were predicted. */
export function createSft({
  engine,
  gpt,
  lessons,
  options,
  streams,
}: SftSetting): Learner & { readonly updates: number; readonly passes: Passes<Lesson>; compile(): void } {
  const { context } = gpt.config;
  const inputs = sequenceInputs();
  const weight = input("weights of tokens", ["rows"]);
  const { logProb } = likelihood(gpt.hidden(inputs.token, inputs.position), gpt.embedding, inputs.next);
  const loss = weightedLoss(logProb, weight);
  const lengths = lessons.map(({ tokens }) => tokens.length - 1);
  const minimizer = createMinimizer(
    engine,
    { loss, variables: gpt.weights, optimizer: (setup) => adam(setup), maxGradientNorm: options.maxGradientNorm },
    {
      algorithm: "sft",
      rewarded: false,
      metrics: { loss },
      longest: context,
      capacity: rowsOfSteps(lengths, options.batch, context),
    },
  );
  const shuffler = createGenerator(streams("minibatches"));
  const passes = createPasses(lessons, options, shuffler);
  const progress = { steps: 0 };

  return {
    updates: passes.updates,
    passes,
    compile: () => minimizer.compile(1),
    progress,
    weights: gpt.weights,
    variables: minimizer.variables,
    states: {
      optimizer: minimizer,
      minibatches: shuffler,
      passes,
      progress: { getState: () => ({ ...progress }), setState: (state) => void Object.assign(progress, state) },
    },
    *update() {
      const chosen = passes.batch();
      const { batch, weights } = batchOfLessons(chosen, context);
      const columns = [...columnsOfTokens(inputs, batch), { input: weight, values: weights }];
      minimizer.start();
      const learningRate = warmedUp(options, passes.done());
      yield* minimizer.stepInSlices({ columns, rows: batch.layout.span, layout: batch.layout }, learningRate);
      passes.advance();
      progress.steps += chosen.reduce((total, { tokens, from }) => total + tokens.length - from, 0);
      return minimizer.finish(progress.steps, { learningRate });
    },
  };
}

/** Mean −log π of the tokens to predict, over whole lessons: its exponential is the perplexity. */
export function createLossMeter(engine: Engine, gpt: Gpt) {
  const { context } = gpt.config;
  const inputs = sequenceInputs();
  const { logProb } = likelihood(gpt.hidden(inputs.token, inputs.position), gpt.embedding, inputs.next);
  let program: Program<"logProb"> | undefined;
  const compiled = (): Program<"logProb"> =>
    (program ??= engine.compile({ outputs: { logProb } }, { capacity: rowsToLookAt(context), longest: context }));
  return {
    compile: () => void compiled(),
    *measure(lessons: readonly Lesson[]): Generator<void, { loss: number; perplexity: number }> {
      const program = compiled();
      let [total, counted] = [0, 0];
      const lengths = lessons.map(({ tokens }) => tokens.length);
      for (const [from, to] of partsToLookAt(lengths, context)) {
        const chosen = lessons.slice(from, to);
        const { batch, weights } = batchOfLessons(chosen, context);
        feedTokens(program, inputs, batch);
        yield* program.runInSlices(batch.layout);
        const logProbs = program.read("logProb");
        for (let k = 0; k < weights.length; k++)
          if (weights[k] > 0) {
            total -= logProbs[k];
            counted++;
          }
      }
      const loss = total / counted;
      return { loss, perplexity: exp(loss) };
    },
  };
}
