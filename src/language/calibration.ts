// How well a reward model tells which answer was preferred: how often, and whether it is as sure as it should be.

import { exp } from "../math/index.ts";

/** What a reward model makes of pairs whose preferred answer is known. */
export interface Calibration {
  /** The share of pairs whose preferred answer has the larger number. */
  readonly accuracy: number;
  readonly pairs: number;
  /** Pairs by how sure it is of one answer, from ½ to 1: what it says, and how often that was the preferred one. */
  readonly bins: readonly { readonly predicted: number; readonly observed: number; readonly count: number }[];
  /** Mean r⁺ − r⁻. */
  readonly margin: number;
}

const binCount = 10;

/** @param margins r⁺ − r⁻ of pairs, as the loss −log σ(r⁺ − r⁻) knows them: not normalized */
export function calibrationOf(margins: readonly number[]): Calibration {
  const bins = Array.from({ length: binCount }, () => ({ predicted: 0, observed: 0, count: 0 }));
  for (const margin of margins) {
    const sureness = 1 / (1 + exp(-Math.abs(margin)));
    const bin = bins[Math.min(binCount - 1, Math.floor((sureness - 0.5) * 2 * binCount))];
    bin.predicted += sureness;
    bin.observed += margin > 0 ? 1 : margin === 0 ? 0.5 : 0;
    bin.count++;
  }
  return {
    accuracy: margins.filter((margin) => margin > 0).length / margins.length,
    pairs: margins.length,
    bins: bins
      .filter(({ count }) => count > 0)
      .map(({ predicted, observed, count }) => ({ predicted: predicted / count, observed: observed / count, count })),
    margin: margins.reduce((a, b) => a + b, 0) / margins.length,
  };
}
