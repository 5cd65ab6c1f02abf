// LunarLander's bodies in planck, a port of Box2D 2.3 in float64: to check our own solver against.
import { Box, Edge, Polygon, RevoluteJoint, Vec2, type Body, type Contact, type World } from "planck";
import { planckWorld } from "./world.ts";
import {
  hullCorners,
  legHalfSize,
  legHinge,
  worldHeight,
  worldWidth,
  type LanderPhysics,
} from "../../../src/envs/box2d/bodies/lander-physics.ts";

const groundBits = 0x0001;
const hullBits = 0x0010;
const legBits = 0x0020;

/** The physics of one LunarLander, on planck. */
export function planckLander(): LanderPhysics {
  let world: World | null = null;
  let lander: Body;
  let legs: Body[];
  const legContact = [false, false];
  let crashed = false;
  // planck copies neither forces nor points on their way in, but keeps none of them.
  const vector = new Vec2(0, 0);
  const point = new Vec2(0, 0);

  const involves = (contact: Contact, body: Body): boolean =>
    contact.getFixtureA().getBody() === body || contact.getFixtureB().getBody() === body;

  return {
    reset(ground, gravity) {
      world = planckWorld(gravity);
      const moon = world.createBody();
      moon.createFixture({ shape: new Edge(new Vec2(0, 0), new Vec2(worldWidth, 0)) });
      const spacing = worldWidth / (ground.length - 1);
      for (let i = 0; i + 1 < ground.length; i++) {
        const shape = new Edge(new Vec2(spacing * i, ground[i]), new Vec2(spacing * (i + 1), ground[i + 1]));
        moon.createFixture({ shape, friction: 0.1 });
      }

      const start = { x: worldWidth / 2, y: worldHeight };
      lander = world.createDynamicBody({ position: start });
      lander.createFixture({
        shape: new Polygon(hullCorners.map(([x, y]) => new Vec2(x, y))),
        density: 5,
        friction: 0.1,
        filterCategoryBits: hullBits,
        filterMaskBits: groundBits,
      });
      legs = [-1, 1].map((side) => {
        const leg = world!.createDynamicBody({
          position: { x: start.x - side * legHinge.away, y: start.y },
          angle: side * 0.05,
        });
        leg.createFixture({
          shape: new Box(legHalfSize[0], legHalfSize[1]),
          density: 1,
          filterCategoryBits: legBits,
          filterMaskBits: groundBits,
        });
        world!.createJoint(
          new RevoluteJoint({
            bodyA: lander,
            bodyB: leg,
            localAnchorA: { x: 0, y: 0 },
            localAnchorB: { x: side * legHinge.away, y: legHinge.down },
            referenceAngle: side * 0.05, // limits count from where the leg starts
            enableMotor: true,
            enableLimit: true,
            maxMotorTorque: 40,
            motorSpeed: 0.3 * side,
            lowerAngle: side < 0 ? 0.4 : -0.9,
            upperAngle: side < 0 ? 0.9 : -0.4,
          }),
        );
        return leg;
      });

      legContact.fill(false);
      crashed = false;
      world.on("begin-contact", (contact) => {
        if (involves(contact, lander)) crashed = true;
        for (let i = 0; i < 2; i++) if (involves(contact, legs[i])) legContact[i] = true;
      });
      world.on("end-contact", (contact) => {
        for (let i = 0; i < 2; i++) if (involves(contact, legs[i])) legContact[i] = false;
      });
    },
    applyForce(x, y) {
      lander.applyForceToCenter(vector.set(x, y), true);
    },
    applyTorque(torque) {
      lander.applyTorque(torque, true);
    },
    applyImpulse(x, y, pointX, pointY) {
      lander.applyLinearImpulse(vector.set(x, y), point.set(pointX, pointY), true);
    },
    step() {
      world!.step(1 / 50, 180, 60);
    },
    get x() {
      return lander.getPosition().x;
    },
    get y() {
      return lander.getPosition().y;
    },
    get angle() {
      return lander.getAngle();
    },
    get velocityX() {
      return lander.getLinearVelocity().x;
    },
    get velocityY() {
      return lander.getLinearVelocity().y;
    },
    get angularVelocity() {
      return lander.getAngularVelocity();
    },
    get leftContact() {
      return legContact[0];
    },
    get rightContact() {
      return legContact[1];
    },
    get crashed() {
      return crashed;
    },
    get asleep() {
      return !lander.isAwake();
    },
    pose(body, out) {
      const { p, q } = [lander, legs[0], legs[1]][body].getTransform();
      out[0] = p.x;
      out[1] = p.y;
      out[2] = q.getAngle();
    },
  };
}
