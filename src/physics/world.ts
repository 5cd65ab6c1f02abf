// Worlds of rigid bodies in two dimensions: what LunarLander and BipedalWalker need of Box2D 2.3, with its bits.
//
// The solver is kernels/physics; this is the door to it. Bodies, joints and grounds are numbered in the order in which
// they are added; there is no taking away but of all.

import { InputError, RunError } from "../errors.ts";
import { loadSolver, reserve } from "./solver-module.ts";

/** A world's gravity (m/s²), and the most of each that it can hold. */
export interface WorldOptions {
  /** Default (0, −10). */
  gravityX?: number;
  gravityY?: number;
  bodies: number;
  joints?: number;
  grounds?: number;
  /** Edges and blocks of all grounds, and one for each body. */
  shapes: number;
  /** Pairs of a body and a shape of the ground whose bounding boxes overlap. Default 16 a body. */
  contacts?: number;
  /** Compute all iterations, also those that are known to change nothing: to check that. Several times slower. */
  everyIteration?: boolean;
}

/** How a shape slides and bounces, and what it meets: shapes each of whose mask has a bit of the other's category. */
export interface Surface {
  /** Default 0.2. */
  friction?: number;
  /** 0 … 1, default 0. */
  restitution?: number;
  /** Default 1. */
  category?: number;
  /** Default all 16 bits. */
  mask?: number;
}

type Point = readonly [x: number, y: number];

/** A moving body of one convex polygon. */
export interface BodyOptions extends Surface {
  x: number;
  y: number;
  /** Default 0. */
  angle?: number;
  /** 3 to 8 corners of its hull around its origin, in any order; or half the width and height of a box. */
  shape: readonly Point[] | { halfWidth: number; halfHeight: number };
  /** kg/m². Default 1. */
  density?: number;
}

/** A hinge: one point of each body, in its frame, is the same in the world. */
export interface JointOptions {
  bodyA: number;
  bodyB: number;
  anchorA: Point;
  anchorB: Point;
  /** The difference of angles (B less A) that counts as 0. Default 0. */
  referenceAngle?: number;
  /** The least and greatest angle. Default none. */
  limits?: Point;
  /** Speed that a motor turns B against A with, and its greatest torque. Default none. */
  motor?: { speed: number; maxTorque: number };
}

/** A world. Its numbers are float32, as Box2D's; the same calls give the same bits on every machine. */
export interface World {
  /** Takes everything out; forces, impulses and clocks begin anew. */
  clear(gravityX?: number, gravityY?: number): void;
  /** A part of the ground, for its shapes to be added to. */
  addGround(): number;
  /** An edge of the ground. */
  addEdge(ground: number, x1: number, y1: number, x2: number, y2: number, surface?: Surface): void;
  /** A convex polygon of the ground: the hull of its corners. */
  addBlock(ground: number, corners: readonly Point[], surface?: Surface): void;
  addBody(options: BodyOptions): number;
  addJoint(options: JointOptions): number;
  /** Other speed and torque of a joint's motor. Wakes its bodies. */
  setMotor(joint: number, speed: number, maxTorque: number): void;
  setVelocity(body: number, x: number, y: number, angular: number): void;
  /** A force at the centre of mass, and a torque, for the next step. Wakes the body. */
  applyForce(body: number, x: number, y: number, torque?: number): void;
  /** An impulse at a point of the world: changes velocities at once. Wakes the body. */
  applyImpulse(body: number, x: number, y: number, pointX: number, pointY: number): void;
  /**
   * Goes on by `dt` seconds. {@link RunError} where bodies came near more shapes than there is room for contacts.
   * Iterations are as many as given in effect: those that are known to change nothing are not computed.
   */
  step(dt: number, velocityIterations: number, positionIterations: number): void;
  /**
   * The fraction of the way from point 1 to point 2 at which it meets ground of a category in `mask`; 1 where it does
   * not.
   */
  castRay(x1: number, y1: number, x2: number, y2: number, mask: number): number;

  /** The body's origin. */
  x(body: number): number;
  y(body: number): number;
  /** In radians, counter-clockwise, not wrapped. */
  angle(body: number): number;
  /** Of the centre of mass. */
  velocityX(body: number): number;
  velocityY(body: number): number;
  angularVelocity(body: number): number;
  /** False once it has been at rest for half a second, until something touches or moves it. */
  awake(body: number): boolean;
  /**
   * Whether its last contact event was a beginning: false once it leaves any piece of ground, even with others under
   * it.
   */
  touching(body: number): boolean;
  /** How many contacts began. */
  contactsBegun(body: number): number;

  /** The whole state, for a world of the same options. */
  save(): Uint8Array;
  restore(saved: Uint8Array): void;
}

/** Where a body's numbers stand, in words: the beginning of Body in kernels/physics/layout.ts. */
const field = {
  x: 0,
  y: 1,
  angle: 4,
  velocityX: 5,
  velocityY: 6,
  angularVelocity: 7,
  awake: 10,
  touching: 11,
  begun: 12,
};

const allBits = 0xffff;
/** Corners that may be given for a polygon; its hull has at most 8. */
const maxPoints = 64;

/** What makes worlds, once it is there. */
export interface Physics {
  /** An empty world. Its memory is given back once it is forgotten. */
  createWorld(options: WorldOptions): World;
}

