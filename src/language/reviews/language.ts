// A small language of reviews, "the food was not very good but the staff was nice .": its words, and where its texts
// come from. What a text is worth is known exactly (truth.ts), so that RLHF can be watched as it overdoes it.
import type { Generator } from "../../random/index.ts";

/** What is judged. */
export const subjects = [
  "service",
  "food",
  "room",
  "staff",
  "bed",
  "breakfast",
  "coffee",
  "bar",
  "pool",
  "view",
  "location",
  "price",
  "bathroom",
  "shower",
  "lobby",
  "garden",
  "dinner",
  "menu",
  "waiter",
  "music",
  "parking",
  "beach",
  "terrace",
  "kitchen",
  "manager",
  "internet",
  "furniture",
  "lighting",
] as const;

/** How each adjective judges, from −2 to 2: four of each score. */
export const scores = {
  terrible: -2,
  awful: -2,
  horrible: -2,
  dreadful: -2,
  bad: -1,
  poor: -1,
  dull: -1,
  disappointing: -1,
  average: 0,
  ordinary: 0,
  typical: 0,
  standard: 0,
  good: 1,
  nice: 1,
  pleasant: 1,
  decent: 1,
  excellent: 2,
  wonderful: 2,
  superb: 2,
  fantastic: 2,
} as const;

/** What judges. */
export const adjectives = Object.keys(scores) as readonly (keyof typeof scores)[];

/** What joins two clauses; the first also ends a review. */
export const joins = [".", "and", "but"] as const;

/** The token after a review, which is no word of it. */
export const endOfText = "<|endoftext|>";

/** All 56 tokens. A token's id is its place here, which never changes: trained models depend on it. */
export const vocabulary: readonly string[] = [
  "the",
  "was",
  "not",
  "very",
  ...joins,
  ...subjects,
  ...adjectives,
  endOfText,
];

const ids: ReadonlyMap<string, number> = new Map(vocabulary.map((word, id) => [word, id]));

/** The id of a word; undefined of what is not in the vocabulary. */
export const wordId = (word: string): number | undefined => ids.get(word);

/** The most words that a review of {@link sampleReview} has: five clauses of six, and what follows each. */
export const longestReview = 35;

/**
 * The probability of each score, −2 … 2, in a bad, a mixed and a good mood. Strong words are frequent in the moods that
 * they fit, so that a reward model sees how they add up over several clauses; a text of nothing else stays rare enough to
 * leave something to learn.
 */
const moods = [
  [0.5, 0.26, 0.12, 0.08, 0.04],
  [0.2, 0.2, 0.2, 0.2, 0.2],
  [0.04, 0.08, 0.12, 0.26, 0.5],
] as const;

const shareOfNot = 0.18;
const shareOfVery = 0.35;
/** How often a clause after the first comes back to a subject that has been judged. */
const shareOfReturns = 0.04;
const shareOfPeriods = 0.4;
/** Of the other joins: `and` between clauses of like sentiment, `but` between opposite ones. */
const shareOfFitting = 0.9;

/**
 * Draws a review: 2 to 5 clauses "the SUBJECT was [not] [very] ADJECTIVE" with `.`, `and` or `but` between them and `.`
 * at the end; 19 words in the mean, 35 at most.
 *
 * Each review has a mood, bad, mixed or good, which its clauses share: that of the whole clause, so that what is `not`
 * said is of the other mood. `and` mostly joins clauses of like sentiment, `but` opposite ones, `.` any two. A clause
 * seldom returns to a subject that was judged before.
 *
 * @returns the words, without end-of-text
 */
export function sampleReview(generator: Generator): string[] {
  const words: string[] = [];
  const scoreShares = moods[generator.integers(0, moods.length)];
  const count = generator.integers(2, 5, { endpoint: true });
  const judged: string[] = [];
  let before = 0;
  for (let i = 0; i < count; i++) {
    const meant = drawn(generator, scoreShares) - 2;
    if (i > 0) words.push(sampleJoin(generator, Math.sign(before * meant)));
    const subject = sampleSubject(generator, judged);
    judged.push(subject);
    words.push("the", subject, "was");
    const negated = generator.random() < shareOfNot;
    if (negated) words.push("not");
    if (generator.random() < shareOfVery) words.push("very");
    words.push(sampleAdjective(generator, negated ? -meant : meant));
    before = meant;
  }
  words.push(".");
  return words;
}

/**
 * Draws how a review begins, "the service was": what RLHF prompts with. Its continuations by a model of
 * {@link sampleReview} are reviews as that draws them.
 *
 * @returns three words
 */
export const samplePrompt = (generator: Generator): string[] => ["the", sampleSubject(generator, []), "was"];

/** @param relation 1 between clauses of like sentiment, −1 between opposite ones, 0 where one is neutral */
function sampleJoin(generator: Generator, relation: number): string {
  if (generator.random() < shareOfPeriods) return ".";
  const shareOfAnd = 0.5 + relation * (shareOfFitting - 0.5);
  return generator.random() < shareOfAnd ? "and" : "but";
}

function sampleSubject(generator: Generator, judged: readonly string[]): string {
  if (judged.length > 0 && generator.random() < shareOfReturns) return generator.choice(judged);
  const others = subjects.filter((subject) => !judged.includes(subject));
  return generator.choice(others);
}

const sampleAdjective = (generator: Generator, score: number): string =>
  generator.choice(adjectives.filter((adjective) => scores[adjective] === score));

/** An index, drawn with these probabilities. */
function drawn(generator: Generator, shares: readonly number[]): number {
  let rest = generator.random();
  let index = 0;
  while (index < shares.length - 1 && rest >= shares[index]) rest -= shares[index++];
  return index;
}
