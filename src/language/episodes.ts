// Episodes of RLHF: what an actor writes behind prompts, what actor, reference and critic make of each token, and the
// advantages that follow from it.

import { gae, normalize } from "../advantages/index.ts";
import { RunError } from "../errors.ts";
import { createGenerator, SeedSequence, type StreamPurpose } from "../random/index.ts";
import { likelihood, mul, type Engine, type Likelihood, type Program } from "../tensor/index.ts";
import { valueText } from "../text/values.ts";
import { createTokenGenerator, type Generated } from "./generate.ts";
import type { Gpt } from "./gpt.ts";
import type { ScalarHead } from "./heads.ts";
import type { RlhfOptions } from "./options.ts";
import { samplingOf } from "./sampling.ts";
import {
  batchOfTokens,
  bySequence,
  feedTokens,
  partsToLookAt,
  rowsToLookAt,
  sequenceInputs,
  type SequenceInputs,
} from "./sequences.ts";

/** A text: a prompt, and what was written behind it. */
export interface WrittenText {
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
}

/** Rewards of texts. It may yield, and a promise that it yields is waited for. */
export type TextReward = (texts: readonly WrittenText[]) => Generator<unknown, ArrayLike<number>>;

/** What was written behind a prompt, with what was computed of each token. */
export interface Episode extends Generated {
  readonly prompt: readonly number[];
  /** log π of each token as the actor was, by the pass that training uses. */
  readonly logProbs: number[];
  readonly referenceLogProbs: number[];
  /** V before each token. */
  readonly values: number[];
  /** Entropy of what each token was drawn from, in nats. */
  readonly entropies: number[];
  /** What the reward said of the whole text. */
  readonly score: number;
}

/** log π and entropy of the next tokens, at a temperature: it divides the logits. */
export const likelihoodAt = (temperature: number, gpt: Gpt, { token, position, next }: SequenceInputs): Likelihood =>
  likelihood(mul(gpt.hidden(token, position), 1 / temperature), gpt.embedding, next);

/** A value function: a head on a model of its own, or on the actor. */
export interface Critic {
  readonly gpt: Gpt;
  readonly head: ScalarHead;
}

/** What actor and critic make of tokens; on a shared trunk both read the same hidden vectors. */
export function actorCritic(temperature: number, actor: Gpt, critic: Critic, inputs: SequenceInputs) {
  const { token, position, next } = inputs;
  const hidden = actor.hidden(token, position);
  const ofCritic = critic.gpt === actor ? hidden : critic.gpt.hidden(token, position);
  return {
    ...likelihood(mul(hidden, 1 / temperature), actor.embedding, next),
    value: critic.head.score(ofCritic),
  };
}

interface AuthorSetting {
  readonly engine: Engine;
  readonly actor: Gpt;
  readonly reference: Gpt;
  readonly critic: Critic;
  readonly reward: TextReward;
  readonly endOfText: number;
  readonly options: RlhfOptions;
  readonly streams: (purpose: StreamPurpose) => SeedSequence;
}

const looks = ["logProb", "referenceLogProb", "value", "entropy"] as const;

/** Writes episodes, and looks at them with all models. */
export function createAuthor(setting: AuthorSetting) {
  const { engine, actor, reference, critic, options } = setting;
  const { context } = actor.config;
  const inputs = sequenceInputs();
  const { logProb, entropy: ofTokens, value } = actorCritic(options.temperature, actor, critic, inputs);
  const referenceLogProb = likelihoodAt(options.temperature, reference, inputs).logProb;
  const generator = createTokenGenerator(engine, actor, Math.min(options.episodes, 128));
  let look: Program<(typeof looks)[number]> | undefined;
  const compiled = (): Program<(typeof looks)[number]> =>
    (look ??= engine.compile(
      { outputs: { logProb, referenceLogProb, value, entropy: ofTokens } },
      { capacity: rowsToLookAt(context), longest: context },
    ));

  return {
    compile: () => void compiled(),
    /**
     * @param written episodes so far: each has a seed of its own, whatever the batches
     * @param purpose of the stream whose children seed them
     */
    *write(
      prompts: readonly (readonly number[])[],
      written: number,
      purpose: StreamPurpose = "actions",
    ): Generator<unknown, Episode[]> {
      const { entropy, spawnKey } = setting.streams(purpose);
      const generated = yield* generator.generate({
        prompts,
        sampling: samplingOf({ temperature: options.temperature }),
        maxTokens: options.maxTokens,
        stop: [setting.endOfText],
        // Child `written + i` of the stream, as `spawn` numbers them: making all of the earlier ones anew would take long.
        generators: prompts.map((_, i) => createGenerator(new SeedSequence(entropy, [...spawnKey, written + i]))),
      });
      const texts = generated.map(({ tokens }, i) => ({ prompt: prompts[i], tokens }));
      const scores = checkedScores(yield* setting.reward(texts), texts.length);

      const look = compiled();
      const episodes: Episode[] = [];
      const all = texts.map(({ prompt, tokens }) => [...prompt, ...tokens]);
      const lengths = all.map(({ length }) => length);
      for (const [from, to] of partsToLookAt(lengths, context)) {
        const batch = batchOfTokens(all.slice(from, to), context);
        feedTokens(look, inputs, batch);
        yield* look.runInSlices(batch.layout);
        const seen = looks.map((name) => bySequence(batch.layout, look.read(name)));
        for (let i = from; i < to; i++) {
          // The row of token t predicts token t + 1, and its value is read before that.
          const own = (k: number): number[] => Array.from(seen[k][i - from].subarray(prompts[i].length - 1));
          episodes.push({
            prompt: prompts[i],
            ...generated[i],
            logProbs: own(0),
            referenceLogProbs: own(1),
            values: own(2),
            entropies: own(3),
            score: scores[i],
          });
        }
      }
      return episodes;
    },
  };
}

