// The memory of one world: a header, then its grounds, shapes, bodies, joints, contacts and scratch.
//
// Everything refers to everything by index, never by address, so the bytes of a world are its whole state: they can be
// kept, and put back into any world of the same size. (Addresses that a step needs are written anew by each step.)

import { maxVertices } from "./settings";

@unmanaged
export class World {
  gravityX: f32;
  gravityY: f32;
  /** 1 / dt of the last step, 0 before the first: impulses carried over are scaled by the ratio of the steps. */
  inverseStep: f32;
  groundCount: i32;
  shapeCount: i32;
  bodyCount: i32;
  jointCount: i32;
  contactCount: i32;
  /** A shape was added since pairs were last looked for. */
  newShapes: i32;
  /** A contact found no room: what follows is not to be trusted. */
  overflow: i32;
  /** Computes every iteration, also those known to change nothing: to check that they do not. */
  everyIteration: i32;
  groundCapacity: i32;
  shapeCapacity: i32;
  bodyCapacity: i32;
  jointCapacity: i32;
  contactCapacity: i32;
  // Where the arrays start, in bytes from here.
  shapes: u32;
  bodies: u32;
  joints: u32;
  contacts: u32;
  contactOrder: u32;
  islandBodies: u32;
  islandJoints: u32;
  islandContacts: u32;
  pairs: u32;
  scratch: u32;
  /** Position 0, rotation 0: the transform of the ground. */
  originX: f32;
  originY: f32;
  originSin: f32;
  originCos: f32;
}

/** A body that never moves, at the origin. Box2D advances its clock too, which shows in the order of impacts. */
@unmanaged
export class Ground {
  alpha0: f32;
  inIsland: i32;
}

/** An edge (two vertices) or a convex polygon with its normals. Vertices, then normals, follow it. */
@unmanaged
export class Shape {
  count: i32;
  centroidX: f32;
  centroidY: f32;
  /** The body it is of, or -1, and then the ground. */
  body: i32;
  ground: i32;
  friction: f32;
  restitution: f32;
  category: u32;
  mask: u32;
  /** Its bounding box with a margin: looked at again only when the shape leaves it. */
  lowerX: f32;
  lowerY: f32;
  upperX: f32;
  upperY: f32;
}

@unmanaged
export class Vector {
  x: f32;
  y: f32;
}

/** Position of the origin, and rotation. */
@unmanaged
export class Transform {
  x: f32;
  y: f32;
  sin: f32;
  cos: f32;
}

@unmanaged
export class Body {
  // The transform must stay first, so that a body can be read as one. All up to contactsBegun is read by
  // src/physics/world.ts, in this order.
  x: f32;
  y: f32;
  sin: f32;
  cos: f32;
  angle: f32;
  velocityX: f32;
  velocityY: f32;
  angularVelocity: f32;
  /** Of mass, in the world. */
  centerX: f32;
  centerY: f32;
  awake: i32;
  /** 1 after a contact began, 0 after one ended: Gymnasium's idea of touching the ground. */
  touching: i32;
  /** Contacts that began since the body was made. */
  contactsBegun: i32;
  // Where it was at the fraction alpha0 of the step.
  center0X: f32;
  center0Y: f32;
  angle0: f32;
  alpha0: f32;
  localCenterX: f32;
  localCenterY: f32;
  forceX: f32;
  forceY: f32;
  torque: f32;
  inverseMass: f32;
  inverseInertia: f32;
  sleepTime: f32;
  shape: i32;
  inIsland: i32;
  /** The angle that sin and cos are of, while positions are being solved. */
  rotation: f32;
  /** The shape left its box in this step. */
  boxMoved: i32;
  // The velocity when iterations were last compared.
  seenX: f32;
  seenY: f32;
  seenAngular: f32;
}

/** A revolute joint with a motor and limits (b2RevoluteJoint). */
@unmanaged
export class Joint {
  bodyA: i32;
  bodyB: i32;
  anchorAX: f32;
  anchorAY: f32;
  anchorBX: f32;
  anchorBY: f32;
  referenceAngle: f32;
  lowerAngle: f32;
  upperAngle: f32;
  maxMotorTorque: f32;
  motorSpeed: f32;
  limited: i32;
  motored: i32;
  limitState: i32;
  impulseX: f32;
  impulseY: f32;
  impulseZ: f32;
  motorImpulse: f32;
  inIsland: i32;
  // What one step's iterations share.
  a: usize;
  b: usize;
  rAX: f32;
  rAY: f32;
  rBX: f32;
  rBY: f32;
  // The symmetric mass matrix.
  m11: f32;
  m12: f32;
  m13: f32;
  m22: f32;
  m23: f32;
  m33: f32;
  /** The third column's cross product with the second, and the reciprocals of the determinants of 3 × 3 and 2 × 2. */
  crossX: f32;
  crossY: f32;
  crossZ: f32;
  determinant3: f32;
  determinant2: f32;
  motorMass: f32;
  maxMotorImpulse: f32;
  /** What the last iteration added to the impulses, and whether it found the limit pulling. */
  addedX: f32;
  addedY: f32;
  addedZ: f32;
  pulling: i32;
  seenMotor: f32;
}

