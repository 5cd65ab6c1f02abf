// How a vector reads actions and writes observations: one closure per space, checked in passing, nothing allocated.
import { RunError } from "../errors.ts";
import { describeSpace, type Space } from "../spaces/index.ts";
import type { Action, Observation } from "./env.ts";

/** Checks an observation and writes it, encoded, into row i of `out`; false (and a half-written row) where it is wrong. */
export function observationWriter(space: Space, out: Float32Array): (i: number, observation: Observation) => boolean {
  if (space.kind === "discrete") {
    const { n, start } = space;
    return (i, observation) => {
      const index = (observation as number) - start;
      if (typeof observation !== "number" || !(Number.isInteger(index) && index >= 0 && index < n)) return false;
      const row = i * n;
      for (let j = row; j < row + n; j++) out[j] = 0;
      out[row + index] = 1;
      return true;
    };
  }
  // Infinite bounds become the largest finite ones: what a network sees is finite.
  const low = space.low.map((bound) => Math.max(bound, -LARGEST_FLOAT32));
  const high = space.high.map((bound) => Math.min(bound, LARGEST_FLOAT32));
  const length = low.length;
  return (i, observation) => {
    if (typeof observation !== "object" || observation === null || observation.length !== length) return false;
    const row = i * length;
    for (let j = 0; j < length; j++) {
      const value = Math.fround(observation[j]);
      if (!(value >= low[j] && value <= high[j])) return false;
      out[row + j] = value;
    }
    return true;
  };
}

const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** Gives environment i its action out of a policy's: indices are shifted to the space's start, vectors clipped to its bounds. */
export function actionReader(space: Space): (actions: Int32Array | Float32Array, i: number) => Action {
  if (space.kind === "discrete") {
    const { n, start } = space;
    return (actions, i) => {
      const index = actions[i];
      if (!(index >= 0 && index < n)) throw new RunError(`the action is index ${index} of ${describeSpace(space)}`);
      return index + start;
    };
  }
  const { low, high } = space;
  const clipped = new Float32Array(low.length);
  return (actions, i) => {
    for (let j = 0; j < clipped.length; j++) {
      const value = actions[i * clipped.length + j];
      if (!(value - value === 0)) throw new RunError(`component ${j} of the action is ${value}`);
      clipped[j] = value < low[j] ? low[j] : value > high[j] ? high[j] : value;
    }
    return clipped;
  };
}
