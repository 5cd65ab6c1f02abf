// BipedalWalker's bodies in planck, a port of Box2D 2.3 in float64: to check our own solver against.
import { Box, Edge, Polygon, RevoluteJoint, Vec2, type Body, type Contact, type Fixture, type World } from "planck";
import { planckWorld } from "./world.ts";
import {
  hipY,
  hullCorners,
  legHeight,
  legWidth,
  startX,
  terrainStep,
  type WalkerPhysics,
} from "../../../src/envs/box2d/bodies/walker-physics.ts";

const groundBits = 0x0001;
const walkerBits = 0x0020;
const groundFriction = 2.5;

/** The physics of one BipedalWalker, on planck. */
export function planckWalker(): WalkerPhysics {
  let world: World | null = null;
  let bodies: Body[] = []; // hull, upper and lower leg, upper and lower leg
  let joints: RevoluteJoint[] = [];
  const feet = [false, false];
  let crashed = false;
  const vector = new Vec2(0, 0);
  const from = new Vec2(0, 0);
  const to = new Vec2(0, 0);

  let fraction = 1;
  const report = (fixture: Fixture, _point: Vec2, _normal: Vec2, at: number): number => {
    if ((fixture.getFilterCategoryBits() & groundBits) === 0) return -1; // the walker itself does not count
    fraction = at;
    return at;
  };

  const involves = (contact: Contact, body: Body): boolean =>
    contact.getFixtureA().getBody() === body || contact.getFixtureB().getBody() === body;

  function part(shape: Box | Polygon, y: number, angle: number, fixture: { density: number; friction?: number }): Body {
    const body = world!.createDynamicBody({ position: { x: startX, y }, angle });
    body.createFixture({ shape, ...fixture, filterCategoryBits: walkerBits, filterMaskBits: groundBits });
    return body;
  }

  function hinge(
    bodyA: Body,
    bodyB: Body,
    anchorY: number,
    speed: number,
    lowerAngle: number,
    upperAngle: number,
  ): void {
    const joint = new RevoluteJoint({
      bodyA,
      bodyB,
      localAnchorA: { x: 0, y: anchorY },
      localAnchorB: { x: 0, y: legHeight / 2 },
      referenceAngle: bodyB.getAngle() - bodyA.getAngle(), // limits count from where the legs start
      enableMotor: true,
      enableLimit: true,
      maxMotorTorque: 80,
      motorSpeed: speed,
      lowerAngle,
      upperAngle,
    });
    joints.push(world!.createJoint(joint)!);
  }

  return {
    reset(ground, blocks, y) {
      world = planckWorld(-10);
      for (const { left, bottom, right, top } of blocks) {
        const corners = [new Vec2(left, bottom), new Vec2(right, bottom), new Vec2(right, top), new Vec2(left, top)];
        world.createBody().createFixture({ shape: new Polygon(corners), friction: groundFriction });
      }
      for (let i = 0; i + 1 < ground.length; i++) {
        const [a, b] = [i, i + 1].map((corner) => new Vec2(corner * terrainStep, ground[corner]));
        world.createBody().createFixture({ shape: new Edge(a, b), friction: groundFriction });
      }

      const hull = part(new Polygon(hullCorners.map(([x, y]) => new Vec2(x, y))), y, 0, { density: 5, friction: 0.1 });
      bodies = [hull];
      joints = [];
      for (const side of [-1, 1]) {
        const angle = side * 0.05;
        const upper = part(new Box(legWidth / 2, legHeight / 2), y - legHeight / 2 - hipY, angle, { density: 1 });
        hinge(hull, upper, hipY, side, -0.8, 1.1);
        const lowerShape = new Box((0.8 * legWidth) / 2, legHeight / 2);
        const lower = part(lowerShape, y - (legHeight * 3) / 2 - hipY, angle, { density: 1 });
        hinge(upper, lower, -legHeight / 2, 1, -1.6, -0.1);
        bodies.push(upper, lower);
      }

      feet.fill(false);
      crashed = false;
      world.on("begin-contact", (contact) => {
        if (involves(contact, hull)) crashed = true;
        for (let leg = 0; leg < 2; leg++) if (involves(contact, bodies[2 + 2 * leg])) feet[leg] = true;
      });
      world.on("end-contact", (contact) => {
        for (let leg = 0; leg < 2; leg++) if (involves(contact, bodies[2 + 2 * leg])) feet[leg] = false;
      });
    },
    applyForce(x, y) {
      bodies[0].applyForceToCenter(vector.set(x, y), true);
    },
    drive(joint, speed, torque) {
      // Box2D wakes the bodies in any case, planck only where something changes.
      joints[joint].getBodyA().setAwake(true);
      joints[joint].getBodyB().setAwake(true);
      joints[joint].setMotorSpeed(speed);
      joints[joint].setMaxMotorTorque(torque);
    },
    step() {
      world!.step(1 / 50, 180, 60);
    },
    get x() {
      return bodies[0].getPosition().x;
    },
    get y() {
      return bodies[0].getPosition().y;
    },
    get angle() {
      return bodies[0].getAngle();
    },
    get velocityX() {
      return bodies[0].getLinearVelocity().x;
    },
    get velocityY() {
      return bodies[0].getLinearVelocity().y;
    },
    get angularVelocity() {
      return bodies[0].getAngularVelocity();
    },
    jointAngle: (joint) => joints[joint].getJointAngle(),
    jointSpeed: (joint) => joints[joint].getJointSpeed(),
    contact: (leg) => feet[leg],
    get crashed() {
      return crashed;
    },
    castRays(x, y, fractions) {
      from.setVec2(bodies[0].getPosition());
      for (let i = 0; i < fractions.length; i++) {
        fraction = 1;
        world!.rayCast(from, to.set(from.x + x[i], from.y + y[i]), report);
        fractions[i] = fraction;
      }
    },
    pose(body, out) {
      const { p, q } = bodies[body].getTransform();
      out[0] = p.x;
      out[1] = p.y;
      out[2] = q.getAngle();
    },
  };
}
