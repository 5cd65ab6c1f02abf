// How a vector reads actions and writes observations: one closure per space, which checks them and allocates nothing.
import { RunError } from "../../errors.ts";
import {
  describeSpace,
  elementSize,
  encode,
  flatSize,
  maskSize,
  type Box,
  type MultiBinary,
  type MultiDiscrete,
  type Space,
} from "../../spaces/index.ts";
import type { Action, Observation } from "../env.ts";

/**
 * Checks an observation and writes it, encoded, into row i of `out`; false (and a half-written row) if it is wrong.
 */
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
  if (space.kind === "box") return boxWriter(space, out);
  return choicesWriter(space, out);
}

/** Components as they are. */
function boxWriter(space: Box, out: Float32Array): (i: number, observation: Observation) => boolean {
  // Infinite bounds become the largest finite ones: what a network sees is finite.
  const low = space.low.map((bound) => Math.max(bound, -largestFloat32));
  const high = space.high.map((bound) => Math.min(bound, largestFloat32));
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

/** MultiDiscrete as one one-hot after the other; MultiBinary as it is. */
function choicesWriter(
  space: MultiDiscrete | MultiBinary,
  out: Float32Array,
): (i: number, observation: Observation) => boolean {
  const length = elementSize(space);
  const width = flatSize(space);
  return (i, observation) => {
    if (typeof observation !== "object" || observation === null || observation.length !== length) return false;
    for (let j = 0; j < length; j++) {
      const value: unknown = observation[j];
      const alternatives = space.kind === "multiBinary" ? 2 : space.counts[j];
      if (!Number.isInteger(value) || (value as number) < 0 || (value as number) >= alternatives) return false;
    }
    encode(space, observation, out, i * width);
    return true;
  };
}

const largestFloat32 = 3.4028234663852886e38;

/**
 * Reads environment i's action from those of a policy, [size, numbers per action], whole numbers in a Float32Array too:
 * an index of Discrete is shifted to the space's start, vectors of a Box are clipped to its bounds. Refuses an action
 * that `masks`, one row per environment, forbids.
 */
export function actionReader(
  space: Space,
  masks?: Uint8Array,
): (actions: Int32Array | Float32Array, i: number) => Action {
  switch (space.kind) {
    case "discrete":
      return (actions, i) => {
        const index = actions[i];
        if (!(Number.isInteger(index) && index >= 0 && index < space.n)) {
          throw new RunError(`the action is index ${index} of ${describeSpace(space)}`);
        }
        if (masks?.[i * space.n + index] === 0) throw new RunError(`the action mask forbids the action ${index}`);
        return index + space.start;
      };
    case "box":
      return boxReader(space);
    case "multiDiscrete":
    case "multiBinary":
      return choicesReader(space, masks);
  }
}

/** A Gaussian yields finite numbers as long as its mean and log σ are of reasonable size. */
const diverged = "the policy has diverged: a lower learning rate or entropy coefficient may help";

function boxReader({ low, high }: Box): (actions: Int32Array | Float32Array, i: number) => Action {
  const clipped = new Float32Array(low.length);
  return (actions, i) => {
    for (let j = 0; j < clipped.length; j++) {
      const value = actions[i * clipped.length + j];
      if (!(value - value === 0)) throw new RunError(`component ${j} of the action is ${value}; ${diverged}`);
      clipped[j] = value < low[j] ? low[j] : value > high[j] ? high[j] : value;
    }
    return clipped;
  };
}

function choicesReader(
  space: MultiDiscrete | MultiBinary,
  masks?: Uint8Array,
): (actions: Int32Array | Float32Array, i: number) => Action {
  const chosen = new Int32Array(elementSize(space));
  const width = flatSize(space);
  return (actions, i) => {
    let mask = i * width; // where the entries of component j begin
    for (let j = 0; j < chosen.length; j++) {
      const value = actions[i * chosen.length + j];
      const alternatives = space.kind === "multiBinary" ? 2 : space.counts[j];
      if (!(Number.isInteger(value) && value >= 0 && value < alternatives)) {
        throw new RunError(`component ${j} of the action is ${value}, in ${describeSpace(space)}`);
      }
      if (masks?.[mask + value] === 0) throw new RunError(`the action mask forbids ${value} as component ${j}`);
      mask += alternatives;
      chosen[j] = value;
    }
    return chosen;
  };
}

/** Writes the current mask of environment i into row i of `masks`, as zeros and ones; false if the mask is wrong. */
export function maskWriter(space: Space, masks: Uint8Array): (i: number, mask: ArrayLike<number>) => boolean {
  const size = maskSize(space);
  const counts = space.kind === "multiDiscrete" ? space.counts : [size];
  return (i, mask) => {
    if (typeof mask !== "object" || mask === null || mask.length !== size) return false;
    const row = i * size;
    let at = 0;
    for (const count of counts) {
      let allowed = 0;
      for (const end = at + count; at < end; at++) {
        if (Number.isNaN(mask[at])) return false;
        allowed |= masks[row + at] = mask[at] ? 1 : 0;
      }
      if (allowed === 0) return false;
    }
    return true;
  };
}
