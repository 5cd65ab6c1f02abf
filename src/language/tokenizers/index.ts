// Text as token ids, and back.
export { byteTokenizer } from "./bytes.ts";
export { tokenizerFrom } from "./from-json.ts";
export { idTokenizer } from "./ids.ts";
export { tokenizerFile, tokenizerOfFolder } from "./of-folder.ts";
export { createTextStream, type TextStream } from "./stream.ts";
export type { Tokenizer } from "./tokenizer.ts";
export { wordTokenizer } from "./words.ts";
