// Spaces: which observations and actions an environment has.
export { box, type Bound, type Box } from "./box.ts";
export { discrete, type Discrete } from "./discrete.ts";
export {
  contains,
  describeNumber,
  describeSpace,
  encode,
  flatSize,
  isNumberArray,
  sameSpace,
  sample,
  type Space,
} from "./space.ts";
export { spaceFromJson, spaceToJson, type SpaceJson } from "./json.ts";
export { spaceProblem } from "./check.ts";
