// The tokenizer of a model's folder.

import { InputError } from "../../errors.ts";
import type { GptConfig } from "../gpt-config.ts";
import { jsonOfFile } from "../json-file.ts";
import { decodeUtf8 } from "../utf8.ts";
import { tokenizerFrom } from "./from-json.ts";
import { idTokenizer } from "./ids.ts";
import { isId, type Tokenizer } from "./tokenizer.ts";

/** The file in which polgrad keeps a model's tokenizer, as the JSON of its `toJSON`. */
export const tokenizerFile = "polgrad-tokenizer.json";

/** What tokenizers of others lie in. */
const foreignFiles = [
  "vocab.json",
  "merges.txt",
  "tokenizer.json",
  "tokenizer.model",
  "spiece.model",
  "vocab.txt",
  "vocab.bpe",
  "encoder.json",
];

/**
 * The tokenizer that belongs to a model: the one in `polgrad-tokenizer.json`, whatever else lies there; where there is
 * none, ids, with the end of text that `config.json` names as `eos_token_id`.
 *
 * @param files the folder's files by name; those of weights may be left out
 * @throws InputError if the tokenizer is one that polgrad does not read, is damaged, or has another number of ids than
 *   the model
 */
export function tokenizerOfFolder(
  files: ReadonlyMap<string, Uint8Array>,
  { vocabularySize }: Pick<GptConfig, "vocabularySize">,
): Tokenizer {
  const own = files.get(tokenizerFile);
  if (own !== undefined) {
    const tokenizer = tokenizerFrom(jsonOf(own, tokenizerFile), tokenizerFile);
    if (tokenizer.size === vocabularySize) return tokenizer;
    throw new InputError(
      `${tokenizerFile} has ${tokenizer.size} token ids, but the model beside it has ${vocabularySize}: they must be the same`,
    );
  }
  const foreign = foreignFiles.filter((file) => files.has(file));
  if (foreign.length > 0)
    throw new InputError(
      `the model's tokenizer (${foreign.join(", ")}) is of a kind that polgrad does not read yet; a folder without ` +
        `these files takes and gives token ids in place of text`,
    );
  const config = files.get("config.json");
  return idTokenizer(vocabularySize, config && endOfTextOf(jsonOf(config, "config.json"), vocabularySize));
}

/** Models of small vocabularies are often left with the end of GPT-2's: an id that they do not have ends no text. */
function endOfTextOf(config: unknown, vocabularySize: number): number | undefined {
  const id = (config as { eos_token_id?: unknown } | null)?.eos_token_id;
  return isId(id, vocabularySize) ? (id as number) : undefined;
}

const jsonOf = (bytes: Uint8Array, name: string): unknown => jsonOfFile(decodeUtf8(bytes, name), name);
