// texts.jsonl as a report takes it in. A long run's is larger than memory: it is read line by line, and what a report shows
// of it is kept.

import { existsSync } from "node:fs";
import * as z from "zod/mini";
import { InputError } from "../../errors.ts";
import { wholeLinesOf } from "../files.ts";
import { assertShape } from "../json.ts";

/** A text of an update, as texts.jsonl holds it. What was not finite is null. */
export interface WrittenSample {
  readonly prompt: string;
  readonly text: string;
  readonly score: number | null;
  readonly ended: boolean;
  readonly length: number;
  readonly truth?: number | null;
  readonly wellFormed?: boolean;
}

/** What was written behind one of the fixed prompts, token by token. */
export interface WatchedText {
  readonly prompt: string;
  readonly tokens: readonly string[];
  readonly logProbs: readonly (number | null)[];
  readonly referenceLogProbs: readonly (number | null)[];
  readonly values: readonly (number | null)[];
  readonly advantages: readonly (number | null)[];
  readonly score: number | null;
  readonly ended: boolean;
  readonly truth?: number | null;
  readonly wellFormed?: boolean;
}

/** What was written behind the fixed prompts after an update. */
export interface WatchedOfUpdate {
  readonly update: number;
  readonly step: number;
  readonly watched: readonly WatchedText[];
}

/** A line of texts.jsonl: update 0 is the model before the first one, and learned from no texts. */
export interface TextsOfUpdate extends WatchedOfUpdate {
  readonly written: readonly WrittenSample[];
}

/** A text with the update that learned from it. */
export interface WrongSample extends WrittenSample {
  readonly update: number;
}

const figure = z.nullable(z.number());
const figures = z.array(figure);
const judged = {
  score: figure,
  ended: z.boolean(),
  truth: z.optional(figure),
  wellFormed: z.optional(z.boolean()),
};
const lineShape = z.object({
  update: z.int(),
  step: z.number(),
  written: z.optional(z.array(z.object({ prompt: z.string(), text: z.string(), length: z.number(), ...judged }))),
  watched: z.array(
    z.object({
      prompt: z.string(),
      tokens: z.array(z.string()),
      logProbs: figures,
      referenceLogProbs: figures,
      values: figures,
      advantages: figures,
      ...judged,
    }),
  ),
});

/** Texts that the reward is most wrong about, of each run. */
export const mostWrong = 4;
/** Tokens of watched texts that are kept: several times what a page holds, so that it can still choose evenly. */
const mostTokens = 480_000;

/**
 * What a report shows of the texts of a run; nothing where there is no such file. A last line that was being written is
 * left out.
 *
 * @param most tokens of watched texts to keep; of more, updates are left out evenly, but never the first or the last
 * @throws InputError naming the line that is damaged
 */
export function readTexts(path: string, most = mostTokens): { watched: WatchedOfUpdate[]; wrongest: WrongSample[] } {
  let kept: { readonly at: number; readonly line: WatchedOfUpdate }[] = [];
  let [stride, tokens, count] = [1, 0, 0];
  let last: WatchedOfUpdate | undefined;
  let wrong: WrongSample[] = [];
  for (const { update, step, watched, written } of linesOf(path)) {
    // Of those that share a text or an update with others only the first few can be among those that are shown.
    const samples = written.map((sample) => ({ ...sample, update }));
    wrong = byExcess([...wrong, ...byExcess(samples, 1, mostWrong, Infinity)], mostWrong, mostWrong, 8 * mostWrong);
    if (watched.length === 0) continue;
    last = { update, step, watched };
    const at = count++;
    if (at % stride !== 0) continue;
    kept.push({ at, line: last });
    tokens += tokensOf(last);
    while (tokens > most && kept.length > 1) {
      stride *= 2;
      kept = kept.filter((one) => one.at % stride === 0);
      tokens = kept.reduce((sum, { line }) => sum + tokensOf(line), 0);
    }
  }
  const lines = kept.map(({ line }) => line);
  if (last && lines.at(-1) !== last) lines.push(last);
  return { watched: lines, wrongest: byExcess(wrong, 1, 1, mostWrong) };
}

const tokensOf = ({ watched }: WatchedOfUpdate): number => watched.reduce((sum, text) => sum + text.tokens.length, 0);

/**
 * Samples by descending reward − truth, or by the reward where the truth is not known.
 *
 * @param ofText samples of the same text, and of the same update, at most
 */
function byExcess(samples: readonly WrongSample[], ofText: number, ofUpdate: number, most: number): WrongSample[] {
  const excess = ({ score, truth }: WrittenSample): number => (score ?? -Infinity) - (truth ?? 0);
  const counts = new Map<string | number, number>();
  const countOf = (key: string | number): number => counts.get(key) ?? 0;
  return samples
    .filter(({ score }) => score !== null)
    .sort((a, b) => excess(b) - excess(a))
    .filter(({ text, update }) => {
      if (countOf(text) >= ofText || countOf(update) >= ofUpdate) return false;
      for (const key of [text, update]) counts.set(key, countOf(key) + 1);
      return true;
    })
    .slice(0, most);
}

function* linesOf(path: string): Generator<TextsOfUpdate> {
  if (!existsSync(path)) return;
  for (const { text, number } of wholeLinesOf(path)) {
    const called = `line ${number} of ${path}`;
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch (error) {
      throw new InputError(`${path} is damaged: line ${number} is not JSON`, { cause: error });
    }
    const read = assertShape<Partial<TextsOfUpdate> & WatchedOfUpdate>(line, lineShape, called);
    for (const { tokens, logProbs, referenceLogProbs, values, advantages } of read.watched)
      for (const list of [logProbs, referenceLogProbs, values, advantages])
        if (list.length !== tokens.length)
          throw new InputError(`${called} is damaged: ${tokens.length} tokens have ${list.length} numbers`);
    yield { ...read, written: read.written ?? [] };
  }
}
