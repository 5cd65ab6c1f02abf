// A world: its memory, its bodies and joints, and one step of it (b2World::Step).

import { updateContacts, findContacts, wake } from "./contacts";
import { solveImpacts } from "./continuous";
import { solveIslands } from "./islands";
import {
  Body,
  Ground,
  Joint,
  Transform,
  World,
  bodyAt,
  contactSize,
  groundAt,
  jointAt,
  scratchOf,
  scratchSize,
  setOrder,
  shapeAt,
  shapeSize,
} from "./layout";
import { followBox } from "./motion";
import { rotation } from "./rotation";
import { maxVertices } from "./settings";
import { boxOfBody, boxOfGround, rayToGround, setBox, setEdge, setHull, setMass } from "./shapes";

/** The bytes that a world of these capacities takes, a multiple of 8. */
export function worldSize(grounds: i32, shapes: i32, bodies: i32, joints: i32, contacts: i32): u32 {
  return (
    (offsetof<World>() +
      <u32>grounds * offsetof<Ground>() +
      <u32>shapes * shapeSize +
      <u32>bodies * (offsetof<Body>() + 4) +
      <u32>joints * (offsetof<Joint>() + 4) +
      <u32>contacts * (contactSize + 12) +
      scratchSize +
      7) &
    ~7
  );
}

/** An empty world at an address. */
export function createWorld(
  address: usize,
  grounds: i32,
  shapes: i32,
  bodies: i32,
  joints: i32,
  contacts: i32,
  gravityX: f32,
  gravityY: f32,
  everyIteration: i32,
): void {
  const world = changetype<World>(address);
  world.everyIteration = everyIteration;
  world.groundCapacity = grounds;
  world.shapeCapacity = shapes;
  world.bodyCapacity = bodies;
  world.jointCapacity = joints;
  world.contactCapacity = contacts;
  world.shapes = offsetof<World>() + <u32>grounds * offsetof<Ground>();
  world.bodies = world.shapes + <u32>shapes * shapeSize;
  world.joints = world.bodies + <u32>bodies * offsetof<Body>();
  world.contacts = world.joints + <u32>joints * offsetof<Joint>();
  world.contactOrder = world.contacts + <u32>contacts * contactSize;
  world.islandBodies = world.contactOrder + 4 * <u32>contacts;
  world.islandJoints = world.islandBodies + 4 * <u32>bodies;
  world.islandContacts = world.islandJoints + 4 * <u32>joints;
  world.pairs = world.islandContacts + 4 * <u32>contacts;
  world.scratch = world.pairs + 4 * <u32>contacts;
  clearWorld(world, gravityX, gravityY);
}

/** Takes everything out of the world. */
export function clearWorld(world: World, gravityX: f32, gravityY: f32): void {
  const start = changetype<usize>(world) + offsetof<World>();
  const size = worldSize(
    world.groundCapacity,
    world.shapeCapacity,
    world.bodyCapacity,
    world.jointCapacity,
    world.contactCapacity,
  );
  memory.fill(start, 0, size - offsetof<World>());
  world.gravityX = gravityX;
  world.gravityY = gravityY;
  world.inverseStep = 0;
  world.groundCount = 0;
  world.shapeCount = 0;
  world.bodyCount = 0;
  world.jointCount = 0;
  world.contactCount = 0;
  world.newShapes = 0;
  world.overflow = 0;
  world.originX = 0;
  world.originY = 0;
  world.originSin = 0;
  world.originCos = 1;
  for (let i = 0; i < world.contactCapacity; i++) setOrder(world, i, i);
}

/** A body of the ground, or -1 where there is no room. */
export function addGround(world: World): i32 {
  if (world.groundCount == world.groundCapacity) return -1;
  groundAt(world, world.groundCount).alpha0 = 0;
  return world.groundCount++;
}

function addShape(world: World, friction: f32, restitution: f32, category: u32, mask: u32): i32 {
  if (world.shapeCount == world.shapeCapacity) return -1;
  const shape = shapeAt(world, world.shapeCount);
  shape.body = -1;
  shape.friction = friction;
  shape.restitution = restitution;
  shape.category = category;
  shape.mask = mask;
  world.newShapes = 1;
  return world.shapeCount++;
}

/** An edge of the ground. Its index, or -1 where there is no room. */
export function addEdge(
  world: World,
  ground: i32,
  x1: f32,
  y1: f32,
  x2: f32,
  y2: f32,
  friction: f32,
  restitution: f32,
  category: u32,
  mask: u32,
): i32 {
  const index = addShape(world, friction, restitution, category, mask);
  if (index < 0) return -1;
  const shape = shapeAt(world, index);
  shape.ground = ground;
  setEdge(shape, x1, y1, x2, y2);
  boxOfGround(shape);
  return index;
}

/**
 * A convex polygon of the ground: the hull of `count` points in the vertex buffer. Its index, -1 or -2 as `setPolygon`.
 */
export function addBlock(
  world: World,
  ground: i32,
  count: i32,
  friction: f32,
  restitution: f32,
  category: u32,
  mask: u32,
): i32 {
  const index = addShape(world, friction, restitution, category, mask);
  if (index < 0) return -1;
  const shape = shapeAt(world, index);
  shape.ground = ground;
  if (setHull(shape, scratchOf(world), count, maxVertices) < 3) {
    world.shapeCount--;
    return -2;
  }
  boxOfGround(shape);
  return index;
}

/** Where float32 pairs are written for `setPolygon` and `addBlock` to read: at most 64. */
export function vertexBuffer(world: World): usize {
  return scratchOf(world);
}

