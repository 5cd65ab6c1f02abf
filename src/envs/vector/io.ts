// How a vector reads actions and writes observations: one closure per space, which checks them and allocates nothing.
// A policy takes in the observations that it is asked about the same way.
import { RunError } from "../../errors.ts";
import {
  describeSpace,
  elementSize,
  encode,
  finiteBounds,
  flatSize,
  isArray,
  roundedBounds,
  type Box,
  type MultiBinary,
  type MultiDiscrete,
  type Space,
} from "../../spaces/index.ts";
import type { Action, Observation } from "../env.ts";
import type { OnClipped } from "../clipped.ts";

/**
 * Checks an observation and writes it, encoded, into row i of `out`; false (and a half-written row) if it is wrong.
 *
 * @param onClipped told of each component of a Box that lies a rounding beyond its bounds, and is written as the bound
 */
export function observationWriter(
  space: Space,
  out: Float32Array,
  onClipped?: OnClipped,
): (i: number, observation: Observation) => boolean {
  if (space.kind === "discrete") {
    const { n, start } = space;
    return (i, observation) => {
      if (typeof observation !== "number") return false;
      const index = observation - start;
      if (!(Number.isInteger(index) && index >= 0 && index < n)) return false;
      const row = i * n;
      for (let j = row; j < row + n; j++) out[j] = 0;
      out[row + index] = 1;
      return true;
    };
  }
  return space.kind === "box" ? boxWriter(space, out, onClipped) : choicesWriter(space, out);
}

/** Checks observations as {@link observationWriter} does, for those who use them as they are. */
export function observationCheck(space: Space): (observation: unknown) => boolean {
  const write = observationWriter(space, new Float32Array(flatSize(space)));
  return (observation) => write(0, observation as Observation);
}

/** Components as they are. What a network sees is finite, whatever the bounds. */
function boxWriter(
  space: Box,
  out: Float32Array,
  onClipped?: OnClipped,
): (i: number, observation: Observation) => boolean {
  const { low, high } = finiteBounds(space);
  const { low: lowest, high: highest } = roundedBounds(space);
  const length = low.length;
  return (i, observation) => {
    if (typeof observation !== "object" || observation === null || observation.length !== length) return false;
    if (!ArrayBuffer.isView(observation) && !Array.isArray(observation)) return false;
    const row = i * length;
    for (let j = 0; j < length; j++) {
      const given: unknown = observation[j];
      if (typeof given !== "number") return false;
      let value = Math.fround(given);
      if (!(value >= low[j] && value <= high[j])) {
        if (!(value >= lowest[j] && value <= highest[j])) return false;
        onClipped?.(i, j, given);
        value = value < low[j] ? low[j] : high[j];
      }
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
    if (!isArray(observation) || observation.length !== length) return false;
    for (let j = 0; j < length; j++) {
      const value = observation[j];
      const alternatives = space.kind === "multiBinary" ? 2 : space.counts[j];
      if (!Number.isInteger(value) || value < 0 || value >= alternatives) return false;
    }
    encode(space, observation, out, i * width);
    return true;
  };
}

/** Environment i's action: in a fresh array, or in one that is overwritten by the next call. */
type ActionReader = (actions: Int32Array | Float32Array, i: number, reuse: boolean) => Action;

/**
 * Reads environment i's action from those of a policy, [size, numbers per action], whole numbers in a Float32Array too:
 * an index of Discrete is shifted to the space's start, vectors of a Box are clipped to its bounds. Refuses an action
 * that `masks`, one row per environment, forbids.
 */
export function actionReader(space: Space, masks?: Uint8Array): ActionReader {
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

function boxReader({ low, high }: Box): ActionReader {
  const length = low.length;
  const reused = new Float32Array(length);
  return (actions, i, reuse) => {
    const clipped = reuse ? reused : new Float32Array(length);
    for (let j = 0; j < length; j++) {
      const value = actions[i * length + j];
      if (!(value - value === 0)) throw new RunError(`component ${j} of the action is ${value}; ${diverged}`);
      clipped[j] = value < low[j] ? low[j] : value > high[j] ? high[j] : value;
    }
    return clipped;
  };
}

function choicesReader(space: MultiDiscrete | MultiBinary, masks?: Uint8Array): ActionReader {
  const length = elementSize(space);
  const reused = new Int32Array(length);
  const width = flatSize(space);
  return (actions, i, reuse) => {
    const chosen = reuse ? reused : new Int32Array(length);
    let mask = i * width; // where the entries of component j begin
    for (let j = 0; j < length; j++) {
      const value = actions[i * length + j];
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
