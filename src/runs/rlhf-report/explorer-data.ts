// The texts behind the fixed prompts as the page holds them: small whole numbers, and tokens by their place in one list, so
// that a hundred updates of several runs fit into a few megabytes.

import { decimal } from "../../text/numbers.ts";
import { inOneLine } from "../../text/printable.ts";
import { metricOf, type RlhfRun } from "./read.ts";
import type { WatchedOfUpdate, WatchedText } from "./texts.ts";

/** What the page's script reads. */
export interface ExplorerData {
  /** Tokens as they are shown. */
  readonly tokens: readonly string[];
  readonly runs: readonly ExplorerRun[];
}

/** One run. */
export interface ExplorerRun {
  readonly label: string;
  /** What stands between two tokens: a space where tokens are words without one. */
  readonly between: string;
  /** What a unit of `v` and `a` is, in units of the reward. */
  readonly unit: number;
  /** The last update of the run. */
  readonly last: number;
  readonly prompts: readonly string[];
  /** By ascending update; the first is of the model before the first update where `update` is 0. */
  readonly steps: readonly ExplorerStep[];
}

/** The texts after an update. */
export interface ExplorerStep {
  readonly update: number;
  /** "reward 2.13, truth 1.05, KL 6.1": means over the texts that the update learned from; empty where there are none. */
  readonly about: string;
  /** One for each prompt; null where the update has none. */
  readonly texts: readonly (ExplorerText | null)[];
}

/** A text, with lists as long as it has tokens. A number that was not finite is null. */
export interface ExplorerText {
  /** Places in the list of tokens. */
  readonly t: readonly number[];
  /** log π and log π_ref in hundredths of a nat. */
  readonly p: readonly (number | null)[];
  readonly r: readonly (number | null)[];
  /** Values and advantages, in units of `unit`. */
  readonly v: readonly (number | null)[];
  readonly a: readonly (number | null)[];
  readonly score: number | null;
  readonly truth?: number | null;
  readonly wellFormed?: boolean;
  readonly ended: boolean;
}

/** Tokens of all texts that a page holds at most, with five numbers each of some four characters: below 3 MB. */
const mostTokens = 120_000;

/**
 * The texts of runs for the page.
 *
 * @param most tokens of all texts at most: of runs with more, updates are left out evenly, but never the first or the last
 */
export function explorerData(runs: readonly RlhfRun[], most = mostTokens): ExplorerData {
  const tokens: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (token: string): number => {
    let place = places.get(token);
    if (place === undefined) {
      place = tokens.push(shownToken(token)) - 1;
      places.set(token, place);
    }
    return place;
  };
  const watching = runs.filter(({ texts }) => texts.some(({ watched }) => watched.length > 0));
  return { tokens, runs: watching.map((run) => explorerRun(run, placeOf, most / watching.length)) };
}

function explorerRun(run: RlhfRun, placeOf: (token: string) => number, most: number): ExplorerRun {
  const lines = thinned(
    run.texts.filter(({ watched }) => watched.length > 0),
    most,
  );
  const all = lines.flatMap(({ watched }) => watched);
  const prompts = [...new Set(all.map(({ prompt }) => prompt))];
  const sizes = all.flatMap(({ values, advantages }) => [...values, ...advantages].map((x) => Math.abs(x ?? 0)));
  const unit = Number((sizes.reduce((a, b) => Math.max(a, b), 0) / 1000).toPrecision(2)) || 1;
  const hundredths = (x: number | null): number | null => (x === null ? null : Math.round(100 * x));
  const units = (x: number | null): number | null => (x === null ? null : Math.round(x / unit));
  const rounded = (x: number | null): number | null => (x === null ? null : Number(x.toPrecision(3)));
  const textOf = (text: WatchedText): ExplorerText => ({
    t: text.tokens.map(placeOf),
    p: text.logProbs.map(hundredths),
    r: text.referenceLogProbs.map(hundredths),
    v: text.values.map(units),
    a: text.advantages.map(units),
    score: rounded(text.score),
    ...(text.truth !== undefined && { truth: rounded(text.truth) }),
    ...(text.wellFormed !== undefined && { wellFormed: text.wellFormed }),
    ended: text.ended,
  });
  const about = aboutUpdates(run);
  return {
    label: inOneLine(run.label),
    between: all.some(({ tokens }) => tokens.some((token) => /\s/.test(token))) ? "" : " ",
    unit,
    last: run.updates.at(-1)?.update ?? lines.at(-1)?.update ?? 0,
    prompts: prompts.map(inOneLine),
    steps: lines.map(({ update, watched }) => ({
      update,
      about: about.get(update) ?? "",
      texts: prompts.map((prompt) => {
        const text = watched.find((one) => one.prompt === prompt);
        return text === undefined ? null : textOf(text);
      }),
    })),
  };
}

/** Lines with at most so many tokens, evenly chosen, with the first and the last of them. */
function thinned(lines: readonly WatchedOfUpdate[], most: number): readonly WatchedOfUpdate[] {
  const tokens = lines.reduce((sum, { watched }) => sum + watched.reduce((n, text) => n + text.tokens.length, 0), 0);
  const stride = Math.ceil(tokens / most);
  return stride <= 1 ? lines : lines.filter((_, i) => i % stride === 0 || i === lines.length - 1);
}

function aboutUpdates(run: RlhfRun): Map<number, string> {
  const about = new Map<number, string>();
  const metrics = { score: ["reward", 2], truth: ["truth", 2], kl: ["KL", 1] } as const;
  for (const [name, [word, digits]] of Object.entries(metrics))
    for (const { update, value } of metricOf(run, name)) {
      const number = decimal(value, digits, digits);
      about.set(update, [...(about.has(update) ? [about.get(update)] : []), `${word} ${number}`].join(", "));
    }
  return about;
}

/**
 * A token as it is shown: line feeds are seen, as is one that is only a part of a character, and what a page would obey is
 * escaped.
 */
const shownToken = (token: string): string => (token === "" ? "·" : inOneLine(token.replaceAll("\n", "↵")));
