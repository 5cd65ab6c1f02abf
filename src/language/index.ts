// Language models as actors: their tokenizers, what they learn from, and the folders that they are kept in.
export { checkGptConfig, gptShapes, parameterCount, type GptConfig } from "./gpt-config.ts";
export {
  configFromHuggingFace,
  configToHuggingFace,
  weightsFromHuggingFace,
  weightsToHuggingFace,
} from "./hugging-face.ts";
export {
  leftOutText,
  readPairs,
  readPrompts,
  readTexts,
  type LeftOut,
  type PreferencePair,
  type Records,
  type TextRecord,
} from "./records.ts";
export * from "./tokenizers/index.ts";
export { decodeUtf8 } from "./utf8.ts";
