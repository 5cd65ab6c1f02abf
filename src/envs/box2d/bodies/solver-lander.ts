// LunarLander's bodies in our own solver, in float32 as Gymnasium's.
import type { Physics } from "../../../physics/index.ts";
import { hullCorners, legHalfSize, legHinge, worldHeight, worldWidth, type LanderPhysics } from "./lander-physics.ts";

const groundBits = 0x0001;
const hullBits = 0x0010;
const legBits = 0x0020;

const landerBody = 0;
const legs = [1, 2] as const;
const groundEdges = 11; // ten of the terrain, and one along the bottom

/** The physics of one LunarLander. */
export function solverLander(physics: Physics): LanderPhysics {
  const world = physics.createWorld({ bodies: 3, joints: 2, shapes: groundEdges + 3 });
  return {
    reset(ground, gravity) {
      world.clear(0, gravity);
      const moon = world.addGround();
      world.addEdge(moon, 0, 0, worldWidth, 0);
      const spacing = worldWidth / (ground.length - 1);
      for (let i = 0; i + 1 < ground.length; i++) {
        world.addEdge(moon, spacing * i, ground[i], spacing * (i + 1), ground[i + 1], { friction: 0.1 });
      }
      const [x, y] = [worldWidth / 2, worldHeight];
      world.addBody({ x, y, shape: hullCorners, density: 5, friction: 0.1, category: hullBits, mask: groundBits });
      const [halfWidth, halfHeight] = legHalfSize;
      for (const side of [-1, 1]) {
        const leg = world.addBody({
          x: x - side * legHinge.away,
          y,
          angle: side * 0.05,
          shape: { halfWidth, halfHeight },
          category: legBits,
          mask: groundBits,
        });
        world.addJoint({
          bodyA: landerBody,
          bodyB: leg,
          anchorA: [0, 0],
          anchorB: [side * legHinge.away, legHinge.down],
          referenceAngle: side * 0.05, // limits count from where the leg starts
          limits: side < 0 ? [0.4, 0.9] : [-0.9, -0.4],
          motor: { speed: 0.3 * side, maxTorque: 40 },
        });
      }
    },
    applyForce(x, y) {
      world.applyForce(landerBody, x, y);
    },
    applyTorque(torque) {
      world.applyForce(landerBody, 0, 0, torque);
    },
    applyImpulse(x, y, pointX, pointY) {
      world.applyImpulse(landerBody, x, y, pointX, pointY);
    },
    step() {
      world.step(1 / 50, 180, 60);
    },
    get x() {
      return world.x(landerBody);
    },
    get y() {
      return world.y(landerBody);
    },
    get angle() {
      return world.angle(landerBody);
    },
    get velocityX() {
      return world.velocityX(landerBody);
    },
    get velocityY() {
      return world.velocityY(landerBody);
    },
    get angularVelocity() {
      return world.angularVelocity(landerBody);
    },
    get leftContact() {
      return world.touching(legs[0]);
    },
    get rightContact() {
      return world.touching(legs[1]);
    },
    get crashed() {
      return world.contactsBegun(landerBody) > 0;
    },
    get asleep() {
      return !world.awake(landerBody);
    },
    pose(body, out) {
      out[0] = world.x(body);
      out[1] = world.y(body);
      out[2] = world.angle(body);
    },
  };
}
