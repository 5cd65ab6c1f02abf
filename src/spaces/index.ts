// Spaces: the observations and actions that an environment has.
export { isArray } from "./arrays.ts";
export { box, mostComponents, type Bound, type Box } from "./box.ts";
export { discrete, type Discrete } from "./discrete.ts";
export { maskProblem, maskWriter, type ActionMask } from "./masks.ts";
export { multiBinary, type MultiBinary } from "./multi-binary.ts";
export { multiDiscrete, type MultiDiscrete } from "./multi-discrete.ts";
export {
  contains,
  describeNumber,
  describeSpace,
  elementSize,
  encode,
  flatSize,
  maskSize,
  sameSpace,
  type Space,
} from "./space.ts";
export { finiteBounds, roundedBounds } from "./rounding.ts";
export { sample } from "./sample.ts";
export { spaceFromJson, spaceToJson, type SpaceJson } from "./json.ts";
export { spaceProblem } from "./check.ts";
