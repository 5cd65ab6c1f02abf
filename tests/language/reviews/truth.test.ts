import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  adjectives,
  endOfText,
  greatestTruth,
  judge,
  parseReview,
  sampleReview,
  scores,
  subjects,
  vocabulary,
  wordId,
} from "../../../src/language/reviews/index.ts";
import { createGenerator } from "../../../src/random/index.ts";
import { isReview, leastFaults } from "./grammar.ts";

const wordsOf = (text: string): string[] => text.split(" ").filter((word) => word !== "");
const times = (n: number, text: string): string => Array<string>(n).fill(text).join(" ");
const ending = wordsOf(".");

describe("truth by hand", () => {
  // sentiment of a subject, times 1.5, times min(n, 4) / 4; then half a point for each fault
  test.each<[string, number]>([
    ["the food was excellent .", (1.5 * 1) / 4],
    ["the food was good .", (1.5 * 0.5) / 4],
    ["the food was very good .", (1.5 * 0.75) / 4],
    ["the food was very superb .", (1.5 * 1.5) / 4],
    ["the food was not good .", (1.5 * -0.25) / 4],
    ["the food was not very good .", (1.5 * -0.375) / 4],
    ["the food was not terrible .", (1.5 * 0.5) / 4],
    ["the food was not very terrible .", (1.5 * 0.75) / 4],
    ["the food was not average .", 0],
    ["the food was good and the room was dreadful .", (1.5 * -0.25 * 2) / 4],
    ["the food was good but the room was bad .", 0],
    ["the food was superb . the room was superb . the bed was superb .", (1.5 * 3) / 4],
    // mean of 1.5, 1, 0.5, 0 over four, and of the same and −0.5 over five
    ["the food was very superb and the room was superb . the bed was nice . the bar was standard .", 1.5 * 0.75],
    [
      "the food was very superb and the room was superb . the bed was nice . the bar was standard but the view was dull .",
      1.5 * 0.5,
    ],
    // a subject that comes back counts with its mean: (1 − 0.5) / 2; or (1 + 0.5 + 0.5) / 3 beside −1
    ["the food was superb but the food was bad .", (1.5 * 0.25) / 4 - 0.5],
    [
      "the food was superb and the food was good . the food was nice but the bed was awful .",
      (1.5 * -(1 / 3)) / 4 - 2 * 0.5,
    ],
    [`${times(5, "the food was superb and")} the food was superb .`, 1.5 / 4 - 5 * 0.5],
    // nothing, and nothing that fits
    ["", 0],
    ["good", -0.5],
    [".", -0.5],
    ["the", -0.5],
    ["the food was", -1.5],
    ["was was very food food", -2.5],
    ["not a review , é", -2.5],
    [times(39, "superb"), -19.5],
    // joins that are missing, doubled or astray
    ["the food was superb the room was superb .", (1.5 * 2) / 4 - 0.5],
    ["the food was superb and but the room was superb .", (1.5 * 2) / 4 - 0.5],
    ["the food was superb . . . the room was superb .", (1.5 * 2) / 4 - 1],
    ["and the food was superb .", 1.5 / 4 - 0.5],
    ["the food was superb . .", 1.5 / 4 - 0.5],
    // no ending; an `and` in its place is one token too many and leaves the ending missing
    ["the food was superb", 1.5 / 4 - 0.5],
    ["the food was superb and", 1.5 / 4 - 1],
    ["the food was superb and .", 1.5 / 4 - 0.5],
    ["the food was superb and the room was", 1.5 / 4 - 5 * 0.5],
    ["the food was superb and the room was .", 1.5 / 4 - 4 * 0.5],
    // words out of order, or too many of them: what is left of the clause is stray
    ["the food was very not good .", -7 * 0.5],
    ["the food was very very good .", -7 * 0.5],
    ["the food was not not good .", -7 * 0.5],
    ["the food was good bad .", (1.5 * 0.5) / 4 - 0.5],
    ["the the food was superb .", 1.5 / 4 - 0.5],
    ["the food was the food was superb .", 1.5 / 4 - 3 * 0.5],
    ["the food room was superb .", -6 * 0.5],
    ["the food was superb very and the room was superb .", (1.5 * 2) / 4 - 0.5],
    ["the food was superb very the room was superb .", (1.5 * 2) / 4 - 1],
    // end-of-text ends the text
    [`the food was superb . ${endOfText} the the food`, 1.5 / 4],
    [`${endOfText} the food was superb .`, 0],
  ])("%s", (text, truth) => {
    const judgement = judge(wordsOf(text));
    expect(judgement.truth).toBeCloseTo(truth, 12);
    expect(Object.is(judgement.sentiment, -0)).toBe(false);
  });

  test("and what it is made of", () => {
    const text =
      "very the food was superb the food was superb and . the food was not nice but the bed was not very awful and";
    expect(judge(wordsOf(text))).toEqual({
      truth: (1.5 * ((1 + 1 - 0.25) / 3 + 0.75)) / 2 / 2 - 0.5 * 2 - 0.5 * 5,
      sentiment: ((1 + 1 - 0.25) / 3 + 0.75) / 2,
      clauses: 4,
      subjects: 2,
      repeatedSubjects: 2,
      stray: 3, // very, the second of "and .", the last and
      missing: 2, // after the first clause, and the ending
      wellFormed: false,
      distinct: 3 / 4,
    });
    expect(judge([])).toEqual({
      truth: 0,
      sentiment: 0,
      clauses: 0,
      subjects: 0,
      repeatedSubjects: 0,
      stray: 0,
      missing: 0,
      wellFormed: false,
      distinct: 0,
    });
  });

  test("where its parts stand", () => {
    expect(parseReview(wordsOf("dull the food was good . but the bed was not very bad"))).toEqual({
      length: 13,
      clauses: [
        { start: 1, end: 5, subject: "food", judgement: "good", sentiment: 0.5 },
        { start: 7, end: 13, subject: "bed", judgement: "not very bad", sentiment: 0.375 },
      ],
      stray: [0, 6],
      missing: 1,
    });
  });

  test("a neutral word is neutral under `not`, and not −0", () => {
    expect(parseReview(wordsOf("the food was not average .")).clauses[0].sentiment).toBe(0);
  });

  test("every word is judged by what it is", () => {
    const tokens = [...vocabulary, "hotel"];
    const fitting = (text: (word: string) => string): string[] =>
      tokens.filter((word) => judge(wordsOf(text(word))).wellFormed);
    expect(fitting((word) => `the ${word} was good .`)).toEqual(subjects);
    expect(fitting((word) => `the food was ${word} .`)).toEqual(adjectives);
    expect(fitting((word) => `the food was ${word} good .`)).toEqual(["not", "very"]);
    expect(fitting((word) => `the food was good ${word} the bed was bad .`)).toEqual([".", "and", "but"]);
    expect(fitting((word) => `the food was good ${word}`)).toEqual(["."]);
    for (const adjective of adjectives)
      expect(judge(wordsOf(`the food was ${adjective} .`)).sentiment).toBe(scores[adjective] / 2);
  });

  test("clauses are alike only where every word is", () => {
    const text =
      "the food was good . the food was very good . the food was not good . the bed was good . the food was good .";
    expect(judge(wordsOf(text)).distinct).toBe(4 / 5);
  });
});

