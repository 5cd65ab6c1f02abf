// One description of a scene, built in our solver and in planck, a port of Box2D 2.3 to float64 by others.

import { Box, Edge, Polygon, RevoluteJoint, Vec2, type Body } from "planck";
import {
  loadPhysics,
  type BodyOptions,
  type JointOptions,
  type Surface,
  type World,
  type WorldOptions,
} from "../../src/physics/index.ts";
import { planckWorld } from "../envs/planck/world.ts";

type Point = readonly [number, number];

export interface Scene {
  gravity?: number;
  /** Each on a ground of its own. */
  ground?: readonly (({ edge: readonly [Point, Point] } | { block: readonly Point[] }) & Surface)[];
  bodies: readonly (BodyOptions & { velocity?: readonly [x: number, y: number, angular: number] })[];
  joints?: readonly JointOptions[];
}

export const physics = await loadPhysics();

/** The scene in our solver. */
export function build(scene: Scene, options: Partial<WorldOptions> = {}): World {
  const { ground = [], bodies, joints = [] } = scene;
  const world = physics.createWorld({
    gravityY: scene.gravity,
    bodies: bodies.length,
    joints: joints.length,
    grounds: ground.length,
    shapes: ground.length + bodies.length,
    ...options,
  });
  fill(world, scene);
  return world;
}

/** Adds all that is in the scene to an empty world. */
export function fill(world: World, { ground = [], bodies, joints = [] }: Scene): void {
  for (const part of ground) {
    const index = world.addGround();
    if ("edge" in part) world.addEdge(index, ...part.edge[0], ...part.edge[1], part);
    else world.addBlock(index, part.block, part);
  }
  for (const { velocity, ...options } of bodies) {
    const body = world.addBody(options);
    if (velocity) world.setVelocity(body, ...velocity);
  }
  for (const joint of joints) world.addJoint(joint);
}

export interface Twin {
  bodies: Body[];
  joints: RevoluteJoint[];
  step(dt: number, velocityIterations: number, positionIterations: number): void;
  castRay(x1: number, y1: number, x2: number, y2: number): number;
}

/** The scene in planck. */
export function buildPlanck({ gravity = -10, ground = [], bodies, joints = [] }: Scene): Twin {
  const world = planckWorld(gravity);
  const fixture = ({ friction = 0.2, restitution = 0, category = 1, mask = 0xffff }: Surface) => ({
    friction,
    restitution,
    filterCategoryBits: category,
    filterMaskBits: mask,
  });
  const vectors = (points: readonly Point[]): Vec2[] => points.map(([x, y]) => new Vec2(x, y));
  for (const part of ground) {
    const shape = "edge" in part ? new Edge(...(vectors(part.edge) as [Vec2, Vec2])) : new Polygon(vectors(part.block));
    world.createBody().createFixture({ shape, ...fixture(part) });
  }
  const made = bodies.map(({ x, y, angle = 0, shape, density = 1, velocity, ...surface }) => {
    const body = world.createDynamicBody({ position: { x, y }, angle });
    const polygon = "halfWidth" in shape ? new Box(shape.halfWidth, shape.halfHeight) : new Polygon(vectors(shape));
    body.createFixture({ shape: polygon, density, ...fixture(surface) });
    if (velocity) {
      body.setLinearVelocity(new Vec2(velocity[0], velocity[1]));
      body.setAngularVelocity(velocity[2]);
    }
    return body;
  });
  const hinges = joints.map(({ bodyA, bodyB, anchorA, anchorB, referenceAngle = 0, limits, motor }) => {
    const joint = new RevoluteJoint({
      bodyA: made[bodyA],
      bodyB: made[bodyB],
      localAnchorA: new Vec2(...anchorA),
      localAnchorB: new Vec2(...anchorB),
      referenceAngle,
      enableLimit: limits !== undefined,
      lowerAngle: limits?.[0] ?? 0,
      upperAngle: limits?.[1] ?? 0,
      enableMotor: motor !== undefined,
      motorSpeed: motor?.speed ?? 0,
      maxMotorTorque: motor?.maxTorque ?? 0,
    });
    return world.createJoint(joint)!;
  });
  return {
    bodies: made,
    joints: hinges,
    step: (dt, velocityIterations, positionIterations) => world.step(dt, velocityIterations, positionIterations),
    castRay(x1, y1, x2, y2) {
      let nearest = 1;
      world.rayCast(new Vec2(x1, y1), new Vec2(x2, y2), (hit, _point, _normal, fraction) => {
        if (!hit.getBody().isStatic()) return -1;
        nearest = fraction;
        return fraction;
      });
      return nearest;
    },
  };
}

/** Position, angle and velocities of all bodies. */
export const stateOf = (world: World, bodies: number): number[] =>
  Array.from({ length: bodies }, (_, i) => [
    world.x(i),
    world.y(i),
    world.angle(i),
    world.velocityX(i),
    world.velocityY(i),
    world.angularVelocity(i),
  ]).flat();

export const stateOfTwin = ({ bodies }: Twin): number[] =>
  bodies.flatMap((body) => {
    const [{ x, y }, velocity] = [body.getPosition(), body.getLinearVelocity()];
    return [x, y, body.getAngle(), velocity.x, velocity.y, body.getAngularVelocity()];
  });

export const furthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i])));

/** Gymnasium's step. */
export const tick = (world: Pick<World, "step">): void => world.step(1 / 50, 180, 60);