/** A body without a shape, with mass 1. Its index, or -1 where there is no room. */
export function addBody(world: World, x: f32, y: f32, angle: f32): i32 {
  if (world.bodyCount == world.bodyCapacity) return -1;
  const body = bodyAt(world, world.bodyCount);
  body.x = body.centerX = body.center0X = x;
  body.y = body.centerY = body.center0Y = y;
  body.angle = body.angle0 = body.rotation = angle;
  rotation(angle, changetype<usize>(body) + offsetof<Body>("sin"));
  body.awake = 1;
  body.inverseMass = 1;
  body.shape = -1;
  return world.bodyCount++;
}

/**
 * The shape of a body, and its mass: the hull of `count` points in the vertex buffer, or, of 0, a box of two half
 * sizes. Its index, -1 where there is no room, -2 where the points have no convex hull of 3 to 8 corners.
 */
export function setPolygon(
  world: World,
  index: i32,
  count: i32,
  halfWidth: f32,
  halfHeight: f32,
  density: f32,
  friction: f32,
  restitution: f32,
  category: u32,
  mask: u32,
): i32 {
  const shapeIndex = addShape(world, friction, restitution, category, mask);
  if (shapeIndex < 0) return -1;
  const body = bodyAt(world, index);
  const shape = shapeAt(world, shapeIndex);
  if (count == 0) setBox(shape, halfWidth, halfHeight);
  else if (setHull(shape, scratchOf(world), count, maxVertices) < 3) {
    world.shapeCount--;
    return -2;
  }
  shape.body = index;
  body.shape = shapeIndex;
  boxOfBody(shape, changetype<Transform>(changetype<usize>(body)));
  if (density > 0) setMass(body, shape, density);
  return shapeIndex;
}

/** Other velocities; a moving body is awake. */
export function setVelocity(world: World, index: i32, x: f32, y: f32, angular: f32): void {
  const body = bodyAt(world, index);
  if (x * x + y * y > 0 || angular * angular > 0) wake(body);
  body.velocityX = x;
  body.velocityY = y;
  body.angularVelocity = angular;
}

/** Connects two bodies at a point of each. The joint's index, or -1 where there is no room. */
export function addJoint(
  world: World,
  bodyA: i32,
  bodyB: i32,
  anchorAX: f32,
  anchorAY: f32,
  anchorBX: f32,
  anchorBY: f32,
  referenceAngle: f32,
  limited: i32,
  lowerAngle: f32,
  upperAngle: f32,
  motored: i32,
  motorSpeed: f32,
  maxMotorTorque: f32,
): i32 {
  if (world.jointCount == world.jointCapacity) return -1;
  const joint = jointAt(world, world.jointCount);
  joint.bodyA = bodyA;
  joint.bodyB = bodyB;
  joint.anchorAX = anchorAX;
  joint.anchorAY = anchorAY;
  joint.anchorBX = anchorBX;
  joint.anchorBY = anchorBY;
  joint.referenceAngle = referenceAngle;
  joint.limited = limited;
  joint.lowerAngle = lowerAngle;
  joint.upperAngle = upperAngle;
  joint.motored = motored;
  joint.motorSpeed = motorSpeed;
  joint.maxMotorTorque = maxMotorTorque;
  return world.jointCount++;
}

/** Another speed and torque of a joint's motor; wakes both bodies. */
export function setMotor(world: World, index: i32, motorSpeed: f32, maxMotorTorque: f32): void {
  const joint = jointAt(world, index);
  wake(bodyAt(world, joint.bodyA));
  wake(bodyAt(world, joint.bodyB));
  joint.motorSpeed = motorSpeed;
  joint.maxMotorTorque = maxMotorTorque;
}

/** A force at the centre of mass and a torque, until the end of the next step; they wake the body. */
export function applyForce(world: World, index: i32, x: f32, y: f32, torque: f32): void {
  const body = bodyAt(world, index);
  wake(body);
  body.forceX += x;
  body.forceY += y;
  body.torque += torque;
}

/** An impulse at a point of the world; it wakes the body. */
export function applyImpulse(world: World, index: i32, x: f32, y: f32, pointX: f32, pointY: f32): void {
  const body = bodyAt(world, index);
  wake(body);
  body.velocityX += body.inverseMass * x;
  body.velocityY += body.inverseMass * y;
  body.angularVelocity += body.inverseInertia * ((pointX - body.centerX) * y - (pointY - body.centerY) * x);
}

/** One step of `dt` seconds. */
export function step(world: World, dt: f32, velocityIterations: i32, positionIterations: i32): void {
  if (world.newShapes) findContacts(world);
  updateContacts(world);
  solveIslands(world, dt, velocityIterations, positionIterations);
  const room = changetype<Transform>(scratchOf(world));
  for (let i = world.bodyCount - 1; i >= 0; i--) {
    const body = bodyAt(world, i);
    if (body.inIsland) followBox(world, body, room);
  }
  findContacts(world);
  solveImpacts(world, dt, velocityIterations);
  world.inverseStep = <f32>1 / dt;
  for (let i = 0; i < world.bodyCount; i++) {
    const body = bodyAt(world, i);
    body.forceX = 0;
    body.forceY = 0;
    body.torque = 0;
  }
}

/** The fraction of the way from p1 to p2 at which it first meets ground of a category in `mask`, or 1. */
export function castRay(world: World, x1: f32, y1: f32, x2: f32, y2: f32, mask: u32): f32 {
  const left = min(x1, x2);
  const right = max(x1, x2);
  let nearest: f32 = 1;
  for (let i = 0; i < world.shapeCount; i++) {
    const shape = shapeAt(world, i);
    if (shape.upperX < left || shape.lowerX > right) continue;
    if (shape.body >= 0 || !(shape.category & mask)) continue;
    const t = rayToGround(shape, x1, y1, x2, y2, nearest);
    if (t >= 0) nearest = t;
  }
  return nearest;
}