/** Pieces of reviews, so that much of a random text fits, and not all. */
const piece = fc.oneof(
  fc.constantFrom(...vocabulary.slice(0, -1), "hotel").map((word) => [word]),
  fc.constantFrom(".", "and", "but").map((word) => [word]),
  fc
    .tuple(
      fc.constantFrom(...subjects),
      fc.constantFrom("", "not", "very", "not very", "very not"),
      fc.constantFrom(...adjectives),
      fc.integer({ min: 1, max: 6 }),
    )
    .map(([subject, adverbs, adjective, most]) => wordsOf(`the ${subject} was ${adverbs} ${adjective}`).slice(0, most)),
);
const texts = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.flat());

describe("of any text", () => {
  test("words of clauses, stray words and a join for each clause but those that miss it make up its length", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { length, clauses, stray, missing } = parseReview(text);
        const inClauses = clauses.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
        expect(length).toBe(text.length);
        expect(inClauses.length + stray.length + clauses.length - missing).toBe(length);
        const fit = new Set([...inClauses, ...stray]);
        expect(fit.size).toBe(inClauses.length + stray.length);
        for (let i = 0; i < length; i++) if (!fit.has(i)) expect([".", "and", "but"]).toContain(text[i]);
      }),
      { numRuns: 1000 },
    );
  });

  test("its parts are in range, and make up its truth", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const is = judge(text);
        expect(Number.isFinite(is.truth)).toBe(true);
        expect(is.truth).toBeLessThanOrEqual(greatestTruth);
        expect(is.truth).toBeGreaterThanOrEqual(-greatestTruth - text.length / 2 - is.missing / 2);
        expect(Math.abs(is.sentiment)).toBeLessThanOrEqual(1.5);
        expect(is.clauses).toBe(is.subjects + is.repeatedSubjects);
        expect(is.missing).toBeLessThanOrEqual(is.clauses);
        expect(is.distinct).toBeGreaterThanOrEqual(is.clauses === 0 ? 0 : is.subjects / is.clauses);
        expect(is.distinct).toBeLessThanOrEqual(1);
        const faults = is.repeatedSubjects + is.stray + is.missing;
        expect(is.truth).toBeCloseTo((1.5 * is.sentiment * Math.min(is.subjects, 4)) / 4 - faults / 2, 12);
      }),
      { numRuns: 1000 },
    );
  });

  test("ids that are no tokens fit nowhere, and nothing throws", () => {
    const numbers = fc.array(fc.oneof(fc.integer({ min: -3, max: 60 }), fc.double()), { maxLength: 40 });
    fc.assert(
      fc.property(numbers, (ids) => {
        const end = ids.indexOf(vocabulary.length - 1);
        const { truth, stray, clauses } = judge(ids);
        expect(Number.isFinite(truth)).toBe(true);
        if (clauses === 0) expect(stray).toBe(end === -1 ? ids.length : end);
      }),
    );
    expect(judge([NaN, 1e9, -1, 0.5, Infinity]).truth).toBe(-2.5);
    expect(judge([0, 7.5, 1, 47, 4]).stray).toBe(5); // between two subjects is no subject
    expect(judge(["toString", "__proto__", "", "The"]).truth).toBe(-2);
  });

  test("its words and their ids are judged alike", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const ids = text.map((word) => wordId(word) ?? -1);
        expect(judge(ids)).toEqual(judge(text));
        expect(judge(Int32Array.from(ids))).toEqual(judge(text));
      }),
    );
  });

  test("an `and` at its end, or any word but . at its start, costs exactly half a point", () => {
    fc.assert(
      fc.property(texts, fc.constantFrom("was", "not", "food", "good", "and", "but", "hotel"), (text, word) => {
        const { truth } = judge(text);
        expect(judge([...text, "and"]).truth).toBeCloseTo(truth - 0.5, 12);
        expect(judge([word, ...text]).truth).toBeCloseTo(truth - 0.5, 12);
      }),
    );
  });

  test("where it is a review, any stray word after any clause costs half a point", () => {
    const reviews = fc.integer({ min: 0, max: 1e6 }).map((seed) => sampleReview(createGenerator(seed)));
    fc.assert(
      fc.property(reviews, fc.constantFrom("was", "not", "very", "food", "good", "hotel", "the"), (text, word) => {
        const { truth } = judge(text);
        for (const { end } of parseReview(text).clauses)
          expect(judge([...text.slice(0, end), word, ...text.slice(end)])).toMatchObject({
            truth: truth - 0.5,
            stray: 1,
            wellFormed: false,
          });
      }),
    );
  });

  test("the order of its clauses and what joins them do not matter, to the bit", () => {
    const clause = fc
      .tuple(
        fc.constantFrom(...subjects.slice(0, 4)),
        fc.constantFrom("", "not", "very"),
        fc.constantFrom(...adjectives),
      )
      .map(([subject, adverb, adjective]) => wordsOf(`the ${subject} was ${adverb} ${adjective}`));
    const orders = fc
      .array(clause, { minLength: 1, maxLength: 9 })
      .chain((clauses) =>
        fc.tuple(
          fc.constant(clauses),
          fc.shuffledSubarray(clauses, { minLength: clauses.length }),
          fc.array(fc.constantFrom(".", "and", "but"), { minLength: 9, maxLength: 9 }),
        ),
      );
    fc.assert(
      fc.property(orders, ([clauses, shuffled, between]) => {
        const joined = clauses.flatMap((words, i) => (i === 0 ? words : ["and", ...words]));
        const otherwise = shuffled.flatMap((words, i) => (i === 0 ? words : [between[i], ...words]));
        const first = judge([...joined, ...ending]);
        expect(first.wellFormed).toBe(true);
        // the sum over one subject's clauses is exact: sentiments are multiples of 1/8
        expect(judge([...otherwise, ...ending])).toEqual(first);
      }),
      { numRuns: 500 },
    );
  });
});

