// Rigid bodies in two dimensions.

export {
  createWorld,
  type BodyOptions,
  type JointOptions,
  type Surface,
  type World,
  type WorldOptions,
} from "./world.ts";