/** Compiles the solver, at the first call. Throws where there is no WebAssembly. */
export async function loadPhysics(): Promise<Physics> {
  const module = await loadSolver();
  return { createWorld: (options) => createWorld(module, options) };
}

function createWorld(module: WebAssembly.Module, options: WorldOptions): World {
  const { bodies, joints = 0, grounds = 1, shapes, contacts = 16 * bodies } = options;
  const capacities = [grounds, shapes, bodies, joints, contacts] as const;
  const place = reserve(module, (solver) => solver.worldSize(...capacities));
  const { solver, buffer, address } = place;
  const size = solver.worldSize(...capacities);
  const gravity = { x: options.gravityX ?? 0, y: options.gravityY ?? -10 };
  solver.createWorld(address, ...capacities, gravity.x, gravity.y, options.everyIteration ? 1 : 0);

  const floats = new Float32Array(buffer);
  const words = new Int32Array(buffer);
  const first = (address + solver.bodiesOffset(address)) / 4;
  const stride = solver.bodySize() / 4;
  const overflow = (address + solver.overflowOffset()) / 4;
  const vertices = solver.vertexBuffer(address) / 4;

  const writePoints = (points: readonly Point[]): number => {
    if (points.length < 3 || points.length > maxPoints) {
      throw new InputError(`a polygon has ${points.length} points, but must have 3 to ${maxPoints}`);
    }
    points.forEach(([x, y], i) => floats.set([x, y], vertices + 2 * i));
    return points.length;
  };
  /** An index, unless there was no room. */
  const added = (index: number, what: string, capacity: number): number => {
    if (index === -2) throw new InputError("a polygon needs an area, and a hull of at most 8 corners");
    if (index < 0) throw new RunError(`the world has no room for more than ${capacity} ${what}`);
    return index;
  };

  return {
    clear(gravityX = gravity.x, gravityY = gravity.y) {
      solver.clearWorld(address, gravityX, gravityY);
    },
    addGround: () => added(solver.addGround(address), "grounds", grounds),
    addEdge(ground, x1, y1, x2, y2, { friction = 0.2, restitution = 0, category = 1, mask = allBits } = {}) {
      added(solver.addEdge(address, ground, x1, y1, x2, y2, friction, restitution, category, mask), "shapes", shapes);
    },
    addBlock(ground, corners, { friction = 0.2, restitution = 0, category = 1, mask = allBits } = {}) {
      const count = writePoints(corners);
      added(solver.addBlock(address, ground, count, friction, restitution, category, mask), "shapes", shapes);
    },
    addBody({ x, y, angle = 0, shape, density = 1, ...surface }) {
      const { friction = 0.2, restitution = 0, category = 1, mask = allBits } = surface;
      const body = added(solver.addBody(address, x, y, angle), "bodies", bodies);
      const { halfWidth, halfHeight } = "halfWidth" in shape ? shape : { halfWidth: 0, halfHeight: 0 };
      const count = "halfWidth" in shape ? 0 : writePoints(shape);
      const about = [density, friction, restitution, category, mask] as const;
      added(solver.setPolygon(address, body, count, halfWidth, halfHeight, ...about), "shapes", shapes);
      return body;
    },
    addJoint({ bodyA, bodyB, anchorA, anchorB, referenceAngle = 0, limits, motor }) {
      const [lower, upper] = limits ?? [0, 0];
      const { speed, maxTorque } = motor ?? { speed: 0, maxTorque: 0 };
      const joint = solver.addJoint(
        address,
        bodyA,
        bodyB,
        ...anchorA,
        ...anchorB,
        referenceAngle,
        limits ? 1 : 0,
        lower,
        upper,
        motor ? 1 : 0,
        speed,
        maxTorque,
      );
      return added(joint, "joints", joints);
    },
    setMotor(joint, speed, maxTorque) {
      solver.setMotor(address, joint, speed, maxTorque);
    },
    setVelocity(body, x, y, angular) {
      solver.setVelocity(address, body, x, y, angular);
    },
    applyForce(body, x, y, torque = 0) {
      solver.applyForce(address, body, x, y, torque);
    },
    applyImpulse(body, x, y, pointX, pointY) {
      solver.applyImpulse(address, body, x, y, pointX, pointY);
    },
    step(dt, velocityIterations, positionIterations) {
      solver.step(address, dt, velocityIterations, positionIterations);
      if (words[overflow] !== 0) throw new RunError(`the world has no room for more than ${contacts} contacts`);
    },
    castRay: (x1, y1, x2, y2, mask) => solver.castRay(address, x1, y1, x2, y2, mask),

    x: (body) => floats[first + body * stride + field.x],
    y: (body) => floats[first + body * stride + field.y],
    angle: (body) => floats[first + body * stride + field.angle],
    velocityX: (body) => floats[first + body * stride + field.velocityX],
    velocityY: (body) => floats[first + body * stride + field.velocityY],
    angularVelocity: (body) => floats[first + body * stride + field.angularVelocity],
    awake: (body) => words[first + body * stride + field.awake] !== 0,
    touching: (body) => words[first + body * stride + field.touching] !== 0,
    contactsBegun: (body) => words[first + body * stride + field.begun],

    save: () => new Uint8Array(buffer, address, size).slice(),
    restore(saved) {
      if (saved.length !== size) throw new InputError("not a state of a world of these options");
      new Uint8Array(buffer, address, size).set(saved);
    },
  };
}
