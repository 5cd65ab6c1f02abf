// BipedalWalker's bodies in our own solver, in float32 as Gymnasium's.
import type { BodyOptions, Physics } from "../../../physics/index.ts";
import { HIP_Y, HULL, LEG_HEIGHT, LEG_WIDTH, START_X, TERRAIN_STEP, type WalkerPhysics } from "./walker-physics.ts";

const GROUND_BITS = 0x0001;
const WALKER = { category: 0x0020, mask: GROUND_BITS };
const GROUND = { friction: 2.5 };

const HULL_BODY = 0;
const FEET = [2, 4] as const;

const EDGES = 199;
/** Obstacles have at most 2 blocks in 10 corners. */
const BLOCKS = 64;

/** The physics of one BipedalWalker. */
export function solverWalker(physics: Physics): WalkerPhysics {
  const grounds = EDGES + BLOCKS;
  const world = physics.createWorld({ bodies: 5, joints: 4, grounds, shapes: grounds + 5, contacts: 128 });

  const leg = (width: number, y: number, angle: number): number => {
    const shape: BodyOptions["shape"] = { halfWidth: width / 2, halfHeight: LEG_HEIGHT / 2 };
    return world.addBody({ x: START_X, y, angle, shape, ...WALKER });
  };
  const hinge = (
    bodyA: number,
    bodyB: number,
    anchorY: number,
    referenceAngle: number,
    speed: number,
    limits: readonly [number, number],
  ): void => {
    const anchorA = [0, anchorY] as const;
    const anchorB = [0, LEG_HEIGHT / 2] as const;
    world.addJoint({ bodyA, bodyB, anchorA, anchorB, referenceAngle, limits, motor: { speed, maxTorque: 80 } });
  };
  const round = Math.fround;
  // The joints' bodies and where their angles count from: the legs start at −0.05 and 0.05.
  const bodyA = [0, 1, 0, 3];
  const bodyB = [1, 2, 3, 4];
  const reference = [-0.05, 0, 0.05, 0].map(Math.fround);

  return {
    reset(ground, blocks, y) {
      world.clear();
      for (const { left, bottom, right, top } of blocks) {
        const corners = [
          [left, bottom],
          [right, bottom],
          [right, top],
          [left, top],
        ] as const;
        world.addBlock(world.addGround(), corners, GROUND);
      }
      for (let i = 0; i + 1 < ground.length; i++) {
        world.addEdge(world.addGround(), i * TERRAIN_STEP, ground[i], (i + 1) * TERRAIN_STEP, ground[i + 1], GROUND);
      }
      world.addBody({ x: START_X, y, shape: HULL, density: 5, friction: 0.1, ...WALKER });
      for (const side of [-1, 1]) {
        const upper = leg(LEG_WIDTH, y - LEG_HEIGHT / 2 - HIP_Y, side * 0.05);
        hinge(HULL_BODY, upper, HIP_Y, side * 0.05, side, [-0.8, 1.1]);
        const lower = leg(0.8 * LEG_WIDTH, y - (LEG_HEIGHT * 3) / 2 - HIP_Y, side * 0.05);
        hinge(upper, lower, -LEG_HEIGHT / 2, 0, 1, [-1.6, -0.1]);
      }
    },
    applyForce(x, y) {
      world.applyForce(HULL_BODY, x, y);
    },
    drive(joint, speed, torque) {
      world.setMotor(joint, speed, torque);
    },
    step() {
      world.step(1 / 50, 180, 60);
    },
    get x() {
      return world.x(HULL_BODY);
    },
    get y() {
      return world.y(HULL_BODY);
    },
    get angle() {
      return world.angle(HULL_BODY);
    },
    get velocityX() {
      return world.velocityX(HULL_BODY);
    },
    get velocityY() {
      return world.velocityY(HULL_BODY);
    },
    get angularVelocity() {
      return world.angularVelocity(HULL_BODY);
    },
    jointAngle: (joint) => round(round(world.angle(bodyB[joint]) - world.angle(bodyA[joint])) - reference[joint]),
    jointSpeed: (joint) => round(world.angularVelocity(bodyB[joint]) - world.angularVelocity(bodyA[joint])),
    contact: (leg) => world.touching(FEET[leg]),
    get crashed() {
      return world.contactsBegun(HULL_BODY) > 0;
    },
    castRays(x, y, fractions) {
      const fromX = world.x(HULL_BODY);
      const fromY = world.y(HULL_BODY);
      for (let i = 0; i < fractions.length; i++) {
        fractions[i] = world.castRay(fromX, fromY, fromX + x[i], fromY + y[i], GROUND_BITS);
      }
    },
    pose(body, out) {
      out[0] = world.x(body);
      out[1] = world.y(body);
      out[2] = world.angle(body);
    },
  };
}
