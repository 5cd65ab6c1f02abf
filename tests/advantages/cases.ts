// Trajectories for the tests of advantages: made by hand, at random, and from the reference numbers.
import fc from "fast-check";
import { existsSync, readFileSync } from "node:fs";
import type { Trajectories } from "../../src/advantages/index.ts";

/** One environment, from plain lists. */
export function column(c: {
  rewards: number[];
  values: number[];
  nextValues: number[];
  terminated?: number[];
  truncated?: number[];
}): Trajectories {
  const steps = c.rewards.length;
  return {
    steps,
    environments: 1,
    rewards: Float64Array.from(c.rewards),
    values: Float64Array.from(c.values),
    nextValues: Float64Array.from(c.nextValues),
    terminated: Uint8Array.from(c.terminated ?? new Array<number>(steps).fill(0)),
    truncated: Uint8Array.from(c.truncated ?? new Array<number>(steps).fill(0)),
  };
}

const number = fc.double({ min: -10, max: 10, noNaN: true });

/**
 * Random trajectories: V(s_{t+1}) is the next step's V within an episode, and a value of its own where one ends. `ends:
 * false` leaves out terminations and truncations.
 */
export const trajectories = ({ ends = true } = {}): fc.Arbitrary<Trajectories> =>
  fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 4 })).chain(([steps, environments]) => {
    const size = steps * environments;
    const numbers = fc.array(number, { minLength: size, maxLength: size });
    const flags = fc.array(ends ? fc.constantFrom(0, 0, 0, 1) : fc.constant(0), { minLength: size, maxLength: size });
    return fc
      .tuple(numbers, numbers, numbers, flags, flags)
      .map(([rewards, values, finals, terminated, truncated]) => ({
        steps,
        environments,
        rewards: Float64Array.from(rewards),
        values: Float64Array.from(values),
        nextValues: Float64Array.from(finals, (final, k) =>
          terminated[k] || truncated[k] || k + environments >= size ? final : values[k + environments],
        ),
        terminated: Uint8Array.from(terminated),
        truncated: Uint8Array.from(truncated),
      }));
  });

export const gammas = fc.double({ min: 0.1, max: 1, noNaN: true });
export const lambdas = fc.double({ min: 0, max: 1, noNaN: true });

interface Golden {
  trajectories: Trajectories;
  cases: { gamma: number; lambda: number; advantages: Float64Array; returns: Float64Array }[];
}

/** The reference numbers (PyTorch, float64), or null where they are not on this machine. */
export function goldenEstimators(): Golden | null {
  const file = new URL("../../../shared/golden/losses.json", import.meta.url);
  if (!existsSync(file)) return null;
  type Table = number[][];
  const { estimators } = JSON.parse(readFileSync(file, "utf8")) as {
    estimators: Record<"rewards" | "values" | "terminated" | "truncated" | "next_values", Table> & {
      cases: { gamma: number; lambda: number; advantages: Table; returns: Table }[];
    };
  };
  const flat = (table: Table): Float64Array => Float64Array.from(table.flat());
  return {
    trajectories: {
      steps: estimators.rewards.length,
      environments: estimators.rewards[0].length,
      rewards: flat(estimators.rewards),
      values: flat(estimators.values),
      nextValues: flat(estimators.next_values),
      terminated: Uint8Array.from(estimators.terminated.flat()),
      truncated: Uint8Array.from(estimators.truncated.flat()),
    },
    cases: estimators.cases.map((c) => ({ ...c, advantages: flat(c.advantages), returns: flat(c.returns) })),
  };
}

/** The largest absolute difference; infinite when lengths differ or anything is NaN. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let k = 0; k < a.length; k++) {
    const difference = Math.abs(a[k] - b[k]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}
