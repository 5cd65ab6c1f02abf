// Random numbers to the last bit as NumPy draws them, and the named streams of a run.
export { Generator, createGenerator } from "./generator.ts";
export type { ChoiceOptions, GeneratorState, MutableArray } from "./generator.ts";
export { SeedSequence } from "./seed-sequence.ts";
export type { Entropy, SeedSequenceState } from "./seed-sequence.ts";
export { createStreams } from "./streams.ts";
export type { StreamPurpose } from "./streams.ts";
