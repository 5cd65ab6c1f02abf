// Generation: tokens one after another, for many sequences at a time, with the keys and values of earlier tokens in a
// cache that is allocated once. What a sequence becomes depends on its prompt and its seed alone, not on those beside it.

import { InputError } from "../errors.ts";
import type { Generator as RandomGenerator } from "../random/index.ts";
import { input, layOut, spanOf, type Engine, type SequenceLayout } from "../tensor/index.ts";
import { pauseIsDue } from "../threads/index.ts";
import { cacheVariables, logitsOf, type Gpt } from "./gpt.ts";
import { createTokenSampler, type Sampling } from "./sampling.ts";

/** What was generated from a prompt. */
export interface Generated {
  /** Ids behind the prompt; the token that ended it is the last, if one did. */
  readonly tokens: number[];
  /** log π of each among the tokens that could be drawn, as it was drawn. */
  readonly logProbs: number[];
  /** Whether a stop token ended it, rather than the number of tokens or the context. */
  readonly ended: boolean;
}

/** What to generate. */
export interface GenerateRequest {
  /** At least one token each, fewer than the context has. */
  readonly prompts: readonly (readonly number[])[];
  readonly sampling: Sampling;
  /** Tokens behind a prompt at most; the context bounds them as well. */
  readonly maxTokens: number;
  /** Tokens that end a sequence. */
  readonly stop: readonly number[];
  /** What prompt i draws its numbers from, one for each token. */
  readonly generators: readonly RandomGenerator[];
  /** Told of each token as it is drawn. */
  readonly onToken?: (prompt: number, token: number) => void;
}

/** Generates by a GPT whose weights are in an engine. */
export interface TokenGenerator {
  /** Yields now and then; what is generated does not depend on what happens there. */
  generate(request: GenerateRequest): Generator<void, Generated[]>;
}

/** A sequence in progress: `place` is its part of the cache. */
interface Open {
  readonly prompt: number;
  readonly place: number;
  readonly result: Generated & { ended: boolean };
  position: number;
  token: number;
}

/** Compiles a GPT to generate with, and allocates a cache for so many sequences at a time. */
export function createTokenGenerator(engine: Engine, gpt: Gpt, sequences: number): TokenGenerator {
  const { context, vocabularySize } = gpt.config;
  const keysValues = cacheVariables(gpt, sequences);
  const [token, position, at] = ["tokens", "positions", "cache rows"].map((name) => input(name, ["rows"])) as [
    ReturnType<typeof input>,
    ReturnType<typeof input>,
    ReturnType<typeof input>,
  ];
  const { hidden, updates } = gpt.hiddenWithCache(token, position, { keysValues, at });
  const step = engine.compile(
    { outputs: { logits: logitsOf(gpt, hidden) }, updates },
    { capacity: spanOf(sequences, context), longest: context },
  );
  const promptRows = spanOf(Math.max(context, 512), context);
  const prefill = engine.compile({ outputs: {}, updates }, { capacity: promptRows, longest: context });
  const logits = new Float32Array(spanOf(sequences, context) * vocabularySize);
  const columns = [token, position, at].map((of) => ({ of, rows: new Float32Array(Math.max(promptRows, logits.length / vocabularySize)) })); // prettier-ignore
  const layouts = new Map<number, SequenceLayout>(); // of one token each, by the number of sequences

  /** The rows of the cache get the keys and values of all tokens of prompts but the last. */
  function readPrompts(open: readonly Open[], prompts: GenerateRequest["prompts"]): void {
    const layout = layOut(
      open.map(({ prompt }) => prompts[prompt].length - 1),
      context,
    );
    open.forEach(({ prompt, place }, s) => {
      for (let k = 0, row = layout.first[s]; k < layout.lengths[s]; k++, row++) {
        columns[0].rows[row] = prompts[prompt][k];
        columns[1].rows[row] = k;
        columns[2].rows[row] = place * context + k;
      }
    });
    for (const { of, rows } of columns) prefill.writeRows(of, rows, layout.span);
    prefill.run(layout);
  }

  function* readAllPrompts(opened: readonly Open[], prompts: GenerateRequest["prompts"]): Generator<void, void> {
    let waiting: Open[] = [];
    let rows = 0;
    for (const one of opened) {
      const { length } = prompts[one.prompt];
      if (length === 1) continue;
      if (waiting.length > 0 && spanOf(rows + length - 1, context) > promptRows) {
        readPrompts(waiting, prompts);
        if (pauseIsDue()) yield;
        waiting = [];
        rows = 0;
      }
      waiting.push(one);
      rows += length - 1;
    }
    if (waiting.length > 0) readPrompts(waiting, prompts);
  }

  return {
    *generate({ prompts, sampling, maxTokens, stop, generators, onToken }) {
      prompts.forEach((prompt, i) => checkPrompt(prompt, i, gpt));
      const sampler = createTokenSampler(vocabularySize, sampling);
      const results = prompts.map(() => ({ tokens: [] as number[], logProbs: [] as number[], ended: false }));
      const free = Array.from({ length: sequences }, (_, i) => sequences - 1 - i);
      let open: Open[] = [];
      for (let next = 0; next < prompts.length || open.length > 0;) {
        const opened: Open[] = [];
        while (free.length > 0 && next < prompts.length) {
          const { length } = prompts[next];
          opened.push({ prompt: next, place: free.pop()!, result: results[next], position: length - 1, token: prompts[next][length - 1] }); // prettier-ignore
          next++;
        }
        yield* readAllPrompts(opened, prompts);
        open.push(...opened);

        let layout = layouts.get(open.length);
        if (!layout) layouts.set(open.length, (layout = layOut(new Uint8Array(open.length).fill(1), context)));
        open.forEach(({ token, position, place }, s) => {
          const row = layout.first[s];
          columns[0].rows[row] = token;
          columns[1].rows[row] = position;
          columns[2].rows[row] = place * context + position;
        });
        for (const { of, rows } of columns) step.writeRows(of, rows, layout.span);
        step.run(layout);
        step.read("logits", logits);
        open.forEach((one, s) => {
          const uniform = sampling.temperature === 0 ? 0 : generators[one.prompt].random();
          const { token, logProb } = sampler.draw(logits, layout.first[s] * vocabularySize, uniform);
          one.result.tokens.push(token);
          one.result.logProbs.push(logProb);
          one.result.ended = stop.includes(token);
          one.token = token;
          one.position++;
          onToken?.(one.prompt, token);
        });
        const isOver = ({ result, position }: Open): boolean =>
          result.ended || result.tokens.length >= maxTokens || position + 1 >= context; // a reward model reads the last token too
        for (const one of open) if (isOver(one)) free.push(one.place);
        open = open.filter((one) => !isOver(one));
        if (pauseIsDue()) yield;
      }
      return results;
    },
  };
}

function checkPrompt(prompt: readonly number[], i: number, { config }: Gpt): void {
  if (prompt.length < 1) throw new InputError(`prompt ${i + 1} has no tokens`);
  if (prompt.length >= config.context)
    throw new InputError(
      `prompt ${i + 1} has ${prompt.length} tokens, and the model sees ${config.context} at once: ` +
        `shorten it to at most ${config.context - 1}, so that one can follow`,
    );
  const wrong = prompt.find((id) => !Number.isInteger(id) || id < 0 || id >= config.vocabularySize);
  if (wrong !== undefined)
    throw new InputError(`prompt ${i + 1} holds the token ${wrong}, and the model's are 0 to ${config.vocabularySize - 1}`); // prettier-ignore
}
