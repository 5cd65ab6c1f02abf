// LunarLander's bodies in our own solver, in float32 as Gymnasium's.
import type { Physics } from "../../../physics/index.ts";
import { HULL, LEG_HALF_SIZE, LEG_HINGE, WORLD_HEIGHT, WORLD_WIDTH, type LanderPhysics } from "./lander-physics.ts";

const GROUND_BITS = 0x0001;
const HULL_BITS = 0x0010;
const LEG_BITS = 0x0020;

const LANDER = 0;
const LEGS = [1, 2] as const;
const GROUND_EDGES = 11; // ten of the terrain, and one along the bottom

/** The physics of one LunarLander. */
export function solverLander(physics: Physics): LanderPhysics {
  const world = physics.createWorld({ bodies: 3, joints: 2, shapes: GROUND_EDGES + 3 });
  return {
    reset(ground, gravity) {
      world.clear(0, gravity);
      const moon = world.addGround();
      world.addEdge(moon, 0, 0, WORLD_WIDTH, 0);
      const spacing = WORLD_WIDTH / (ground.length - 1);
      for (let i = 0; i + 1 < ground.length; i++) {
        world.addEdge(moon, spacing * i, ground[i], spacing * (i + 1), ground[i + 1], { friction: 0.1 });
      }
      const [x, y] = [WORLD_WIDTH / 2, WORLD_HEIGHT];
      world.addBody({ x, y, shape: HULL, density: 5, friction: 0.1, category: HULL_BITS, mask: GROUND_BITS });
      const [halfWidth, halfHeight] = LEG_HALF_SIZE;
      for (const side of [-1, 1]) {
        const leg = world.addBody({
          x: x - side * LEG_HINGE.away,
          y,
          angle: side * 0.05,
          shape: { halfWidth, halfHeight },
          category: LEG_BITS,
          mask: GROUND_BITS,
        });
        world.addJoint({
          bodyA: LANDER,
          bodyB: leg,
          anchorA: [0, 0],
          anchorB: [side * LEG_HINGE.away, LEG_HINGE.down],
          referenceAngle: side * 0.05, // limits count from where the leg starts
          limits: side < 0 ? [0.4, 0.9] : [-0.9, -0.4],
          motor: { speed: 0.3 * side, maxTorque: 40 },
        });
      }
    },
    applyForce(x, y) {
      world.applyForce(LANDER, x, y);
    },
    applyTorque(torque) {
      world.applyForce(LANDER, 0, 0, torque);
    },
    applyImpulse(x, y, pointX, pointY) {
      world.applyImpulse(LANDER, x, y, pointX, pointY);
    },
    step() {
      world.step(1 / 50, 180, 60);
    },
    get x() {
      return world.x(LANDER);
    },
    get y() {
      return world.y(LANDER);
    },
    get angle() {
      return world.angle(LANDER);
    },
    get velocityX() {
      return world.velocityX(LANDER);
    },
    get velocityY() {
      return world.velocityY(LANDER);
    },
    get angularVelocity() {
      return world.angularVelocity(LANDER);
    },
    get leftContact() {
      return world.touching(LEGS[0]);
    },
    get rightContact() {
      return world.touching(LEGS[1]);
    },
    get crashed() {
      return world.contactsBegun(LANDER) > 0;
    },
    get asleep() {
      return !world.awake(LANDER);
    },
    pose(body, out) {
      out[0] = world.x(body);
      out[1] = world.y(body);
      out[2] = world.angle(body);
    },
  };
}
