// Our solver against planck: flights, joints, falls, slides, rays. Float32 and float64 part slowly in the air, and fast
// once contacts decide otherwise; what must agree then is where bodies come to rest, and when.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planckLander } from "../envs/planck/lander.ts";
import { solverLander } from "../../src/envs/box2d/bodies/solver-lander.ts";
import type { LanderPhysics } from "../../src/envs/box2d/bodies/lander-physics.ts";
import { build, buildPlanck, furthest, physics, stateOf, stateOfTwin, tick, type Scene } from "./scenes.ts";

const floor = { edge: [[-20, 0], [20, 0]] as const }; // prettier-ignore

/** Steps both; the greatest difference of any number at each step. */
function differences(scene: Scene, steps: number): number[] {
  const [world, twin] = [build(scene), buildPlanck(scene)];
  return Array.from({ length: steps }, () => {
    tick(world);
    tick(twin);
    return furthest(stateOf(world, scene.bodies.length), stateOfTwin(twin));
  });
}

/** Steps both until they sleep; when that is, and where. */
function rest(scene: Scene, body = 0): { steps: [number, number]; apart: number } {
  const [world, twin] = [build(scene), buildPlanck(scene)];
  const steps: [number, number] = [0, 0];
  for (let t = 1; t <= 1000 && (!steps[0] || !steps[1]); t++) {
    tick(world);
    tick(twin);
    if (!steps[0] && !world.awake(body)) steps[0] = t;
    if (!steps[1] && !twin.bodies[body].isAwake()) steps[1] = t;
  }
  const { x, y } = twin.bodies[body].getPosition();
  const angle = twin.bodies[body].getAngle();
  return { steps, apart: furthest([world.x(body), world.y(body), world.angle(body)], [x, y, angle]) };
}

describe("in the air", () => {
  test("a polygon flies, its mass and centre those of its shape", () => {
    const shape = [[0.9, 0.1], [0.2, 1.3], [-0.4, 0.7], [-0.2, -0.5], [0.5, -0.3]] as const; // prettier-ignore
    const bodies = [{ x: 1, y: 2, angle: 0.7, density: 3, shape, velocity: [3, 4, -2] as const }];
    const scene = { gravity: -9, bodies };
    const [world, twin] = [build(scene), buildPlanck(scene)];
    for (let t = 0; t < 100; t++) {
      // An impulse beside the centre of mass turns by as much as mass and inertia let it.
      if (t % 10 === 0) {
        world.applyImpulse(0, 0.3, 0.5, world.x(0) + 0.2, world.y(0) - 0.1);
        const { x, y } = twin.bodies[0].getPosition();
        twin.bodies[0].applyLinearImpulse({ x: 0.3, y: 0.5 }, { x: x + 0.2, y: y - 0.1 }, true);
        world.applyForce(0, 2, -1, 0.5);
        twin.bodies[0].applyForceToCenter({ x: 2, y: -1 }, true);
        twin.bodies[0].applyTorque(0.5, true);
      }
      tick(world);
      tick(twin);
      expect(furthest(stateOf(world, 1), stateOfTwin(twin))).toBeLessThan(1e-4);
    }
  });

  const pair = (joint: object): Scene => ({
    bodies: [
      { x: 0, y: 0, shape: { halfWidth: 0.5, halfHeight: 0.2 }, density: 2 },
      { x: 1, y: 0, shape: { halfWidth: 0.5, halfHeight: 0.1 }, velocity: [0, 0, 3] },
    ],
    joints: [{ bodyA: 0, bodyB: 1, anchorA: [0.5, 0], anchorB: [-0.5, 0], ...joint }],
  });
  test.each([
    ["free", {}],
    ["with limits", { limits: [-0.3, 0.4] as const }],
    ["with equal limits", { limits: [0.2, 0.2] as const, referenceAngle: -0.1 }],
    ["with a weak motor", { motor: { speed: -2, maxTorque: 0.05 } }],
    ["with a strong motor", { motor: { speed: 5, maxTorque: 100 } }],
    ["with a motor against a limit", { motor: { speed: 5, maxTorque: 2 }, limits: [-0.5, 0.5] as const }],
  ])("two bodies on a joint, %s", (_, joint) => {
    expect(Math.max(...differences(pair(joint), 60))).toBeLessThan(2e-3);
  });

  test("a motor that is told otherwise", () => {
    const scene = pair({ motor: { speed: 1, maxTorque: 1 } });
    const [world, twin] = [build(scene), buildPlanck(scene)];
    for (let t = 0; t < 50; t++) {
      const [speed, torque] = [Math.cos(t / 5) * 4, 0.2 + (t % 7) / 10];
      world.setMotor(0, speed, torque);
      twin.joints[0].setMotorSpeed(speed);
      twin.joints[0].setMaxMotorTorque(torque);
      tick(world);
      tick(twin);
      expect(furthest(stateOf(world, 2), stateOfTwin(twin))).toBeLessThan(1e-3);
    }
  });
});

