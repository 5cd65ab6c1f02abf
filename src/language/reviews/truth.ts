// What a text in the language of reviews is worth: an exact parser for any sequence of tokens, and the true reward.
//
//   review → clause (join clause)* "."
//   clause → the SUBJECT was [not] [very] ADJECTIVE
//   join   → "." | and | but
//
// Of a text that is no review, the parser keeps all that fits. A clause has one `the`, at its start, so no two clauses
// overlap and all of them are kept: no other reading leaves fewer tokens over or lacks fewer joins.
import { adjectives, endOfText, scores, subjects, vocabulary, wordId } from "./language.ts";

/** A text as words or as token ids. What is not in the vocabulary fits nowhere; end-of-text and what follows is left out. */
export type Text = readonly string[] | ArrayLike<number>;

/** A clause in a text. */
export interface Clause {
  /** Place of its first word. */
  readonly start: number;
  /** Place after its last word. */
  readonly end: number;
  readonly subject: string;
  /** Its adjective with `not` and `very` before it, as they stand. */
  readonly judgement: string;
  /**
   * From −1.5 to 1.5: half the adjective's score; `very` makes it 1.5 times as strong; `not` reverses it and leaves half:
   * "superb" 1, "very superb" 1.5, "not very superb" −0.75.
   */
  readonly sentiment: number;
}

/** What a text consists of. */
export interface Parse {
  /** Words before end-of-text: those of clauses, a join for each clause that does not miss it, and stray ones. */
  readonly length: number;
  readonly clauses: readonly Clause[];
  /** Places of the tokens that no production fits, in ascending order. */
  readonly stray: readonly number[];
  /** How many clauses lack what should follow them: a join before the next one, `.` after the last. */
  readonly missing: number;
}

/** What a text is worth, and why. */
export interface Judgement {
  /**
   * 1.5 · sentiment · min(subjects, 4) / 4 − 0.5 · repeatedSubjects − 0.5 · (stray + missing): at most
   * {@link greatestTruth}; 0 of the empty text.
   */
  readonly truth: number;
  /** Mean over distinct subjects, −1.5 … 1.5; one that is judged again counts with the mean of its clauses. 0 of none. */
  readonly sentiment: number;
  readonly clauses: number;
  /** Distinct subjects of clauses. */
  readonly subjects: number;
  /** Clauses whose subject an earlier clause has: clauses − subjects. */
  readonly repeatedSubjects: number;
  /** Tokens that no production fits. */
  readonly stray: number;
  /** Clauses without a join before the next clause or, the last one, without `.` at the end. */
  readonly missing: number;
  /** Whether the whole text is one review by the grammar: a clause or more, nothing stray, nothing missing. */
  readonly wellFormed: boolean;
  /** The share of clauses that differ from all earlier ones, in (0, 1]; 0 of no clauses. */
  readonly distinct: number;
}

/** The greatest truth of all: four or more subjects, once each and all "very superb" or as good. */
export const greatestTruth = 2.25;

const unknown = -1;
const id = (word: string): number => wordId(word) ?? unknown;
const [the, was, not, very, period, and, but, end] = ["the", "was", "not", "very", ".", "and", "but", endOfText].map(
  id,
);
const firstSubject = id(subjects[0]);
const firstAdjective = id(adjectives[0]);

const isSubject = (token: number): boolean => token >= firstSubject && token < firstSubject + subjects.length;
const isAdjective = (token: number): boolean => token >= firstAdjective && token < firstAdjective + adjectives.length;
const isJoin = (token: number): boolean => token === period || token === and || token === but;
const isEnding = (token: number): boolean => token === period;

/**
 * Clauses and what is left over, of any sequence of tokens, in time proportional to its length. Between two clauses the
 * first join counts, after the last clause the first `.`; whatever else stands there is stray.
 */
export function parseReview(text: Text): Parse {
  const tokens = tokensOf(text);
  const clauses: Clause[] = [];
  const stray: number[] = [];
  let missing = 0;
  const passOver = (from: number, to: number, joins: (token: number) => boolean): void => {
    let wanted = clauses.length > 0;
    for (let at = from; at < to; at++) {
      if (wanted && joins(tokens[at])) wanted = false;
      else stray.push(at);
    }
    if (wanted) missing++;
  };
  let rest = 0; // where the last clause ended
  for (let at = 0; at < tokens.length;) {
    const clause = clauseAt(tokens, at);
    if (clause === undefined) {
      at++;
      continue;
    }
    passOver(rest, at, isJoin);
    clauses.push(clause);
    at = rest = clause.end;
  }
  passOver(rest, tokens.length, isEnding);
  return { length: tokens.length, clauses, stray, missing };
}

/**
 * The truth about a text, of any sequence of tokens, in time proportional to its length. The order of clauses does not
 * matter, nor which join stands between them.
 */
export function judge(text: Text): Judgement {
  const { clauses, stray, missing } = parseReview(text);
  const bySubject = new Map<string, number[]>();
  for (const { subject, sentiment } of clauses) {
    const sentiments = bySubject.get(subject);
    if (sentiments === undefined) bySubject.set(subject, [sentiment]);
    else sentiments.push(sentiment);
  }
  let sum = 0;
  // in the order of the vocabulary, so that rounding does not depend on that of the text
  for (const subject of subjects) {
    const sentiments = bySubject.get(subject);
    if (sentiments !== undefined) sum += sentiments.reduce((a, b) => a + b) / sentiments.length;
  }
  const count = bySubject.size;
  const sentiment = count === 0 ? 0 : sum / count;
  const repeatedSubjects = clauses.length - count;
  const different = new Set(clauses.map(({ subject, judgement }) => `${subject} ${judgement}`)).size;
  return {
    truth: (1.5 * sentiment * Math.min(count, 4)) / 4 - 0.5 * repeatedSubjects - 0.5 * (stray.length + missing),
    sentiment,
    clauses: clauses.length,
    subjects: count,
    repeatedSubjects,
    stray: stray.length,
    missing,
    wellFormed: clauses.length > 0 && stray.length === 0 && missing === 0,
    distinct: clauses.length === 0 ? 0 : different / clauses.length,
  };
}

/** Ids up to end-of-text. */
function tokensOf(text: Text): number[] {
  const tokens: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const item = text[i];
    const token = typeof item === "string" ? id(item) : item;
    if (token === end) break;
    tokens.push(Number.isInteger(token) ? token : unknown);
  }
  return tokens;
}

/** The clause that begins at a token, if one does. */
function clauseAt(tokens: readonly number[], start: number): Clause | undefined {
  if (tokens[start] !== the || !isSubject(tokens[start + 1]) || tokens[start + 2] !== was) return undefined;
  let at = start + 3;
  const negated = tokens[at] === not;
  if (negated) at++;
  const intensified = tokens[at] === very;
  if (intensified) at++;
  if (!isAdjective(tokens[at])) return undefined;
  const adjective = adjectives[tokens[at] - firstAdjective];
  const strength = (scores[adjective] / 2) * (intensified ? 1.5 : 1);
  return {
    start,
    end: at + 1,
    subject: vocabulary[tokens[start + 1]],
    judgement: `${negated ? "not " : ""}${intensified ? "very " : ""}${adjective}`,
    sentiment: negated ? 0 - strength / 2 : strength, // from 0, so that no sentiment is −0
  };
}
