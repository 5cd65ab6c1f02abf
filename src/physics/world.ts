// Worlds of rigid bodies in two dimensions: what LunarLander and BipedalWalker need of Box2D 2.3, with its bits.
//
// The solver is kernels/physics; this is its interface. Bodies, joints and grounds are numbered in the order in which
// they are added, and are only removed all at once.

import { InputError, RunError } from "../errors.ts";
import { loadSolver, reserve } from "./solver-module.ts";

/** A world's gravity (m/s²), and how many of each part it has room for. */
export interface WorldOptions {
  /** Default 0. */
  gravityX?: number;
  /** Default −10. */
  gravityY?: number;
  bodies: number;
  joints?: number;
  grounds?: number;
  /** Edges and blocks of all grounds, and one for each body. */
  shapes: number;
  /** Pairs of a body and a shape of the ground whose bounding boxes overlap. Default 16 per body. */
  contacts?: number;
  /** Compute even iterations that are known to change nothing, to test that. Several times slower. */
  everyIteration?: boolean;
}

/** How a shape slides and bounces, and which shapes it collides with: each one's mask has a bit of the other's category. */
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

/** A hinge: a point of each body, in its frame, that is at the same place in the world. */
export interface JointOptions {
  bodyA: number;
  bodyB: number;
  anchorA: Point;
  anchorB: Point;
  /** The difference of angles (B minus A) that counts as 0. Default 0. */
  referenceAngle?: number;
  /** The smallest and largest angle. Default none. */
  limits?: Point;
  /** Speed at which a motor turns B relative to A, and its largest torque. Default none. */
  motor?: { speed: number; maxTorque: number };
}

/** A world. Its numbers are float32, as in Box2D; the same calls give the same bits on every machine. */
export interface World {
  /** Removes everything; forces, impulses and clocks begin anew. */
  clear(gravityX?: number, gravityY?: number): void;
  /** Adds a part of the ground, which shapes are then added to. */
  addGround(): number;
  /** An edge of the ground. */
  addEdge(ground: number, x1: number, y1: number, x2: number, y2: number, surface?: Surface): void;
  /** A convex polygon of the ground: the hull of its corners. */
  addBlock(ground: number, corners: readonly Point[], surface?: Surface): void;
  /** Adds a body, and returns its number. */
  addBody(options: BodyOptions): number;
  /** Adds a joint, and returns its number. */
  addJoint(options: JointOptions): number;
  /** Changes the speed and torque of a joint's motor. Wakes its bodies. */
  setMotor(joint: number, speed: number, maxTorque: number): void;
  /** Sets the velocity of the centre of mass, and the angular velocity. */
  setVelocity(body: number, x: number, y: number, angular: number): void;
  /** A force at the centre of mass, and a torque, for the next step. Wakes the body. */
  applyForce(body: number, x: number, y: number, torque?: number): void;
  /** An impulse at a point of the world: changes velocities at once. Wakes the body. */
  applyImpulse(body: number, x: number, y: number, pointX: number, pointY: number): void;
  /**
   * Advances by `dt` seconds. The result is that of the given numbers of iterations; those that are known to change
   * nothing are not computed.
   *
   * @throws RunError if bodies came near more shapes than there is room for contacts
   */
  step(dt: number, velocityIterations: number, positionIterations: number): void;
  /**
   * The fraction of the way from point 1 to point 2 at which it hits ground of a category in `mask`; 1 if it does not
   * hit any.
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
   * Whether its last contact event was the beginning of a contact: false once it leaves any piece of ground, even if it
   * still touches others.
   */
  touching(body: number): boolean;
  /** How many contacts have begun. */
  contactsBegun(body: number): number;

  /** The complete state, for a world of the same options. */
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
/** How many corners a polygon may be given by; its hull has at most 8. */
const maxPoints = 64;

/** The loaded solver, which makes worlds. */
export interface Physics {
  /** An empty world. Its memory is freed with the last reference to it. */
  createWorld(options: WorldOptions): World;
}

/** Compiles the solver in the first call. Throws if there is no WebAssembly. */
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
    /** Sets the velocity of the centre of mass, and the angular velocity. */
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
