import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { decodeUtf8, leftOutText, readPairs, readPrompts, readTexts } from "../../src/language/index.ts";

const lines = (...records: unknown[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join("");
const pair = { prompt: "Say hello.", chosen: "Hello!", rejected: "No." };
const dialogue = (answer: string, question = "a?"): string => `\n\nHuman: ${question}\n\nAssistant:${answer}`;

describe("readTexts", () => {
  test("JSON lines: whole texts, and completions of prompts", () => {
    const text = lines({ text: "One.\n" }, { prompt: "2", completion: " two", id: 7 }, { prompt: "", completion: "3" });
    expect(readTexts(text, "a.jsonl")).toEqual({
      records: [
        { prompt: "", completion: "One.\n" },
        { prompt: "2", completion: " two" },
        { prompt: "", completion: "3" },
      ],
      lines: [1, 2, 3],
      leftOut: [],
    });
  });

  test("plain text: one, or those between end marks", () => {
    const whole = (completion: string) => ({ prompt: "", completion });
    expect(readTexts("\ufeffOne.\r\n\r\nStill one.\r\n", "a.txt").records).toEqual([whole("One.\n\nStill one.")]);
    expect(readTexts("One.\n<|endoftext|>\n\nTwo.\n<|endoftext|>\n", "a.md").records).toEqual([
      whole("One."),
      whole("Two."),
    ]);
    expect(readTexts("\n\nOne.\nMore.<|endoftext|>\n \n<|endoftext|>Two.\n<|endoftext|>\n\nThree.", "a.txt").lines).toEqual([3, 6, 9]); // prettier-ignore
    expect(readTexts("One.\r\n\n Two. \n", "a.txt", { byLine: true })).toEqual({ records: [whole("One."), whole("Two.")], lines: [1, 3], leftOut: [] }); // prettier-ignore
  });

  test("leaves out what is empty", () => {
    const text = lines({ text: "" }, { text: "a" }, { prompt: "p", completion: "\n" });
    expect(readTexts(text, "a.jsonl").leftOut).toEqual([
      { line: 1, reason: "the text is empty" },
      { line: 3, reason: "the completion is empty" },
    ]);
  });

  test.each([
    ["a.txt", "", "a.txt is empty: there is no text in it"],
    ["a.txt", "\n<|endoftext|>\n", "a.txt is empty"],
    ["a.jsonl", "\ufeff\r\n", 'a.jsonl is empty: a line has "text", or "prompt" and "completion"'],
    ["a.json", lines({ text: "a", prompt: "b" }), 'it has "text" and "prompt" or "completion" at once'],
    ["a.ndjson", lines({ prompt: "b" }), 'a.ndjson, line 1: "completion" is missing; a line has "text", or'],
    ["a.jsonl", lines({ text: "" }), "a.jsonl holds nothing that can be used: 1 record is left out: the text is empty (1, in line 1)"], // prettier-ignore
  ])("%s, %j: refused", (name, text, message) => {
    expect(() => readTexts(text, name)).toThrow(InputError);
    expect(() => readTexts(text, name)).toThrow(message);
  });
});

describe("readPairs", () => {
  test("prompts with two answers", () => {
    const text = lines(pair, { ...pair, prompt: "", score: 3 });
    expect(readPairs(text, "a.jsonl")).toEqual({
      records: [pair, { ...pair, prompt: "" }],
      lines: [1, 2],
      leftOut: [],
    });
  });

  test("dialogues are parted after their last \\n\\nAssistant:, and nothing is lost", () => {
    const before = dialogue(" b\n\nHuman: c");
    const record = { chosen: `${before}\n\nAssistant: d`, rejected: `${before}\n\nAssistant: e` };
    const prompt = `${before}\n\nAssistant:`;
    expect(readPairs(lines(record), "a.jsonl").records).toEqual([{ prompt, chosen: " d", rejected: " e" }]);
  });

  test("a byte order mark, CRLF and blank lines are no matter; lines are counted all the same", () => {
    const json = JSON.stringify(pair);
    const text = `\ufeff${json}\r\n\r\n \n${json}`;
    expect(readPairs(text, "a.jsonl").records).toEqual([pair, pair]);
    expect(() => readPairs(`${text}\r\n[]`, "a.jsonl")).toThrow("a.jsonl, line 5: ");
    expect(readPairs(lines({ ...pair, chosen: "a\u2028b\r" }), "a.jsonl").records[0]?.chosen).toBe("a\u2028b\r");
  });

  test.each([
    ["both answers are equal", { ...pair, chosen: "No." }],
    ["the chosen answer is empty", { ...pair, chosen: " " }],
    ["the rejected answer is empty", { chosen: dialogue(" b"), rejected: dialogue("") }],
    ["both answers are equal", { chosen: dialogue(" b"), rejected: dialogue(" b") }],
    ["chosen and rejected answer different prompts", { chosen: dialogue(" b"), rejected: dialogue(" c", "b?") }],
    ["chosen and rejected answer different prompts", { chosen: dialogue(" b"), rejected: dialogue(dialogue("c")) }],
    ['there is neither a "prompt" nor, in both dialogues, a "\\n\\nAssistant:"', { chosen: dialogue("b"), rejected: "c" }], // prettier-ignore
  ])("left out where %s", (reason, record) => {
    const { records, leftOut } = readPairs(lines(pair, record, pair), "a.jsonl");
    expect(records).toEqual([pair, pair]);
    expect(leftOut).toEqual([{ line: 2, reason }]);
    expect(() => readPairs(lines(record), "a.jsonl")).toThrow(`a.jsonl holds nothing that can be used: 1 record is`);
  });

  test.each([
    ["{", "line 2: it is not a whole JSON object ("],
    ["not JSON", "line 2: it is not a whole JSON object ("],
    ['{"chosen":"a","chosen":"b"}', "two members of the same name"],
    ["[1, 2]", "line 2: it is an array ([1, 2]), not a JSON object; a line has"],
    ["null", "line 2: it is null, not a JSON object"],
    ['{"chosen":"a"}', 'line 2: "rejected" is missing; a line has "prompt", "chosen" and "rejected", or two dialogues'],
    ['{"chosen":"a","rejected":null}', 'line 2: "rejected" is null, but must be a string'],
    ['{"chosen":[{"role":"user"}],"rejected":"a"}', 'line 2: "chosen" is an array ([{"role":"user"}]), but must be a string'], // prettier-ignore
    ['{"prompt":3,"chosen":"a","rejected":"b"}', 'line 2: "prompt" is 3, but must be a string'],
    ['{"__proto__":{"prompt":"a"},"chosen":"a"}', '"rejected" is missing'],
  ])("%s: refused", (line, message) => {
    const text = `${lines(pair)}${line}\n${lines(pair)}`;
    expect(() => readPairs(text, "a.jsonl")).toThrow(InputError);
    expect(() => readPairs(text, "a.jsonl")).toThrow(message);
    expect(() => readPairs(text, "a.jsonl")).toThrow(/^a\.jsonl, line 2: /);
  });
});

describe("readPrompts", () => {
  test("one a line, blank lines skipped, spaces kept", () => {
    const { records } = readPrompts("\ufeffThe film\r\n\r\n  \nI think \nlast", "a.txt");
    expect(records).toEqual(["The film", "I think ", "last"]);
  });

  test("JSON lines", () => {
    const text = lines({ prompt: "a", text: "b" }, { text: "c\nd" }, { prompt: "" });
    expect(readPrompts(text, "a.jsonl")).toEqual({
      records: ["a", "c\nd"],
      lines: [1, 2],
      leftOut: [{ line: 3, reason: "the prompt is empty" }],
    });
  });

  test("refused", () => {
    expect(() => readPrompts(" \n", "a.txt")).toThrow(new InputError("a.txt is empty: there is no text in it"));
    expect(() => readPrompts("{}", "a.jsonl")).toThrow(
      new InputError('a.jsonl, line 1: "prompt" is missing; a line has "prompt" or "text"'),
    );
  });
});

test("what was left out is told by reason, with the first line of each", () => {
  const leftOut = (line: number, reason: string) => ({ line, reason });
  expect(leftOutText([])).toBe("");
  expect(leftOutText([leftOut(5, "it is empty")])).toBe("1 record is left out: it is empty (1, in line 5)");
  expect(leftOutText([leftOut(5, "a"), leftOut(6, "b"), leftOut(9, "a")])).toBe(
    "3 records are left out: a (2, first in line 5); b (1, in line 6)",
  );
});

test("whatever the text: records, or an InputError", () => {
  const record = fc.record({ text: fc.jsonValue(), prompt: fc.jsonValue(), chosen: fc.string(), rejected: fc.string(), completion: fc.string() }, { requiredKeys: [] }); // prettier-ignore
  const line = fc.oneof(
    record.map((x) => JSON.stringify(x)),
    fc.string(),
    fc.json(),
  );
  const readers = [readTexts, readPairs, readPrompts];
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom("a.jsonl", "a.txt"), (texts, name) => {
      for (const read of readers) {
        try {
          expect(read(texts.join("\n"), name).records.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }
    }),
    { numRuns: 300 },
  );
});

describe("real data", () => {
  const file = (name: string): URL => new URL(`../../../shared/data/${name}`, import.meta.url);
  const has = (name: string): boolean => existsSync(file(name));
  const preferences = "hh-rlhf-harmless-base-test.jsonl.gz";

  test.skipIf(!has(preferences))("hh-rlhf (skipped where ../shared/data is missing)", () => {
    const text = decodeUtf8(gunzipSync(readFileSync(file(preferences))), preferences);
    const { records, leftOut } = readPairs(text, preferences);
    expect(records.length).toBe(2303);
    expect(leftOutText(leftOut)).toBe(
      "9 records are left out: the chosen answer is empty (4, first in line 87); " +
        "chosen and rejected answer different prompts (5, first in line 1255)",
    );
    const [first] = text.split("\n", 1).map((line) => JSON.parse(line));
    expect(records[0].prompt + records[0].chosen).toBe(first.chosen);
    expect(records[0].prompt + records[0].rejected).toBe(first.rejected);
    for (const { prompt } of records) expect(prompt).toMatch(/^\n\nHuman:[^]*\n\nAssistant:$/);
  });

  test.skipIf(!has("tinystories-sample.txt"))("plain texts (skipped where ../shared/data is missing)", () => {
    const read = (name: string) => readTexts(decodeUtf8(readFileSync(file(name)), name), name).records;
    expect(read("tinyshakespeare.txt").length).toBe(1);
    expect(read("tinystories-sample.txt").length).toBeGreaterThan(4900);
    expect(read("tinystories-sample.txt")[0].completion).toMatch(/^One day, a little girl named Lily .*\n/);
  });
});
