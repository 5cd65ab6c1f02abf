// A rigid-body solver in two dimensions: what Gymnasium's LunarLander and BipedalWalker need of Box2D 2.3.
//
// Dynamic bodies of one convex polygon each, revolute joints between them, and a ground of edges and convex polygons
// that they collide with; islands, sleeping, continuous collision, rays. Algorithms: Catto, "Iterative Dynamics with
// Temporal Coherence" (2005) and the GDC talks on Box2D; the order of every sum and every list is Box2D's, so that
// float32 rounds as it does there. Nothing is global to the module: each world is a block of memory at the address that
// comes first.

import { Body, World } from "./layout";

export {
  addBlock,
  addBody,
  addEdge,
  addGround,
  addJoint,
  applyForce,
  applyImpulse,
  castRay,
  clearWorld,
  createWorld,
  setMotor,
  setPolygon,
  setVelocity,
  step,
  vertexBuffer,
  worldSize,
} from "./world";
export { rotation } from "./rotation";

/** Where bodies and joints stand in a world, and the bytes of one. */
export function bodiesOffset(world: World): u32 {
  return world.bodies;
}

export function bodySize(): u32 {
  return offsetof<Body>();
}

export function overflowOffset(): u32 {
  return offsetof<World>("overflow");
}
