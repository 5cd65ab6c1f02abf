// Text from a language model, as a user of the library asks for it.

import { InputError } from "../errors.ts";
import { createStreams, createGenerator } from "../random/index.ts";
import { createEngine, type Engine } from "../tensor/index.ts";
import { plainOptions } from "../text/plain-options.ts";
import { valueText } from "../text/values.ts";
import { assertCallbacks, assertSignal } from "../training/controls.ts";
import { createTurns, runInTurns } from "../training/index.ts";
import { assertList, promptTokens, readerOf } from "./algorithms/inputs.ts";
import { createTokenGenerator } from "./generate.ts";
import { openGpt, type LanguageModel } from "./language-model.ts";
import { assertFitsEngine, mostBytes, roomToGenerate } from "./room.ts";
import { assertKnown } from "./options.ts";
import { samplingOf, type SamplingOptions } from "./sampling.ts";
import { createTextStream } from "./tokenizers/index.ts";

/** What {@link generate} takes. */
export interface GenerateOptions extends SamplingOptions {
  /** Tokens behind a prompt at most. Default: as many as the model's context has room for. */
  readonly maxTokens?: number;
  /** Tokens that end a text. Default: the tokenizer's end of text. */
  readonly stop?: readonly number[];
  /** The same seed gives the same texts. Prompt i has a stream of its own. Default 0. */
  readonly seed?: number;
  /** Texts that are written at a time; more take more memory. Default: all, but at most 64. */
  readonly batch?: number;
  /** The same bits on every machine. Default false. */
  readonly strict?: boolean;
  /** Told of text as it is written; what is told of a prompt, joined, is its text. */
  readonly onText?: (text: string, prompt: number) => void;
  /** Ends it; `generate` then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A text that was written behind a prompt. */
export interface GeneratedText {
  readonly prompt: string;
  readonly text: string;
  readonly tokens: readonly number[];
  /** The sum of log π over the tokens, in nats, among those that could be drawn. */
  readonly logProb: number;
  /** Whether it came to its end, rather than to `maxTokens` or the end of the context. */
  readonly ended: boolean;
}

const optionNames = ["temperature", "topK", "topP", "maxTokens", "stop", "seed", "batch", "strict", "onText", "signal"];

/**
 * Continues prompts. The event loop has its turns meanwhile.
 *
 * @throws InputError for options that are wrong, and prompts that the tokenizer or the context has no room for
 */
export async function generate(
  model: LanguageModel,
  prompts: readonly string[],
  given: GenerateOptions = {},
): Promise<GeneratedText[]> {
  const options = plainOptions(given, "the options of generate");
  const reader = readerOf(model);
  const { config, tokenizer } = model;
  assertList(prompts, "prompts");
  const { maxTokens = config.context, seed = 0, strict, onText, signal, stop } = options;
  assertKnown(options, optionNames, "generate");
  assertSignal(signal);
  assertCallbacks({ onText });
  for (const [name, value] of Object.entries({ maxTokens, batch: options.batch ?? 1 }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new InputError(`option "${name}" must be a whole number of at least 1, not ${valueText(value)}`);
  const sampling = samplingOf(options);
  const ids = prompts.map((prompt, i) =>
    promptTokens(reader, prompt, prompts.length === 1 ? "the prompt" : `prompt ${i + 1}`),
  );
  if (ids.length === 0) return [];
  const batch = Math.min(ids.length, options.batch ?? 64);
  assertFitsEngine(
    `writing ${batch === 1 ? "a text" : `${batch} texts at a time`}`,
    mostBytes([config], batch),
    () => roomToGenerate(config, batch),
    batch === 1 ? "take a smaller model" : 'lower "batch"',
  );
  const engine: Engine = await createEngine({ strict });
  const generator = createTokenGenerator(engine, openGpt(engine, model), batch);
  const streams = ids.map(() => createTextStream(tokenizer));
  const tell = (i: number, text: string): void => (text === "" ? undefined : onText?.(text, i));
  const slices = generator.generate({
    prompts: ids,
    sampling,
    maxTokens,
    stop: stop ?? (tokenizer.endOfText === undefined ? [] : [tokenizer.endOfText]),
    generators: createStreams(seed)("actions")
      .spawn(ids.length)
      .map((own) => createGenerator(own)),
    onToken(i, token) {
      signal?.throwIfAborted();
      if (onText && token !== tokenizer.endOfText) tell(i, streams[i].push(token));
    },
  });
  const generated = await runInTurns(slices, createTurns());
  return generated.map(({ tokens, logProbs, ended }, i) => {
    tell(i, streams[i].end());
    const text = tokenizer.decode(tokenizer.kind === "none" ? tokens : tokens.filter((t) => t !== tokenizer.endOfText));
    return { prompt: prompts[i], text, tokens, logProb: logProbs.reduce((a, b) => a + b, 0), ended };
  });
}
