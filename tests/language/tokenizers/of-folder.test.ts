import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { byteTokenizer, tokenizerFile, tokenizerOfFolder } from "../../../src/language/index.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const folder = (files: Record<string, unknown>): Map<string, Uint8Array> =>
  new Map(Object.entries(files).map(([name, json]) => [name, utf8(JSON.stringify(json))]));

const bytes = { vocabularySize: 258 };

describe("the tokenizer of a folder", () => {
  test("is polgrad's own, whatever else lies there", () => {
    const files = folder({ [tokenizerFile]: byteTokenizer(), "vocab.json": {}, "config.json": {} });
    expect(tokenizerOfFolder(files, bytes).kind).toBe("bytes");
  });

  test.each(["vocab.json", "merges.txt", "tokenizer.json", "spiece.model"])(
    "is refused in words if it is of %s",
    (file) => {
      const files = folder({ "config.json": {}, [file]: {} });
      expect(() => tokenizerOfFolder(files, bytes)).toThrow(
        new InputError(
          `the model's tokenizer (${file}) is of a kind that polgrad does not read yet; a folder without these files ` +
            "takes and gives token ids in place of text",
        ),
      );
    },
  );

  test("is of ids where there is none, with the end of text of config.json", () => {
    const of = (config?: unknown) => tokenizerOfFolder(folder(config === undefined ? {} : { "config.json": config }), bytes); // prettier-ignore
    expect(of()).toMatchObject({ kind: "none", size: 258, endOfText: undefined });
    expect(of({ eos_token_id: 5 })).toMatchObject({ kind: "none", size: 258, endOfText: 5 });
    for (const config of [{}, null, 3, { eos_token_id: 50256 }, { eos_token_id: null }, { eos_token_id: [1] }])
      expect(of(config)).toMatchObject({ kind: "none", endOfText: undefined });
  });

  test.each([
    [utf8('{"kind":"words"}'), "polgrad-tokenizer.json does not describe a tokenizer: "],
    [utf8("{"), "polgrad-tokenizer.json is not JSON: "],
    [Uint8Array.of(0xff), "polgrad-tokenizer.json is not text in UTF-8: byte 0"],
    [utf8('{"kind":"none","size":3}'), "polgrad-tokenizer.json has 3 token ids, but the model beside it has 258"],
  ])("is refused if it is damaged or of another model", (file, message) => {
    const files = new Map([[tokenizerFile, file]]);
    expect(() => tokenizerOfFolder(files, bytes)).toThrow(InputError);
    expect(() => tokenizerOfFolder(files, bytes)).toThrow(message);
  });
});