describe("on the ground", () => {
  const box = (angle: number, options = {}): Scene => ({
    ground: [floor],
    bodies: [{ x: 0, y: 1.5, angle, shape: { halfWidth: 0.4, halfHeight: 0.25 }, ...options }],
  });

  test.each([0, 0.1, 0.4, 0.8, 1.2, Math.PI / 2, 2, -0.7, 3])("a box dropped at an angle of %f rad", (angle) => {
    expect(Math.max(...differences(box(angle), 30))).toBeLessThan(1e-3); // it lands in step 23 to 26
    const { steps, apart } = rest(box(angle));
    expect(apart).toBeLessThan(2e-2);
    expect(Math.abs(steps[0] - steps[1])).toBeLessThanOrEqual(3);
    expect(steps[0]).toBeGreaterThan(25);
  });

  test.each([0, 0.5, 1])("bounces with a restitution of %f", (restitution) => {
    const top = (heights: number[]): number => Math.max(...heights.slice(40));
    const scene = box(0, { restitution });
    const [world, twin] = [build(scene), buildPlanck(scene)];
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let t = 0; t < 60; t++) {
      tick(world);
      tick(twin);
      ours.push(world.y(0));
      theirs.push(twin.bodies[0].getPosition().y);
    }
    expect(furthest(ours, theirs)).toBeLessThan(1e-3);
    if (restitution === 0) expect(top(ours)).toBeLessThan(0.3);
    else expect(top(ours)).toBeGreaterThan(0.4);
  });

  test.each([0, 0.05, 0.3, 1])("slides down a slope of 20° with friction %f, or does not", (friction) => {
    const slope = 0.35;
    const scene: Scene = {
      ground: [{ edge: [[-20, -20 * Math.tan(slope)], [20, 20 * Math.tan(slope)]], friction }], // prettier-ignore
      bodies: [{ x: 0, y: 0.4, angle: slope, shape: { halfWidth: 0.5, halfHeight: 0.2 }, friction }],
    };
    const [world, twin] = [build(scene), buildPlanck(scene)];
    for (let t = 0; t < 60; t++) {
      tick(world);
      tick(twin);
      expect(Math.abs(world.x(0) - twin.bodies[0].getPosition().x)).toBeLessThan(1e-2);
    }
    const speed = Math.hypot(world.velocityX(0), world.velocityY(0));
    if (friction > Math.tan(slope)) expect(speed).toBeLessThan(1e-3);
    // v = g (sin φ − μ cos φ) t, of the time since it landed
    else expect(speed / (10 * (Math.sin(slope) - friction * Math.cos(slope)))).toBeCloseTo(1.2, 0);
  });

  test("impulses carry over from step to step: one iteration each is enough to stand on a slope", () => {
    const scene: Scene = {
      ground: [{ edge: [[-20, -4], [20, 4]], friction: 0.6 }], // prettier-ignore
      bodies: [{ x: 0, y: 0.5, angle: 0.2, shape: { halfWidth: 0.5, halfHeight: 0.3 }, friction: 0.6 }],
    };
    const [world, twin] = [build(scene), buildPlanck(scene)];
    for (let t = 0; t < 40; t++) {
      world.step(1 / 50, 1, 1);
      twin.step(1 / 50, 1, 1);
      expect(furthest(stateOf(world, 1), stateOfTwin(twin))).toBeLessThan(2e-3);
    }
    expect(Math.abs(world.velocityX(0))).toBeLessThan(1e-3);
    expect(world.contactsBegun(0)).toBe(1);
  });

  test("is stopped in its flight: no speed tunnels", () => {
    for (const speed of [-20, -100, -1000]) {
      const scene = box(0.3, { velocity: [5, speed, 7] });
      expect(Math.max(...differences(scene, 3).map((d) => d / -speed))).toBeLessThan(1e-3);
      const world = build(scene);
      for (let t = 0; t < 100; t++) tick(world);
      expect(world.y(0)).toBeGreaterThan(0.2);
    }
  });

  test("valleys, steps and blocks hold boxes as in planck", () => {
    const number = (low: number, high: number) => fc.double({ min: low, max: high, noNaN: true });
    const bodyOf = fc.record({ x: number(-3, 3), y: number(2, 5), angle: number(-3, 3), size: number(0.15, 0.6) });
    const heights = fc.array(number(-0.7, 0.7), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(heights, bodyOf, number(-1.5, 1.5), number(0, 1), (ys, { size, ...body }, block, friction) => {
        const edges = ys.slice(1).map((y, i) => ({ edge: [[2 * i - 8, ys[i]], [2 * i - 6, y]] as const, friction })); // prettier-ignore
        const square = [[block - 0.5, 0.5], [block + 0.5, 0.5], [block + 0.5, 1.5], [block - 0.5, 1.5]] as const; // prettier-ignore
        const shape = { halfWidth: size, halfHeight: size * 0.6 };
        const scene: Scene = {
          ground: [...edges, { block: square }],
          bodies: [{ ...body, shape, velocity: [1, -2, 1] }],
        };
        const [world, twin] = [build(scene), buildPlanck(scene)];
        let sinceContact = 0;
        for (let t = 0; t < 100 && sinceContact < 3; t++) {
          tick(world);
          tick(twin);
          if (sinceContact > 0 || world.contactsBegun(0) > 0) sinceContact++;
          expect(furthest(stateOf(world, 1).slice(0, 3), stateOfTwin(twin).slice(0, 3))).toBeLessThan(1e-2);
        }
        expect(sinceContact).toBe(3);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test("rays end where planck's do", () => {
    const blocks = [[[1, 1], [3, 1], [2, 2.5]], [[-3, 0.5], [-2, 0.5], [-2, 3], [-3, 3]]] as const; // prettier-ignore
    const scene: Scene = {
      ground: [floor, { edge: [[-5, 4], [5, 6]] }, ...blocks.map((block) => ({ block }))], // prettier-ignore
      bodies: [{ x: 0, y: 2, shape: { halfWidth: 0.3, halfHeight: 0.3 } }],
    };
    const [world, twin] = [build(scene), buildPlanck(scene)];
    let hits = 0;
    for (let i = 0; i < 200; i++) {
      const [x, y] = [4 * Math.cos(i * 0.7), 2 + 2 * Math.sin(i * 1.3)];
      const ray = [x, y, x + 5 * Math.cos(i * 2.1), y + 5 * Math.sin(i * 2.1)] as const;
      const fraction = world.castRay(...ray, 1);
      expect(fraction).toBeCloseTo(twin.castRay(...ray), 4);
      expect(world.castRay(...ray, 2)).toBe(1);
      if (fraction < 1) hits++;
    }
    expect(hits).toBeGreaterThan(100);
    expect(hits).toBeLessThan(200);
  });
});

describe("LunarLander's bodies", () => {
  const level = Array<number>(11).fill(10 / 3);
  const uneven = [2, 1, 3.2, 10 / 3, 10 / 3, 10 / 3, 10 / 3, 10 / 3, 2.5, 4, 1];

  const poseOf = (lander: LanderPhysics): number[] =>
    [0, 1, 2].flatMap((body) => {
      const pose = new Float64Array(3);
      lander.pose(body, pose);
      return [...pose];
    });

  test.each([
    ["falls", level, 0, 0],
    ["falls aslant", uneven, 300, -200],
    ["is thrown down", level, 0, -3000],
    ["is thrown aside", uneven, -900, 900],
  ])("%s, as in planck until shortly after it touches", (_, ground, forceX, forceY) => {
    const both = [solverLander(physics), planckLander()];
    for (const lander of both) {
      lander.reset(ground, -10);
      lander.applyForce(forceX, forceY);
    }
    const [ours, theirs] = both;
    let sinceContact = 0;
    for (let t = 0; t < 300 && sinceContact < 3; t++) {
      for (const lander of both) lander.step();
      if (sinceContact > 0 || ours.leftContact || ours.rightContact || ours.crashed) sinceContact++;
      expect(furthest(poseOf(ours), poseOf(theirs)), `step ${t}`).toBeLessThan(sinceContact ? 1e-2 : 1e-3);
      expect([ours.leftContact, ours.rightContact]).toEqual([theirs.leftContact, theirs.rightContact]);
    }
    expect(sinceContact).toBe(3);
  });

  test("set down gently, stands on both legs, and sleeps when planck's does", () => {
    const both = [solverLander(physics), planckLander()];
    for (const lander of both) lander.reset(level, -10);
    const [ours, theirs] = both;
    const slept = [0, 0];
    let touched = false;
    for (let t = 0; t < 1000 && !(slept[0] && slept[1]); t++) {
      touched ||= ours.leftContact || ours.rightContact;
      const fires = !touched && ours.velocityY < -0.1 - 0.3 * Math.max(0, ours.y - 4);
      both.forEach((lander, i) => {
        if (fires) lander.applyImpulse(0, 1.5, lander.x, lander.y);
        if (!touched) lander.applyTorque(-10 * lander.angle - 5 * lander.angularVelocity);
        lander.step();
        if (lander.asleep) slept[i] ||= t;
      });
    }
    expect(Math.abs(slept[0] - slept[1])).toBeLessThanOrEqual(3);
    expect(Math.min(...slept)).toBeGreaterThan(300);
    expect(furthest(poseOf(ours), poseOf(theirs))).toBeLessThan(2e-2);
    expect([ours.leftContact, ours.rightContact, ours.crashed]).toEqual([true, true, false]);
  });
});
