import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import {
  byteTokenizer,
  createTextStream,
  idTokenizer,
  tokenizerFrom,
  wordTokenizer,
  type Tokenizer,
} from "../../../src/language/index.ts";

const words = ["the", "film", "was", "not", "good", "bad", ".", ",", "!", "don't", "42"];
const tokenizers: readonly [string, Tokenizer][] = [
  ["words", wordTokenizer(words)],
  ["bytes", byteTokenizer()],
  ["none", idTokenizer(20, 19)],
];

describe.each(tokenizers)("every tokenizer: %s", (kind, tokenizer) => {
  const { size, endOfText, padding } = tokenizer;
  const ids = fc.array(fc.integer({ min: 0, max: size - 1 }));
  const texts = ids.map((tokens) => tokenizer.decode(tokens));

  test("says what it is", () => {
    expect(tokenizer.kind).toBe(kind);
    for (const id of [endOfText, padding]) if (id !== undefined) expect(id).toBeLessThan(size);
    expect(padding).not.toBe(endOfText ?? -1);
  });

  test("gives back the texts that it can write, however often", () => {
    fc.assert(fc.property(texts, (text) => void expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)));
  });

  test("never takes end of text or padding for text", () => {
    const specials = kind === "none" ? [] : [endOfText, padding];
    fc.assert(
      fc.property(texts, (text) => {
        for (const id of tokenizer.encode(text)) {
          expect(id).toBeLessThan(size);
          expect(specials).not.toContain(id);
        }
      }),
    );
  });

  test("a stream gives the same text in pieces, and begins anew after its end", () => {
    const stream = createTextStream(tokenizer);
    fc.assert(
      fc.property(ids, (tokens) => {
        const pieces = tokens.map((id) => stream.push(id));
        expect(pieces.join("") + stream.end()).toBe(tokenizer.decode(tokens));
      }),
    );
  });

  test("refuses what is no id of it", () => {
    for (const id of [-1, size, 0.5, NaN, Infinity, "1" as unknown as number]) {
      expect(() => tokenizer.decode([id])).toThrow(InputError);
      expect(() => createTextStream(tokenizer).push(id)).toThrow(`is not a token id: this tokenizer has the ids 0 to`);
    }
  });

  test("comes back from JSON the same", () => {
    const json = JSON.parse(JSON.stringify(tokenizer));
    const again = tokenizerFrom(json, "tokenizer.json");
    expect({ ...again, ...functions }).toEqual({ ...tokenizer, ...functions });
    expect(again.toJSON()).toEqual(json);
    fc.assert(fc.property(ids, (tokens) => void expect(again.decode(tokens)).toBe(tokenizer.decode(tokens))));
  });
});

const functions = { encode: null, decode: null, toJSON: null };

describe("words", () => {
  const tokenizer = wordTokenizer(words);

  test("are split at white space and around punctuation, and joined as people write", () => {
    const text = " the film\twas  not good ,bad!\n";
    expect(tokenizer.encode(text)).toEqual([0, 1, 2, 3, 4, 7, 5, 8]);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe("the film was not good, bad!");
    expect(tokenizer.encode("don't")).toEqual([9]);
    expect(tokenizer.encode("42.42")).toEqual([10, 6, 10]);
    expect(tokenizer.encode("  ")).toEqual([]);
  });

  test("ids come back, whatever their order", () => {
    const ids = fc.array(fc.integer({ min: 0, max: words.length - 1 }));
    fc.assert(fc.property(ids, (tokens) => void expect(tokenizer.encode(tokenizer.decode(tokens))).toEqual(tokens)));
  });

  test("end of text and padding are no text", () => {
    expect(tokenizer).toMatchObject({ size: 13, endOfText: 11, padding: 12 });
    expect(tokenizer.decode([0, 11, 1, 6, 12, 12])).toBe("the film.");
    expect(tokenizer.decode([11])).toBe("");
  });

  test("an unknown one is named, with those like it", () => {
    const message = 'the tokenizer does not know the word "filn". Did you mean "film"?';
    expect(() => tokenizer.encode("the filn was")).toThrow(new InputError(message));
    expect(() => tokenizer.encode("film;")).toThrow('does not know the word ";"');
    expect(() => tokenizer.encode("a\u0007b")).toThrow("a\\u0007b");
  });

  test.each([
    [[], "a list of one word or more, not []"],
    ["the film", 'a list of one word or more, not "the film"'],
    [["a", ""], 'word 1 of the tokenizer is ""'],
    [["a b"], 'word 0 of the tokenizer is "a b"'],
    [["end."], 'word 0 of the tokenizer is "end."'],
    [["a", 3], "word 1 of the tokenizer is 3"],
    [["a", "b", "a"], 'the tokenizer has the word "a" twice'],
  ])("%j: refused", (list, message) => {
    expect(() => wordTokenizer(list as string[])).toThrow(InputError);
    expect(() => wordTokenizer(list as string[])).toThrow(message);
  });

  test("may be called like members of objects", () => {
    const odd = wordTokenizer(["__proto__", "constructor"]);
    expect(odd.decode(odd.encode("constructor __proto__"))).toBe("constructor __proto__");
    expect(() => odd.encode("toString")).toThrow("does not know");
  });

  test("stay what they were when the list given changes", () => {
    const list = ["a"];
    const own = wordTokenizer(list);
    list[0] = "b";
    expect(own.decode([0])).toBe("a");
  });
});

