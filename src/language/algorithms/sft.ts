// Supervised fine-tuning as an algorithm of its data: a model, or the sizes of a new one, and texts.

import type { DataAlgorithm } from "../../algorithms/index.ts";
import { InputError } from "../../errors.ts";
import type { Keepsakes, Learner } from "../../learning/learner.ts";
import { createGenerator } from "../../random/index.ts";
import { plainOptions } from "../../text/plain-options.ts";
import { sha256OfData } from "../../training/sha256.ts";
import { createTokenGenerator, type TokenGenerator } from "../generate.ts";
import {
  modelOf,
  newConfig,
  newLanguageModel,
  openGpt,
  type LanguageModel,
  type ModelSizes,
} from "../language-model.ts";
import { gptFiles } from "../model-files.ts";
import type { sftOptions } from "../options.ts";
import type { TextRecord } from "../records.ts";
import { assertFitsEngine, mostBytes, roomOfSft } from "../room.ts";
import { samplingOf } from "../sampling.ts";
import { createLossMeter, createSft, type Lesson } from "../sft.ts";
import type { Tokenizer } from "../tokenizers/index.ts";
import { descriptions } from "./descriptions.ts";
import { asDivergence, createDivergenceWarning } from "./diverged.ts";
import { answerTokens, assertFits, assertList, isMark, once, promptTokens, readerOf, sha256OfModel, type NameOf, type Reader } from "./inputs.ts"; // prettier-ignore

/** What fine-tuning learns from. */
export interface SftData {
  /** The model to go on from, or the sizes of a new one with its tokenizer. */
  readonly model: LanguageModel | { readonly sizes: ModelSizes; readonly tokenizer: Tokenizer };
  /** Texts, or prompts with completions: the loss is on completions alone, which include the end of text. */
  readonly texts: readonly (string | TextRecord)[];
  /** Texts that are not trained on: their loss is measured ten times in the course of the training, and after it. */
  readonly heldOut?: readonly (string | TextRecord)[];
  /** Cut texts that are longer than the context into pieces, instead of refusing them. Default false. */
  readonly cut?: boolean;
  /** What messages call a text. Default: "text 1", …. */
  readonly nameOf?: NameOf;
  readonly nameOfHeldOut?: NameOf;
}

/** A learner of texts. */
export interface SftLearner extends Learner {
  /** Steps of the training. */
  readonly updates: number;
  /** The model as it is now. */
  model(): LanguageModel;
  /** Mean −log π of the tokens of held-out texts, and its exponential; undefined where there are none. */
  measure(): Generator<void, { loss: number; perplexity: number } | undefined>;
}

/** Fine-tuning of a model on texts. */
export type SftAlgorithm = DataAlgorithm<typeof sftOptions, SftLearner>;

/**
 * Supervised fine-tuning: `train(sftAlgorithm({ model, texts }), options)`, and `trainToRun` likewise.
 *
 * @throws InputError for texts that are longer than the context, or hold what the tokenizer does not know
 */
