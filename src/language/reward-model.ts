// Reward models: a number for a text, learned from which of two answers was preferred (Bradley & Terry 1952; Christiano et
// al. 2017; Stiennon et al. 2020). The loss is −log σ(r(x, y⁺) − r(x, y⁻)), r being read at a text's last token.

import { createMinimizer } from "../learning/minimizer.ts";
import type { Learner } from "../learning/learner.ts";
import { exp, log1p } from "../math/index.ts";
import { adam } from "../optimizers/index.ts";
import { createGenerator, type SeedSequence, type StreamPurpose } from "../random/index.ts";
import { input, mul, select, sum, type Engine, type Program } from "../tensor/index.ts";
import type { Gpt } from "./gpt.ts";
import type { ScalarHead } from "./heads.ts";
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
import { warmedUp } from "./sft.ts";

/** Two answers to one prompt as token ids, each with the prompt before it and the end of text behind it. */
export interface TokenPair {
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
}

/** What a reward model is trained with. */
export interface RewardModelSetting {
  readonly engine: Engine;
  readonly gpt: Gpt;
  readonly head: ScalarHead;
  readonly pairs: readonly TokenPair[];
  /** `batch` counts pairs. */
  readonly options: SftOptions;
  readonly streams: (purpose: StreamPurpose) => SeedSequence;
}

/** Rows in which every token of a text is read, its last one too. */
export const batchOfTexts = (texts: readonly (readonly number[])[], context: number): TokenBatch =>
  batchOfTokens(
    texts.map((tokens) => [...tokens, 0]),
    context,
  );

/** Numbers of texts by a model and its head. */
export function createScorer(engine: Engine, gpt: Gpt, head: ScalarHead) {
  const { context } = gpt.config;
  const inputs = sequenceInputs();
  let program: Program<"score"> | undefined;
  const compiled = (): Program<"score"> =>
    (program ??= engine.compile(
      { outputs: { score: head.score(gpt.hidden(inputs.token, inputs.position)) } },
      { capacity: rowsToLookAt(context), longest: context },
    ));
  return {
    compile: () => void compiled(),
    /** r of each text, read at its last token. */
    *score(texts: readonly (readonly number[])[]): Generator<void, Float64Array> {
      const program = compiled();
      const scores = new Float64Array(texts.length);
      const lengths = texts.map(({ length }) => length);
      for (const [from, to] of partsToLookAt(lengths, context)) {
        const batch = batchOfTexts(texts.slice(from, to), context);
        feedTokens(program, inputs, batch);
        yield* program.runInSlices(batch.layout);
        const all = program.read("score");
        const { first } = batch.layout;
        for (let i = from; i < to; i++) scores[i] = all[first[i - from] + lengths[i] - 1];
      }
      return scores;
    },
  };
}

/** −log σ(x), and its derivative −σ(−x), without overflow. */
export const logisticLoss = (x: number): { loss: number; slope: number } => ({
  loss: x > 0 ? log1p(exp(-x)) : log1p(exp(x)) - x,
  slope: x > 0 ? -exp(-x) / (1 + exp(-x)) : -1 / (1 + exp(x)),
});

/** A learner whose updates are steps on some pairs; `progress.steps` counts pairs. */
export function createRewardTrainer(
  setting: RewardModelSetting,
): Learner & { readonly updates: number; readonly passes: Passes<TokenPair>; compile(): void } {
  const { engine, gpt, head, pairs, options, streams } = setting;
  const { context } = gpt.config;
  const inputs = sequenceInputs();
  const slope = input("slopes of scores", ["rows"]);
  // The loss joins two texts, and a program's rows know only their own. So scores are computed first; the gradient is then
  // that of Σ slope · score, with the loss's slope by each score.
  const score = head.score(gpt.hidden(inputs.token, inputs.position));
  const variables = [...gpt.weights, ...head.weights];
  const scorer = createScorer(engine, gpt, head);
  const lengths = pairs.map(({ chosen, rejected }) => chosen.length + rejected.length);
  const capacity = rowsOfSteps(lengths, options.batch, context);
  const minimizer = createMinimizer(
    engine,
    {
      loss: sum(select(slope, mul(slope, score), 0)),
      variables,
      optimizer: (setup) => adam(setup),
      maxGradientNorm: options.maxGradientNorm,
    },
    { algorithm: "reward model", rewarded: false, metrics: {}, longest: context, capacity },
  );
  const shuffler = createGenerator(streams("minibatches"));
  const passes = createPasses(pairs, options, shuffler);
  const progress = { steps: 0 };
  return {
    updates: passes.updates,
    passes,
    compile() {
      scorer.compile();
      minimizer.compile(1);
    },
    progress,
    weights: variables,
    variables: minimizer.variables,
    states: {
      optimizer: minimizer,
      minibatches: shuffler,
      passes,
      progress: { getState: () => ({ ...progress }), setState: (state) => void Object.assign(progress, state) },
    },
    *update() {
      const chosen = passes.batch();
      const texts = [...chosen.map((pair) => pair.chosen), ...chosen.map((pair) => pair.rejected)];
      const scores = yield* scorer.score(texts);

      const n = chosen.length;
      const slopes = new Float64Array(2 * n);
      let [loss, right] = [0, 0];
      for (let i = 0; i < n; i++) {
        const margin = scores[i] - scores[n + i];
        const at = logisticLoss(margin);
        loss += at.loss / n;
        right += (margin > 0 ? 1 : margin === 0 ? 0.5 : 0) / n;
        // What equal texts add to the gradient is 0, but not to rounding, which Adam would make whole steps of.
        if (areEqual(chosen[i])) continue;
        slopes[i] = at.slope / n;
        slopes[n + i] = -slopes[i];
      }
      const batch = batchOfTexts(texts, context);
      const atLast = inRows(
        batch.layout,
        texts.map(({ length }, s) => Float64Array.from({ length }, (_, k) => (k === length - 1 ? slopes[s] : 0))),
      );
      const columns = [...columnsOfTokens(inputs, batch), { input: slope, values: atLast }];
      minimizer.start();
      const learningRate = warmedUp(options, passes.done());
      yield* minimizer.stepInSlices({ columns, rows: batch.layout.span, layout: batch.layout }, learningRate);
      passes.advance();
      progress.steps += n;
      return minimizer.finish(progress.steps, { loss, accuracy: right, learningRate });
    },
  };
}

const areEqual = ({ chosen, rejected }: TokenPair): boolean =>
  chosen.length === rejected.length && chosen.every((token, k) => token === rejected[k]);

/** The head, scaled so that the scores of reference texts have mean 0 and variance 1; if they are all equal, mean 0. */
export function normalizedHead(
  { weight, bias }: { readonly weight: Float32Array; readonly bias: number },
  scores: Float64Array,
): { weight: Float32Array; bias: number } {
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const variance = scores.reduce((total, x) => total + (x - mean) * (x - mean), 0) / scores.length;
  const scale = scores.some((x) => x !== scores[0]) ? 1 / Math.sqrt(variance) : 1;
  return { weight: weight.map((w) => w * scale), bias: Math.fround((bias - mean) * scale) };
}