describe("no other reading leaves fewer faults", () => {
  const agrees = (text: readonly string[]): boolean => {
    const { stray, missing, wellFormed } = judge(text);
    return (
      stray === leastFaults(text, { missing: 0 }) &&
      stray + missing === leastFaults(text, { missing: 1 }) &&
      wellFormed === isReview(text)
    );
  };

  test.each([
    [4, ["the", "was", "not", "very", ".", "and", "but", "food", "room", "good", "awful", "hotel"]],
    [6, ["the", "food", "was", "good", ".", "and"]],
  ])("in all texts of at most %i words of %j", (most, words) => {
    const text: string[] = [];
    const wrong: string[] = [];
    let count = 0;
    const visit = (): void => {
      count++;
      if (!agrees(text)) wrong.push(text.join(" "));
      if (text.length === most) return;
      for (const word of words) {
        text.push(word);
        visit();
        text.pop();
      }
    };
    visit();
    expect(wrong).toEqual([]);
    expect(count).toBe(Array.from({ length: most + 1 }, (_, n) => words.length ** n).reduce((a, b) => a + b));
  });

  test("in all texts of two clauses, whatever stands around and between them", () => {
    const gaps = [
      "",
      ".",
      "and",
      "was",
      ". and",
      "and .",
      "was and",
      "and was",
      "and and",
      "the",
      "the food was",
      "very .",
    ];
    const wrong: string[] = [];
    for (const before of gaps)
      for (const between of gaps)
        for (const after of gaps) {
          const text = `${before} the food was good ${between} the room was not very bad ${after}`;
          if (!agrees(wordsOf(text))) wrong.push(text);
        }
    expect(wrong).toEqual([]);
  });

  test("in random texts", () => {
    fc.assert(fc.property(texts, agrees), { numRuns: 1000 });
  });
});

