// Which of two texts is preferred: by the model of Bradley & Terry (1952) from their truths, and by mistake now and then.
import { InputError } from "../../errors.ts";
import { exp } from "../../math/index.ts";
import type { Generator } from "../../random/index.ts";

/** Options of {@link samplePreference}. */
export interface PreferenceOptions {
  /** The share of labels that are turned round, 0 … 1. Default 0.1. */
  flipped?: number;
}

/**
 * The probability that a is preferred to b, 1 / (1 + e^(truthB − truthA)), where `flipped` of all labels are turned
 * round.
 * @throws InputError for a truth that is NaN, two that are the same infinity, or `flipped` outside 0 … 1
 */
export function preferenceProbability(truthA: number, truthB: number, options: PreferenceOptions = {}): number {
  const flipped = shareOfFlipped(options);
  const p = bradleyTerry(truthA, truthB);
  return flipped + (1 - 2 * flipped) * p;
}

/**
 * Draws whether a is preferred to b. Each call takes two numbers from the generator, whatever comes of it, so that labels
 * with another share of flips are otherwise the same.
 *
 * @returns true if a is preferred
 * @throws InputError for a truth that is NaN, two that are the same infinity, or `flipped` outside 0 … 1
 */
export function samplePreference(
  truthA: number,
  truthB: number,
  generator: Generator,
  options: PreferenceOptions = {},
): boolean {
  const flipped = shareOfFlipped(options);
  const prefersA = generator.random() < bradleyTerry(truthA, truthB);
  const flips = generator.random() < flipped;
  return prefersA !== flips;
}

function bradleyTerry(truthA: number, truthB: number): number {
  const lead = truthA - truthB;
  if (Number.isNaN(lead)) throw new InputError(`preference: truths ${truthA} and ${truthB} cannot be compared`);
  return 1 / (1 + exp(-lead));
}

function shareOfFlipped({ flipped = 0.1 }: PreferenceOptions): number {
  if (!(flipped >= 0 && flipped <= 1)) throw new InputError(`preference: flipped must be from 0 to 1, not ${flipped}`);
  return flipped;
}