export function sftAlgorithm(given: SftData): SftAlgorithm {
  const data = plainOptions(given, "the data of sftAlgorithm");
  const { model: beginning } = data;
  const isNew = isToBeMade(beginning);
  const reader = isNew ? { tokenizer: beginning.tokenizer, context: beginning.sizes.context } : readerOf(beginning);
  const lessons = lessonsOf(reader, data.texts, data);
  if (lessons.length === 0) throw new InputError("there are no texts to learn from");
  const heldOut = data.heldOut && lessonsOf(reader, data.heldOut, { ...data, nameOf: data.nameOfHeldOut });
  if (heldOut?.length === 0) throw new InputError("there are no held-out texts: leave `heldOut` out");
  const tokens = lessons.reduce((total, lesson) => total + lesson.tokens.length - lesson.from, 0);

  return {
    ...descriptions.sft,
    inputs: once(() => ({
      model: isNew ? sha256OfData([beginning.sizes, reader.tokenizer.toJSON()]) : sha256OfModel(beginning),
      texts: sha256OfData([data.cut ?? false, ...data.texts]),
      ...(data.heldOut && { "held-out texts": sha256OfData(data.heldOut) }),
    })),
    length: ({ epochs }) => epochs * tokens,

    create({ options, engine, streams }) {
      const config = isNew ? newConfig(beginning.sizes, beginning.tokenizer) : beginning.config;
      assertFitsEngine(
        "supervised fine-tuning",
        mostBytes([config], options.batch),
        () => roomOfSft(config, lessons, options, { measures: heldOut !== undefined, samples }),
        "take a smaller model",
      );
      const start = isNew ? newLanguageModel(beginning.sizes, beginning.tokenizer, streams("initialization")) : beginning; // prettier-ignore
      const gpt = openGpt(engine, start);
      const { passes, ...learner } = createSft({ engine, gpt, lessons, streams, options });
      const meter = createLossMeter(engine, gpt);
      const model = (): LanguageModel => modelOf(engine, gpt, start);
      const warnOfDivergence = createDivergenceWarning(config.vocabularySize, options.learningRate);
      return {
        ...learner,
        model,
        measure,
        keepsakes: keepsakes(),
        warnings: ({ loss }) => warnOfDivergence(loss, learner.progress.steps),
        *update(remaining) {
          const metrics = yield* learner.update(remaining);
          const seen = isMark(passes.update, passes.updates, 10) ? yield* measure() : undefined;
          if (seen) Object.assign(metrics, { heldOutLoss: seen.loss, heldOutPerplexity: seen.perplexity });
          return metrics;
        },
      };

      function* measure(): Generator<void, { loss: number; perplexity: number } | undefined> {
        return heldOut && (yield* meter.measure(heldOut));
      }

      function keepsakes(): Keepsakes {
        const prompts = promptsOf(heldOut ?? lessons, reader);
        const asText = (ids: readonly number[]): string => reader.tokenizer.decode(ids);
        let generator: TokenGenerator | undefined;
        return {
          *files() {
            yield; // in a turn of its own
            return inFolder("model", gptFiles(model()));
          },
          *tell() {
            if (passes.update > 0 && !isMark(passes.update, passes.updates)) return undefined;
            generator ??= createTokenGenerator(engine, gpt, prompts.length);
            const slices = generator.generate({
              prompts,
              sampling: samplingOf({}),
              maxTokens: longestSample,
              stop: [reader.tokenizer.endOfText!],
              generators: streams("evaluation").spawn(prompts.length).map((seed) => createGenerator(seed)), // prettier-ignore
            });
            const { learningRate } = options;
            const written = yield* asDivergence(slices, () => ({ algorithm: "sft", step: learner.progress.steps, learningRate })); // prettier-ignore
            const texts = written.map(({ tokens, ended }, i) => ({ prompt: asText(prompts[i]), text: asText(tokens), ended, length: tokens.length })); // prettier-ignore
            return { written: texts };
          },
        };
      }
    },
  };
}

/** Whether a model is given by its sizes alone. */
export const isToBeMade = (model: SftData["model"]): model is Exclude<SftData["model"], LanguageModel> =>
  typeof model === "object" && model !== null && "sizes" in model;

/** Texts that are written on the way, and tokens of each at most. */
export const samples = 4;
const longestSample = 120;

/** What samples are written behind: the first prompts that differ, or the beginning of a text as often as there is room. */
function promptsOf(lessons: readonly Lesson[], { context }: Reader): number[][] {
  const prompts = lessons.map(({ tokens, from }) => tokens.slice(0, from)).filter(({ length }) => length < context);
  const distinct = [...new Map(prompts.map((ids) => [ids.join(), ids])).values()].slice(0, samples);
  if (distinct.length === 0) distinct.push(lessons[0].tokens.slice(0, 1));
  return Array.from({ length: samples }, (_, i) => distinct[i % distinct.length]);
}

/** Files in a folder. */
export const inFolder = (folder: string, files: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> =>
  new Map(Array.from(files, ([name, bytes]) => [`${folder}/${name}`, bytes]));

/** Texts as sequences to learn. @throws InputError for one that is empty or too long */
export function lessonsOf(
  reader: Reader,
  texts: readonly (string | TextRecord)[],
  { cut = false, nameOf = (i) => `text ${i + 1}` }: Pick<SftData, "cut" | "nameOf"> = {},
): Lesson[] {
  const { context } = reader;
  assertList(texts, "texts");
  return texts.flatMap((text, i) => {
    const record: Partial<TextRecord> = typeof text === "string" ? { prompt: "", completion: text } : (text ?? {});
    const { prompt, completion } = record;
    const before = promptTokens(reader, prompt, nameOf(i));
    const tokens = [...before, ...answerTokens(reader, completion, nameOf(i))];
    if (tokens.length < 2)
      throw new InputError(`${nameOf(i)} is empty: there is nothing before its end to predict it by`);
    const from = Math.max(before.length, 1);
    if (!cut || from > context) {
      assertFits(tokens, nameOf(i), reader, 1);
      return [{ tokens, from }];
    }
    // A piece begins with the last token of the one before it, so that each token is predicted once.
    const pieces: Lesson[] = [];
    for (let start = 0; start < tokens.length - 1; start += context)
      if (start + context >= from)
        pieces.push({ tokens: tokens.slice(start, start + context + 1), from: Math.max(1, from - start) });
    return pieces;
  });
}