describe("the greatest truth", () => {
  const best = adjectives.filter((adjective) => scores[adjective] === 2);
  const clauses = (count: number): string[] =>
    subjects.slice(0, count).map((subject, i) => `the ${subject} was very ${best[i % best.length]}`);

  test("is that of four to six of the best clauses, in at most 39 words", () => {
    for (const count of [4, 5, 6]) {
      const text = wordsOf(`${clauses(count).join(" and ")} .`);
      expect(text.length).toBeLessThanOrEqual(39);
      expect(judge(text)).toMatchObject({ truth: greatestTruth, wellFormed: true });
    }
    expect(judge(wordsOf(`${clauses(3).join(" and ")} .`)).truth).toBe((greatestTruth * 3) / 4);
  });

  test("is lost by any other word in one of four clauses", () => {
    const text = wordsOf(`${clauses(4).join(" and ")} .`);
    for (let at = 0; at < text.length; at++)
      for (const word of ["", ...vocabulary.slice(0, -1)]) {
        const { truth } = judge(text.with(at, word).filter((other) => other !== ""));
        if (truth < greatestTruth) continue;
        // a join for a join, another subject, another of the best adjectives
        expect(truth).toBe(greatestTruth);
        const kinds: readonly (readonly string[])[] = [["and", "but", "."], subjects, best, [text[at]]];
        expect(kinds.some((kind) => kind.includes(word) && kind.includes(text[at]))).toBe(true);
      }
  });
});

test("a text of 220,000 words is read at once", () => {
  const clause = wordsOf("the food was not very good and the the the was");
  const long = Array.from({ length: 220_000 }, (_, i) => clause[i % clause.length]);
  expect(judge(long)).toMatchObject({ clauses: 20_000, subjects: 1, stray: 80_001, missing: 1 });
});