/** A shape of the ground near a body. Two points follow it. */
@unmanaged
export class Contact {
  shape: i32;
  body: i32;
  friction: f32;
  restitution: f32;
  enabled: i32;
  touching: i32;
  inIsland: i32;
  // Continuous collision: how often it was sub-stepped, and a known time of impact.
  impactCount: i32;
  impactKnown: i32;
  impact: f32;
  // The manifold: a face of the ground (0) or of the body (1) as the reference, in that one's frame.
  faceOfBody: i32;
  localNormalX: f32;
  localNormalY: f32;
  localPointX: f32;
  localPointY: f32;
  pointCount: i32;
  // What one step's iterations share.
  b: usize;
  normalX: f32;
  normalY: f32;
  solvedPoints: i32;
  k11: f32;
  k12: f32;
  k22: f32;
  inverse11: f32;
  inverse12: f32;
  inverse22: f32;
}

@unmanaged
export class ContactPoint {
  /** In the frame of the incident shape. */
  localX: f32;
  localY: f32;
  /** Which features meet: impulses carry over to the next step between points of one key. */
  key: u32;
  normalImpulse: f32;
  tangentImpulse: f32;
  // Of one step.
  rX: f32;
  rY: f32;
  normalMass: f32;
  tangentMass: f32;
  velocityBias: f32;
  normal: f32;
  tangent: f32;
  seenNormal: f32;
  seenTangent: f32;
}

/** Bytes of a shape with its vertices and normals, of a contact with its points, of scratch. */
export const shapeSize: u32 = offsetof<Shape>() + 16 * <u32>maxVertices;
export const contactSize: u32 = offsetof<Contact>() + 2 * offsetof<ContactPoint>();
export const scratchSize: u32 = 512;

/** Where the ground is. */
@inline
export function originOf(world: World): Transform {
  return changetype<Transform>(changetype<usize>(world) + offsetof<World>("originX"));
}

@inline
export function groundAt(world: World, index: i32): Ground {
  return changetype<Ground>(changetype<usize>(world) + offsetof<World>() + <usize>index * offsetof<Ground>());
}

@inline
export function shapeAt(world: World, index: i32): Shape {
  return changetype<Shape>(changetype<usize>(world) + world.shapes + <usize>index * shapeSize);
}

@inline
export function vertexAt(shape: Shape, index: i32): Vector {
  return changetype<Vector>(changetype<usize>(shape) + offsetof<Shape>() + ((<usize>index) << 3));
}

@inline
export function normalAt(shape: Shape, index: i32): Vector {
  return vertexAt(shape, maxVertices + index);
}

@inline
export function vectorAt(vectors: usize, index: i32): Vector {
  return changetype<Vector>(vectors + ((<usize>index) << 3));
}

@inline
export function bodyAt(world: World, index: i32): Body {
  return changetype<Body>(changetype<usize>(world) + world.bodies + <usize>index * offsetof<Body>());
}

@inline
export function jointAt(world: World, index: i32): Joint {
  return changetype<Joint>(changetype<usize>(world) + world.joints + <usize>index * offsetof<Joint>());
}

@inline
export function contactAt(world: World, index: i32): Contact {
  return changetype<Contact>(changetype<usize>(world) + world.contacts + <usize>index * contactSize);
}

/** The contact made `age`-th of those there are: Box2D walks them from the newest to the oldest. */
@inline
export function contactByAge(world: World, age: i32): Contact {
  return contactAt(world, orderAt(world, age));
}

/** Contact slots: those of live contacts in the order of their making, then the free ones. */
@inline
export function orderAt(world: World, age: i32): i32 {
  return load<i32>(changetype<usize>(world) + world.contactOrder + ((<usize>age) << 2));
}

@inline
export function setOrder(world: World, age: i32, slot: i32): void {
  store<i32>(changetype<usize>(world) + world.contactOrder + ((<usize>age) << 2), slot);
}

@inline
export function pointAt(contact: Contact, index: i32): ContactPoint {
  return changetype<ContactPoint>(
    changetype<usize>(contact) + offsetof<Contact>() + <usize>index * offsetof<ContactPoint>(),
  );
}

/** Members of the island being solved, as indices. */
@inline
export function islandBody(world: World, index: i32): Body {
  return bodyAt(world, load<i32>(changetype<usize>(world) + world.islandBodies + ((<usize>index) << 2)));
}

@inline
export function islandJoint(world: World, index: i32): Joint {
  return jointAt(world, load<i32>(changetype<usize>(world) + world.islandJoints + ((<usize>index) << 2)));
}

@inline
export function islandContact(world: World, index: i32): Contact {
  return contactAt(world, load<i32>(changetype<usize>(world) + world.islandContacts + ((<usize>index) << 2)));
}

@inline
export function scratchOf(world: World): usize {
  return changetype<usize>(world) + world.scratch;
}
