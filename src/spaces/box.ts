// Box: vectors of float32 with a lower and an upper bound for each component (either may be infinite).
import { InputError } from "../errors.ts";
import { lengthOf, valueText } from "../text/values.ts";

/** A set of real vectors, component-wise between `low` and `high`. Values are flat (row-major), whatever the shape. */
export interface Box {
  /** Tells spaces apart. */
  readonly kind: "box";
  /** Extent of each dimension; `[]` is a single number stored as one component. */
  readonly shape: readonly number[];
  /** Smallest value of each component, flat, `-Infinity` if unbounded. */
  readonly low: Float32Array;
  /** Largest value of each component, flat, `Infinity` if unbounded. */
  readonly high: Float32Array;
  /** Type of the components. */
  readonly dtype: "float32";
}

/** Components of a Box at most: its two bounds alone are then 2 GiB. */
export const mostComponents = 1 << 28;

/** One bound for all components, or one for each. */
export type Bound = number | ArrayLike<number>;

/**
 * Makes a {@link Box}.
 *
 * @param low lower bound: one number for all components, or one per component (flat). Rounded to float32.
 * @param high upper bound, likewise; not below `low`.
 * @param shape extent of each dimension. Default: a vector as long as the bounds, so `box([-1, -2], [1, 2])` has shape
 *   `[2]`, and `box(-1, 1)` shape `[1]`.
 * @throws InputError on NaN bounds, `low > high`, an empty interval at infinity, a bad shape, or lengths that disagree
 *
 * @example box(-1, 1, [3]); box([-4.8, -Infinity], [4.8, Infinity])
 */
export function box(low: Bound, high: Bound, shape?: readonly number[]): Box {
  const extents = Object.freeze([...(shape ?? [Math.max(boundLength(low), boundLength(high))])]);
  const bad = extents.find((extent) => !Number.isSafeInteger(extent) || extent < 1);
  if (bad !== undefined) {
    throw new InputError(`Box: shape [${extents.join(", ")}] has ${bad}, but extents are whole numbers of at least 1`);
  }
  const size = extents.reduce((product, extent) => product * extent, 1);
  if (!(size <= mostComponents)) {
    throw new InputError(`Box: ${size} components are more than the ${mostComponents} that there may be`);
  }
  const lows = expandBound("low", low, size);
  const highs = expandBound("high", high, size);
  for (let i = 0; i < size; i++) {
    const [l, h] = [lows[i], highs[i]];
    if (Number.isNaN(l) || Number.isNaN(h)) throw new InputError(`Box: a bound of component ${i} is NaN`);
    if (l > h) throw new InputError(`Box: low ${l} is above high ${h} at component ${i}`);
    if (l === Infinity || h === -Infinity) {
      throw new InputError(`Box: component ${i} lies between ${l} and ${h}, which leaves no finite number`);
    }
  }
  return { kind: "box", shape: extents, low: lows, high: highs, dtype: "float32" };
}

const boundLength = (bound: Bound): number => (typeof bound === "number" ? 1 : (lengthOf(bound) ?? 1));

function expandBound(name: "low" | "high", bound: Bound, size: number): Float32Array {
  if (typeof bound === "number") return new Float32Array(size).fill(withoutSign(bound));
  if (lengthOf(bound) === undefined) {
    throw new InputError(`Box: ${name} is ${valueText(bound)}, but must be a number or an array of numbers`);
  }
  if (bound.length !== size) {
    throw new InputError(`Box: ${name} has ${bound.length} values, but the shape has ${size} components`);
  }
  const wrong = Array.isArray(bound) ? bound.findIndex((value) => typeof value !== "number") : -1;
  if (wrong >= 0) throw new InputError(`Box: ${name}[${wrong}] is ${valueText(bound[wrong])}, but must be a number`);
  return Float32Array.from(bound, withoutSign);
}

/** −0 as 0, after rounding to float32: spaces that are equal look equal. */
const withoutSign = (x: number): number => Math.fround(x) + 0;
