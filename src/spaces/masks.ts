// Action masks: which choices of a Discrete or MultiDiscrete space are allowed.
import { describedValue } from "../text/values.ts";
import { isArray } from "./arrays.ts";
import { describeSpace, maskSize, type Space } from "./space.ts";

/**
 * What is allowed: `true`, or a number other than 0. `n` entries for a Discrete space, Σ counts for MultiDiscrete (one
 * component after the other), with at least one allowed choice in each component.
 */
export type ActionMask = ArrayLike<number | boolean>;

/**
 * Checks a mask and writes it, as zeros and ones, into row i of `masks`; false (and a half-written row) if it is wrong.
 */
export function maskWriter(space: Space, masks: Uint8Array): (i: number, mask: ActionMask) => boolean {
  const size = maskSize(space);
  const counts = countsOf(space);
  return (i, mask) => {
    if (!isArray(mask) || mask.length !== size) return false;
    const row = i * size;
    let at = 0;
    for (const count of counts) {
      let allowed = 0;
      for (const end = at + count; at < end; at++) {
        const entry = mask[at];
        if (!isEntry(entry)) return false;
        allowed |= masks[row + at] = entry ? 1 : 0;
      }
      if (allowed === 0) return false;
    }
    return true;
  };
}

/** What is wrong with a mask of the actions of `space`, as a sentence without its full stop; null if nothing is. */
export function maskProblem(space: Space, mask: unknown): string | null {
  if (!isArray(mask))
    return `the action mask is ${describedValue(mask)}, but must be an array of zeros and ones, or of booleans`;
  const size = maskSize(space);
  if (mask.length !== size)
    return `the action mask has ${mask.length} entries, but ${describeSpace(space)} takes ${size}`;
  for (let j = 0; j < size; j++) {
    if (isEntry(mask[j])) continue;
    return `entry ${j} of the action mask is ${describedValue(mask[j])}, but must be 0, 1, false or true`;
  }
  const counts = countsOf(space);
  let at = 0;
  for (const [i, count] of counts.entries()) {
    let allowed = false;
    for (const end = at + count; at < end; at++) allowed ||= Boolean(mask[at]);
    if (allowed) continue;
    return `the action mask forbids ${counts.length === 1 ? "every action" : `every choice of component ${i}`}`;
  }
  return null;
}

const countsOf = (space: Space): readonly number[] =>
  space.kind === "multiDiscrete" ? space.counts : [maskSize(space)];

const isEntry = (entry: unknown): boolean =>
  typeof entry === "number" ? !Number.isNaN(entry) : typeof entry === "boolean";
