// Rigid bodies in two dimensions.

export {
  loadPhysics,
  type BodyOptions,
  type JointOptions,
  type Physics,
  type Surface,
  type World,
  type WorldOptions,
} from "./world.ts";
