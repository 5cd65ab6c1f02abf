import { describe, expect, test } from "vitest";
import {
  adjectives,
  endOfText,
  judge,
  longestReview,
  parseReview,
  samplePrompt,
  sampleReview,
  scores,
  subjects,
  vocabulary,
  wordId,
} from "../../../src/language/reviews/index.ts";
import { SeedSequence, createGenerator } from "../../../src/random/index.ts";
import { isReview } from "./grammar.ts";

describe("the vocabulary", () => {
  test("is 56 different tokens, whose ids never change", () => {
    expect(vocabulary.join(" ")).toBe(
      "the was not very . and but " +
        "service food room staff bed breakfast coffee bar pool view location price bathroom shower lobby garden dinner " +
        "menu waiter music parking beach terrace kitchen manager internet furniture lighting " +
        "terrible awful horrible dreadful bad poor dull disappointing average ordinary typical standard " +
        "good nice pleasant decent excellent wonderful superb fantastic <|endoftext|>",
    );
    expect(vocabulary).toHaveLength(56);
    expect(new Set(vocabulary).size).toBe(56);
    vocabulary.forEach((word, id) => expect(wordId(word)).toBe(id));
    expect([wordId(endOfText), wordId("hotel"), wordId("toString")]).toEqual([55, undefined, undefined]);
  });

  test("has four adjectives of each score", () => {
    for (const score of [-2, -1, 0, 1, 2])
      expect(adjectives.filter((adjective) => scores[adjective] === score)).toHaveLength(4);
  });
});

const reviews = new SeedSequence(20_2611).spawn(10_000).map((seed) => sampleReview(createGenerator(seed)));
const judgements = reviews.map((words) => judge(words));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const share = (flags: readonly boolean[]): number => mean(flags.map(Number));

describe("10,000 reviews, each from a stream of its own", () => {
  test("are well-formed, of 2 to 5 clauses", () => {
    expect(reviews.filter((words) => !isReview(words))).toEqual([]);
    expect(judgements.every(({ wellFormed }) => wellFormed)).toBe(true);
    for (const count of [2, 3, 4, 5])
      expect(share(judgements.map(({ clauses }) => clauses === count))).toBeCloseTo(0.25, 1);
    expect(judgements.every(({ clauses }) => clauses >= 2 && clauses <= 5)).toBe(true);
  });

  test("have 19 words in the mean, and fit a context of 40 with end-of-text", () => {
    const lengths = reviews.map((words) => words.length);
    // 3.5 clauses of 4 words, a join, and 0.18 + 0.35 adverbs; the standard error is 0.06
    expect(Math.abs(mean(lengths) - 3.5 * 5.53)).toBeLessThan(0.2);
    expect(Math.min(...lengths)).toBe(10);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(longestReview);
    expect(longestReview).toBeLessThan(40);
  });

  test("are true reviews of middling truth", () => {
    const truths = judgements.map(({ truth }) => truth);
    const center = mean(truths);
    const deviation = Math.sqrt(mean(truths.map((truth) => (truth - center) * (truth - center))));
    // sentiment is 0 in the mean; 2.5 later clauses return to a subject with probability 0.04, for half a point
    expect(Math.abs(center + 0.05)).toBeLessThan(0.02);
    expect(Math.abs(deviation - 0.76)).toBeLessThan(0.02);
    expect(share(truths.map((truth) => truth > 2))).toBeLessThan(0.005); // something is left to learn
  });

  test("use every word, and seldom return to a subject", () => {
    expect(new Set(reviews.flat()).size).toBe(vocabulary.length - 1);
    expect(mean(judgements.map(({ repeatedSubjects }) => repeatedSubjects))).toBeCloseTo(2.5 * 0.04, 2);
  });

  test("join like sentiments with `and`, opposite ones with `but`", () => {
    const relations: Record<number, string[]> = { [-1]: [], 0: [], 1: [] };
    for (const words of reviews) {
      const { clauses } = parseReview(words);
      for (let i = 1; i < clauses.length; i++)
        relations[Math.sign(clauses[i - 1].sentiment * clauses[i].sentiment)].push(words[clauses[i].start - 1]);
    }
    const expected = { [-1]: [0.4, 0.06, 0.54], 0: [0.4, 0.3, 0.3], 1: [0.4, 0.54, 0.06] };
    for (const relation of [-1, 0, 1] as const)
      [".", "and", "but"].forEach((join, i) => {
        const joins = relations[relation];
        const p = expected[relation][i];
        const error = Math.sqrt((p * (1 - p)) / joins.length);
        expect(Math.abs(share(joins.map((other) => other === join)) - p)).toBeLessThan(4 * error);
      });
  });

  test("have a mood: clauses of a review, even far apart, are of like sentiment more often than not", () => {
    const ofFive = reviews.map((words) => parseReview(words).clauses).filter(({ length }) => length === 5);
    const products = ofFive.map((clauses) => Math.sign(clauses[0].sentiment * clauses[4].sentiment));
    const [like, opposite] = [1, -1].map((sign) => share(products.map((product) => product === sign)));
    expect(like).toBeGreaterThan(1.3 * opposite);
  });
});

test("the same seed gives the same review", () => {
  expect(sampleReview(createGenerator(1)).join(" ")).toBe(
    "the service was very excellent and the staff was average and the lighting was very bad and the bed was disappointing .",
  );
});

test("a prompt is how a review begins", () => {
  const generator = createGenerator(3);
  const prompts = Array.from({ length: 1000 }, () => samplePrompt(generator).join(" "));
  expect(new Set(prompts)).toEqual(new Set(subjects.map((subject) => `the ${subject} was`)));
  expect(new Set(reviews.map((words) => words.slice(0, 3).join(" ")))).toEqual(new Set(prompts));
});