/** @throws RunError if they are not a finite number for each of `count` texts; `who` gave them */
export function checkedScores(scores: ArrayLike<number>, count: number, who = "the reward"): ArrayLike<number> {
  if (scores?.length !== count)
    throw new RunError(`${who} gave ${scores?.length} numbers for ${count} texts, and must give one for each`);
  for (let i = 0; i < count; i++)
    if (!Number.isFinite(scores[i]))
      throw new RunError(`${who} of text ${i + 1} of ${count} is ${valueText(scores[i])}, but must be a finite number`);
  return scores;
}

/** Those that are learned from: texts that were cut off may be left out. */
export const learnedFrom = (episodes: readonly Episode[], { missingEnd }: RlhfOptions): readonly Episode[] =>
  missingEnd === "leave-out" ? episodes.filter(({ ended }) => ended) : episodes;

/** The score as it counts: nothing is clipped that no option asks for. */
const clipped = (score: number, { scoreClip }: RlhfOptions): number =>
  scoreClip > 0 ? Math.max(-scoreClip, Math.min(score, scoreClip)) : score;

/** r_t, then advantages and the targets of the value function, for each episode's tokens. */
export function estimate(episodes: readonly Episode[], klCoefficient: number, options: RlhfOptions) {
  const { klPenalty, missingEnd, missingEndPenalty } = options;
  const beta = klPenalty === "k1-in-reward" ? klCoefficient : 0;
  const lengths = episodes.map(({ tokens }) => tokens.length);
  const steps = lengths.reduce((a, b) => a + b, 0);
  const rewards = new Float64Array(steps);
  const values = new Float64Array(steps);
  const nextValues = new Float64Array(steps);
  const terminated = new Uint8Array(steps);
  let t = 0;
  for (const episode of episodes) {
    const { tokens, logProbs, referenceLogProbs, values: of, ended } = episode;
    for (let k = 0; k < tokens.length; k++, t++) {
      rewards[t] = beta > 0 ? -beta * (logProbs[k] - referenceLogProbs[k]) : 0;
      values[t] = of[k];
      if (k > 0) nextValues[t - 1] = of[k];
    }
    terminated[t - 1] = 1;
    const score = clipped(episode.score, options);
    rewards[t - 1] += ended ? score : missingEnd === "replace" ? -missingEndPenalty : score - missingEndPenalty;
  }
  if (options.whitenRewards) whitenWithoutShift(rewards);
  const trajectories = { steps, environments: 1, rewards, values, nextValues, terminated, truncated: new Uint8Array(steps) }; // prettier-ignore
  const advantages = gae(trajectories, options);
  const returns = advantages.map((advantage, k) => advantage + values[k]);
  if (options.normalizeAdvantages) normalize(advantages);
  const parts = (all: Float64Array): Float64Array[] => {
    let from = 0;
    return lengths.map((length) => all.subarray(from, (from += length)));
  };
  return { advantages: parts(advantages), returns: parts(returns) };
}

/** To variance 1, the mean staying as it is: a penalty on each token must not become a bonus. */
function whitenWithoutShift(x: Float64Array): void {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const copy = normalize(x.slice());
  const variance = x.reduce((total, value) => total + (value - mean) * (value - mean), 0) / Math.max(1, x.length - 1);
  if (variance > 0) for (let k = 0; k < x.length; k++) x[k] = copy[k] + mean;
}

const totalOf = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0);

/** What an iteration's episodes were like, all of them: means over them, or over their tokens. */
export function measure(episodes: readonly Episode[], options: RlhfOptions) {
  const tokens = episodes.reduce((total, episode) => total + episode.tokens.length, 0);
  const over = (f: (episode: Episode) => number): number =>
    episodes.reduce((total, episode) => total + f(episode), 0) / episodes.length;
  const klOf = (e: Episode): number => totalOf(e.logProbs) - totalOf(e.referenceLogProbs);
  const kl = over(klOf);
  return {
    score: over(({ score }) => score),
    kl,
    // The standard error of kl; of a single text nothing is known.
    klError: Math.sqrt(over((e) => (klOf(e) - kl) * (klOf(e) - kl)) / Math.max(1, episodes.length - 1)),
    entropy: totalOf(episodes.map(({ entropies }) => totalOf(entropies))) / tokens,
    length: tokens / episodes.length,
    ended: over(({ ended }) => (ended ? 1 : 0)),
    ...(options.scoreClip > 0 && { clippedScores: over((e) => (clipped(e.score, options) === e.score ? 0 : 1)) }),
  };
}

/** 1 − Σ (R̂ − V)² / Σ (R̂ − mean)² over the tokens that are learned from; 0 where all targets are equal. */
export function explainedVariance(episodes: readonly Episode[], returns: readonly Float64Array[]): number {
  const targets = returns.flatMap((of) => [...of]);
  const mean = totalOf(targets) / targets.length;
  const errors = episodes.reduce(
    (sum, { values }, i) => sum + values.reduce((s, v, k) => s + (returns[i][k] - v) * (returns[i][k] - v), 0),
    0,
  );
  const spread = targets.reduce((s, x) => s + (x - mean) * (x - mean), 0);
  return spread > 0 ? 1 - errors / spread : 0;
}
