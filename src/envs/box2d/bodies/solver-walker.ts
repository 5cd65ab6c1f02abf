// BipedalWalker's bodies in our own solver, in float32 as Gymnasium's.
import type { BodyOptions, Physics } from "../../../physics/index.ts";
import { hipY, hullCorners, legHeight, legWidth, startX, terrainStep, type WalkerPhysics } from "./walker-physics.ts";

const groundBits = 0x0001;
const walkerLayer = { category: 0x0020, mask: groundBits };
const groundSurface = { friction: 2.5 };

const hullBody = 0;
const feet = [2, 4] as const;

const edges = 199;
/** Obstacles have at most 2 blocks in 10 corners. */
const maxBlocks = 64;

/** The physics of one BipedalWalker. */
export function solverWalker(physics: Physics): WalkerPhysics {
  const grounds = edges + maxBlocks;
  const world = physics.createWorld({ bodies: 5, joints: 4, grounds, shapes: grounds + 5, contacts: 128 });

  const leg = (width: number, y: number, angle: number): number => {
    const shape: BodyOptions["shape"] = { halfWidth: width / 2, halfHeight: legHeight / 2 };
    return world.addBody({ x: startX, y, angle, shape, ...walkerLayer });
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
    const anchorB = [0, legHeight / 2] as const;
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
        world.addBlock(world.addGround(), corners, groundSurface);
      }
      for (let i = 0; i + 1 < ground.length; i++) {
        world.addEdge(
          world.addGround(),
          i * terrainStep,
          ground[i],
          (i + 1) * terrainStep,
          ground[i + 1],
          groundSurface,
        );
      }
      world.addBody({ x: startX, y, shape: hullCorners, density: 5, friction: 0.1, ...walkerLayer });
      for (const side of [-1, 1]) {
        const upper = leg(legWidth, y - legHeight / 2 - hipY, side * 0.05);
        hinge(hullBody, upper, hipY, side * 0.05, side, [-0.8, 1.1]);
        const lower = leg(0.8 * legWidth, y - (legHeight * 3) / 2 - hipY, side * 0.05);
        hinge(upper, lower, -legHeight / 2, 0, 1, [-1.6, -0.1]);
      }
    },
    applyForce(x, y) {
      world.applyForce(hullBody, x, y);
    },
    drive(joint, speed, torque) {
      world.setMotor(joint, speed, torque);
    },
    step() {
      world.step(1 / 50, 180, 60);
    },
    get x() {
      return world.x(hullBody);
    },
    get y() {
      return world.y(hullBody);
    },
    get angle() {
      return world.angle(hullBody);
    },
    get velocityX() {
      return world.velocityX(hullBody);
    },
    get velocityY() {
      return world.velocityY(hullBody);
    },
    get angularVelocity() {
      return world.angularVelocity(hullBody);
    },
    jointAngle: (joint) => round(round(world.angle(bodyB[joint]) - world.angle(bodyA[joint])) - reference[joint]),
    jointSpeed: (joint) => round(world.angularVelocity(bodyB[joint]) - world.angularVelocity(bodyA[joint])),
    contact: (leg) => world.touching(feet[leg]),
    get crashed() {
      return world.contactsBegun(hullBody) > 0;
    },
    castRays(x, y, fractions) {
      const fromX = world.x(hullBody);
      const fromY = world.y(hullBody);
      for (let i = 0; i < fractions.length; i++) {
        fractions[i] = world.castRay(fromX, fromY, fromX + x[i], fromY + y[i], groundBits);
      }
    },
    pose(body, out) {
      out[0] = world.x(body);
      out[1] = world.y(body);
      out[2] = world.angle(body);
    },
  };
}
