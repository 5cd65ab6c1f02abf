// Spaces: the observations and actions that an environment has.
export { box, type Bound, type Box } from "./box.ts";
export { discrete, type Discrete } from "./discrete.ts";
export { multiBinary, type MultiBinary } from "./multi-binary.ts";
export { multiDiscrete, type MultiDiscrete } from "./multi-discrete.ts";
export {
  contains,
  describeNumber,
  describeSpace,
  elementSize,
  encode,
  flatSize,
  isNumberArray,
  maskSize,
  sameSpace,
  sample,
  type Space,
} from "./space.ts";
export { spaceFromJson, spaceToJson, type SpaceJson } from "./json.ts";
export { spaceProblem } from "./check.ts";