describe("bytes", () => {
  const tokenizer = byteTokenizer();
  /** Well-formed: without lone surrogates. */
  const anyText = fc
    .array(fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff })))
    .map((codes) => String.fromCodePoint(...codes));

  test("any text comes back, a byte order mark at its beginning too", () => {
    fc.assert(fc.property(anyText, (text) => void expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)));
    expect(tokenizer.decode(tokenizer.encode("\ufeffa"))).toBe("\ufeffa");
    expect(tokenizer.encode("é<|endoftext|>")).toEqual([0xc3, 0xa9, ...Buffer.from("<|endoftext|>")]);
  });

  test("what is not UTF-8 becomes U+FFFD", () => {
    expect(tokenizer.decode([0x61, 0xff, 0x62])).toBe("a\ufffdb");
    expect(tokenizer.encode("\ud800")).toEqual([0xef, 0xbf, 0xbd]);
    expect(tokenizer.decode([0xe2, 0x82, 256, 0xac])).toBe("\ufffd\ufffd");
    expect(tokenizer.decode([0x61, 256, 257, 257])).toBe("a");
  });

  test("a stream gives a character of several bytes as soon as it is whole", () => {
    const stream = createTextStream(tokenizer);
    expect(tokenizer.encode("a€").map((id) => stream.push(id))).toEqual(["a", "", "", "€"]);
    expect(stream.end()).toBe("");
    expect([stream.push(0xe2), stream.push(256), stream.push(0x61)]).toEqual(["", "\ufffd", "a"]);
    expect([stream.push(0xf0), stream.end()]).toEqual(["", "\ufffd"]);
  });

  test("have no padding or end of text in common with text", () => {
    expect(tokenizer).toMatchObject({ size: 258, endOfText: 256, padding: 257 });
  });
});

describe("ids", () => {
  test("are written as numbers", () => {
    const tokenizer = idTokenizer(10);
    expect(tokenizer.encode(" 1 5\n7")).toEqual([1, 5, 7]);
    expect(tokenizer.decode([1, 5, 7])).toBe("1 5 7");
    expect(tokenizer).toMatchObject({ endOfText: undefined, padding: undefined });
    expect(() => tokenizer.encode("1 hello")).toThrow('"hello" is not a token id: there is no tokenizer here');
    expect(() => tokenizer.encode("1 -2")).toThrow(InputError);
    expect(() => tokenizer.encode("10")).toThrow("10 is not a token id: this tokenizer has the ids 0 to 9");
    expect(() => tokenizer.encode("9".repeat(400))).toThrow(InputError);
  });

  test("a size or an end that cannot be is refused", () => {
    for (const size of [0, -1, 1.5, NaN, 2 ** 60]) expect(() => idTokenizer(size)).toThrow(InputError);
    expect(() => idTokenizer(5, 5)).toThrow("the end of text is 5, but must be a token id from 0 to 4");
  });
});

describe("tokenizerFrom", () => {
  test.each([
    [null, "it is null, where an object"],
    [[1], "it is [1], where an object"],
    [{}, 'its kind is undefined, where "words" or "bytes" or "none" is needed'],
    [{ kind: "toString" }, 'its kind is "toString"'],
    [{ kind: "bytes", size: 3 }, 'beside its kind it has "size", where "bytes" takes nothing else'],
    [{ kind: "words" }, "a list of one word or more, not undefined"],
    [{ kind: "words", words: ["a", null] }, "word 1 of the tokenizer is null"],
    [{ kind: "none", size: "5" }, 'a positive number of token ids, not "5"'],
    [{ kind: "none", size: 5, endOfText: null }, "the end of text is null"],
  ])("%j: refused, with the file's name", (json, message) => {
    expect(() => tokenizerFrom(json, "a/tokenizer.json")).toThrow(InputError);
    expect(() => tokenizerFrom(json, "a/tokenizer.json")).toThrow(message);
    expect(() => tokenizerFrom(json, "a/tokenizer.json")).toThrow(/^a\/tokenizer.json does not describe a tokenizer: /);
  });

  test("whatever JSON: a tokenizer or an InputError", () => {
    const kinds = fc.constantFrom("words", "bytes", "none");
    const lists = fc.array(fc.oneof(fc.string(), fc.jsonValue()));
    const near = fc.record({ kind: kinds, words: lists, size: fc.jsonValue() }, { requiredKeys: ["kind"] });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), near), (json) => {
        try {
          expect(tokenizerFrom(json, "t").size).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
