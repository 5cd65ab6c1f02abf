// The built-in language as texts and tokens for a model.

import type { Generator } from "../../random/index.ts";
import { wordTokenizer, type Tokenizer } from "../tokenizers/index.ts";
import { endOfText, sampleReview, vocabulary } from "./language.ts";

/** The words; their ids, and that of the end of text, are those of the vocabulary. */
export const reviewsTokenizer = (): Tokenizer => wordTokenizer(vocabulary.filter((word) => word !== endOfText));

/** So many reviews. */
export const sampleReviews = (generator: Generator, count: number): string[] =>
  Array.from({ length: count }, () => sampleReview(generator).join(" "));
