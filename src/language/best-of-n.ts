// Best of n: of n texts behind a prompt, the one that the reward model prefers. What that comes to, for any n, from one
// pool of texts a prompt (Stiennon et al. 2020; Gao et al. 2022, "Scaling laws for reward model overoptimization").
//
//   of all subsets of n of a pool of N, C(i − 1, n − 1) have the i-th smallest reward as their greatest, so
//   E[x of the best of n] = Σ_i x_(i) · C(i − 1, n − 1) / C(N, n), which has no bias; KL = log n − (n − 1) / n

import { InputError } from "../errors.ts";
import { log } from "../math/index.ts";
import { valueText } from "../text/values.ts";

/** A text in numbers: what it is chosen by, and whatever else is to be known of the chosen one. */
export type ScoredText<Measure extends string> = Readonly<Record<Measure | "proxy", number>>;

/** The best of n in numbers, in the mean over prompts. */
export type BestOfN<Measure extends string> = ScoredText<Measure> & {
  readonly n: number;
  /** Of the distribution of the best of n to that of one text, in nats; where no two texts are alike. */
  readonly kl: number;
};

/**
 * The expected numbers of the best of n texts, for each n, in the mean over prompts.
 *
 * @param pools independent texts behind each prompt
 * @param counts each n, from 1 to the size of the smallest pool
 * @throws InputError for no pools, or an n that they are too small for
 */
export function bestOfN<Measure extends string>(
  pools: readonly (readonly ScoredText<Measure>[])[],
  counts: readonly number[],
): BestOfN<Measure>[] {
  const smallest = Math.min(...pools.map(({ length }) => length));
  if (pools.length === 0 || smallest === 0) throw new InputError("best of n: there must be a text for each prompt, and a prompt"); // prettier-ignore
  const wrong = counts.find((n) => !(Number.isInteger(n) && n >= 1 && n <= smallest));
  if (wrong !== undefined)
    throw new InputError(`best of n: n is ${valueText(wrong)}, but must be a whole number from 1 to ${smallest}, the size of the smallest pool`); // prettier-ignore
  const measures = Object.keys(pools[0][0]) as (Measure | "proxy")[];
  const sorted = pools.map(inOrder);
  return counts.map((n) => {
    const chosen = Object.fromEntries(measures.map((measure) => [measure, 0])) as Record<Measure | "proxy", number>;
    for (const pool of sorted) {
      const shares = sharesOfBest(pool.length, n);
      for (const measure of measures)
        chosen[measure] += pool.reduce((sum, text, i) => sum + shares[i] * text[measure], 0) / pools.length;
    }
    return { n, kl: log(n) - (n - 1) / n, ...chosen };
  });
}

/** By ascending reward. Texts of the same reward get their means: each of them is as likely to be chosen. */
function inOrder<Measure extends string>(pool: readonly ScoredText<Measure>[]): ScoredText<Measure>[] {
  const sorted = [...pool].sort((a, b) => a.proxy - b.proxy);
  const levelled: ScoredText<Measure>[] = [];
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    while (to < sorted.length && sorted[to].proxy === sorted[from].proxy) to++;
    const equals = sorted.slice(from, to);
    const means = Object.keys(sorted[from]).map((measure) => [
      measure,
      equals.reduce((sum, text) => sum + text[measure as Measure], 0) / equals.length,
    ]);
    levelled.push(...equals.map(() => Object.fromEntries(means) as ScoredText<Measure>));
    from = to;
  }
  return levelled;
}

/** C(i − 1, n − 1) / C(N, n) of i = 1 … N, from the last, which is n / N, downwards. */
function sharesOfBest(size: number, n: number): Float64Array {
  const shares = new Float64Array(size);
  shares[size - 1] = n / size;
  for (let i = size - 1; i >= n; i--) shares[i - 1] = (shares[i] * (i + 1 - n)) / i;
  return shares;
}
