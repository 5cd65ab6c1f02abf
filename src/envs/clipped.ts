// Observations that lie a rounding beyond a bound of their Box, as a sum of float64 numbers may: they are clipped to it,
// counted, and told of once.
import { describeNumber, type Space } from "../spaces/index.ts";

/** Told of component j of row i, which was `value`. */
export type OnClipped = (i: number, j: number, value: number) => void;

/** How many components were clipped, and the first of them. */
export interface Clipped {
  count: number;
  /** Of the observation, and what it was; 0 before there is one. */
  component: number;
  value: number;
}

/** None so far. */
export const createClipped = (): Clipped => ({ count: 0, component: 0, value: 0 });

/** Counts one. */
export function countClipped(clipped: Clipped, component: number, value: number): void {
  if (clipped.count++ === 0) Object.assign(clipped, { component, value });
}

/** What to tell of them; undefined if there were none. */
export function clippedWarning(space: Space, all: readonly Readonly<Clipped>[]): string | undefined {
  const first = all.find(({ count }) => count > 0);
  if (!first || space.kind !== "box") return undefined;
  const { component: j, value } = first;
  const bounds = `${describeNumber(space.low[j])}..${describeNumber(space.high[j])}`;
  const count = all.reduce((sum, { count }) => sum + count, 0);
  const times = count === 1 ? "once" : `${count} times`;
  return (
    `component ${j} of the observations was ${value}, a rounding beyond its bounds ${bounds}, and such numbers are clipped ` +
    `(so far ${times}): clip them in the environment, or widen its Box`
  );
}
