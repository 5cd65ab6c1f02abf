// What holds of every world: conservation, the same bits however it is computed, room, and messages.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { solverLander } from "../../src/envs/box2d/bodies/solver-lander.ts";
import { InputError, RunError } from "../../src/errors.ts";
import type { World } from "../../src/physics/index.ts";
import { createGenerator, type Generator } from "../../src/random/index.ts";
import { build, fill, furthest, physics, stateOf, tick, type Scene } from "./scenes.ts";

const box = { halfWidth: 0.3, halfHeight: 0.2 };
const floor = { edge: [[-50, 0], [50, 0]] as const }; // prettier-ignore

/** Bodies in chains with limits and motors, thrown on uneven ground. */
function randomScene(generator: Generator): Scene {
  const number = (low: number, high: number): number => generator.uniform(low, high);
  const heights = Array.from({ length: 13 }, () => number(-0.6, 0.6));
  const bodies = Array.from({ length: 1 + generator.integers(0, 4) }, (_, i) => ({
    x: number(-2, 2) + i,
    y: number(1, 3),
    angle: number(-3, 3),
    density: number(0.5, 5),
    friction: number(0, 1),
    restitution: generator.random() < 0.5 ? 0 : number(0, 0.7),
    shape:
      generator.random() < 0.5
        ? { halfWidth: number(0.1, 0.5), halfHeight: number(0.1, 0.5) }
        : ([[0, number(0.3, 0.6)], [-0.4, 0], [0, -0.3], [0.3, number(-0.3, 0.2)]] as const), // prettier-ignore
    velocity: [number(-5, 5), number(-10, 5), number(-5, 5)] as const,
  }));
  const joints = bodies.slice(1).map((_, i) => {
    const lower = number(-1, 0.5);
    return {
      bodyA: i,
      bodyB: i + 1,
      anchorA: [number(-0.3, 0.3), 0] as const,
      anchorB: [0, number(-0.3, 0.3)] as const,
      limits: generator.random() < 0.7 ? ([lower, lower + number(0.01, 1)] as const) : undefined,
      motor: generator.random() < 0.7 ? { speed: number(-3, 3), maxTorque: number(0, 20) } : undefined,
    };
  });
  const edges = heights.slice(1).map((y, i) => ({
    edge: [[i - 6, heights[i]], [i - 5, y]] as const, // prettier-ignore
    friction: 0.5,
  }));
  return { ground: edges, bodies, joints };
}

describe("laws of motion", () => {
  test("without gravity a joint, its motor and limits keep momentum and angular momentum", () => {
    const world = build({
      gravity: 0,
      bodies: [
        { x: 0, y: 0, shape: { halfWidth: 0.5, halfHeight: 0.5 }, velocity: [1, -0.5, 2] },
        { x: 1, y: 0, shape: { halfWidth: 0.5, halfHeight: 0.25 }, velocity: [-1, 0, 0] },
      ],
      joints: [{ bodyA: 0, bodyB: 1, anchorA: [0.5, 0], anchorB: [-0.5, 0], limits: [-1, 1], motor: { speed: 3, maxTorque: 1 } }], // prettier-ignore
    });
    const masses = [1, 0.5];
    const inertias = [1 / 6, (0.5 * (1 + 0.25)) / 12];
    const momenta = (): number[] => {
      const sum = [0, 0, 0];
      masses.forEach((mass, i) => {
        const [vx, vy] = [world.velocityX(i), world.velocityY(i)];
        sum[0] += mass * vx;
        sum[1] += mass * vy;
        sum[2] += mass * (world.x(i) * vy - world.y(i) * vx) + inertias[i] * world.angularVelocity(i);
      });
      return sum;
    };
    const before = momenta();
    for (let t = 0; t < 100; t++) tick(world);
    // The joint's drift is corrected by moving bodies, which is no force: angular momentum changes by a little.
    expect(furthest(momenta().slice(0, 2), before.slice(0, 2))).toBeLessThan(1e-5);
    expect(Math.abs(momenta()[2] - before[2])).toBeLessThan(0.01);
  });

  test("the ground takes energy, and gives none", () => {
    const generator = createGenerator(5);
    for (let k = 0; k < 30; k++) {
      const { ground, bodies } = randomScene(generator);
      const world = build({ ground, bodies: [{ ...bodies[0], shape: box }] });
      // Per mass; the inertia of a box is (width² + height²)/12.
      const energy = (): number =>
        10 * world.y(0) +
        0.5 * (world.velocityX(0) ** 2 + world.velocityY(0) ** 2) +
        0.5 * ((0.6 ** 2 + 0.4 ** 2) / 12) * world.angularVelocity(0) ** 2;
      let before = energy();
      for (let t = 0; t < 200; t++) {
        tick(world);
        const now = energy();
        // Pushing it out of the ground lifts it by a hundredth or so, which is 0.1 J/kg.
        expect(now).toBeLessThan(before + 0.15);
        before = now;
      }
    }
  });

  test("bodies that do not touch are islands of their own: one sleeps, the other flies on", () => {
    const world = build({
      ground: [floor],
      bodies: [
        { x: 0, y: 0.21, shape: box },
        { x: 5, y: 30, shape: box },
      ],
    });
    for (let t = 0; t < 60; t++) tick(world);
    expect([world.awake(0), world.awake(1)]).toEqual([false, true]);
    expect(world.velocityY(1)).toBeCloseTo(-10 * 60 * 0.02, 4);
    world.applyImpulse(0, 0, 0.1, 0, 0);
    expect(world.awake(0)).toBe(true);
    for (let t = 0; t < 60; t++) tick(world);
    expect(world.awake(0)).toBe(false);
    world.applyForce(0, 100, 0);
    tick(world);
    expect(world.velocityX(0)).toBeGreaterThan(1);
  });

  test("touching tells of the last event, contactsBegun of all", () => {
    const world = build({ ground: [floor], bodies: [{ x: 0, y: 1, shape: box, restitution: 0.9 }] });
    expect([world.touching(0), world.contactsBegun(0)]).toEqual([false, 0]);
    let landings = 0;
    for (let t = 0; t < 100; t++) {
      const before = world.touching(0);
      tick(world);
      if (!before && world.touching(0)) landings++;
    }
    expect(landings).toBeGreaterThan(1);
    expect(world.contactsBegun(0)).toBeGreaterThanOrEqual(landings);
  });

  test("categories and masks decide who meets the ground", () => {
    const bodies = [
      { x: 0, y: 1, shape: box, category: 2, mask: 4 },
      { x: 5, y: 1, shape: box, category: 2, mask: 1 },
      { x: -5, y: 1, shape: box, category: 8, mask: 4 },
    ];
    const world = build({ ground: [{ ...floor, category: 4, mask: 2 }], bodies });
    for (let t = 0; t < 50; t++) tick(world);
    expect([0, 1, 2].map((body) => world.y(body) > 0)).toEqual([true, false, false]);
  });
});

describe("the same bits", () => {
  const play = (world: World, bodies: number, steps: number, from = 0): number[] => {
    const seen: number[] = [];
    for (let t = from; t < from + steps; t++) {
      if (t % 37 === 5) world.applyForce(0, 30, 50, 1);
      world.step(t % 11 === 3 ? 0.013 : 1 / 50, 180, 60);
      seen.push(...stateOf(world, bodies));
    }
    return seen;
  };

  test("iterations that are not computed change nothing", () => {
    const generator = createGenerator(1);
    for (let k = 0; k < 60; k++) {
      const scene = randomScene(generator);
      const { length } = scene.bodies;
      const everything = play(build(scene, { everyIteration: true }), length, 150);
      expect(play(build(scene), length, 150), `scene ${k}`).toEqual(everything);
    }
  });

  test("a world that was cleared is as new, also beside others", () => {
    const generator = createGenerator(2);
    const worn = physics.createWorld({ bodies: 5, joints: 5, grounds: 12, shapes: 20 });
    for (let k = 0; k < 10; k++) {
      const scene = randomScene(generator);
      worn.clear();
      fill(worn, scene);
      const fresh = build(scene);
      expect(play(worn, scene.bodies.length, 60)).toEqual(play(fresh, scene.bodies.length, 60));
    }
  });

  test("a saved world goes on elsewhere as it would have", () => {
    const scene = randomScene(createGenerator(3));
    const [world, other] = [build(scene), build(scene)];
    const { length } = scene.bodies;
    play(world, length, 30);
    const saved = world.save();
    const expected = play(world, length, 50, 30);
    play(other, length, 7);
    other.restore(saved);
    expect(play(other, length, 50, 30)).toEqual(expected);
    expect(() => build({ bodies: [{ x: 0, y: 0, shape: box }] }).restore(saved)).toThrow(InputError);
  });
});

describe("memory", () => {
  test("thousands of worlds come and go without a trace", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const make = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const lander = solverLander(physics);
        lander.reset(Array<number>(11).fill(3), -10);
        lander.step();
      }
    };
    make(500);
    collect();
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 10; round++) {
      make(1000); // some 10 MB
      collect();
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  });

  test("a world may be larger than the memory that others share", () => {
    const world = physics.createWorld({ bodies: 1, shapes: 10_001, grounds: 1 });
    const ground = world.addGround();
    for (let i = 0; i < 10_000; i++) world.addEdge(ground, i - 5000, 0, i - 4999, 0);
    const body = world.addBody({ x: 3000.5, y: 1, shape: box });
    for (let t = 0; t < 50; t++) tick(world);
    expect(world.y(body)).toBeCloseTo(0.2, 1);
  });
});

describe("refuses", () => {
  const crowded = (): World => physics.createWorld({ bodies: 1, joints: 0, grounds: 1, shapes: 2, contacts: 1 });

  test("what there is no room for", () => {
    const world = crowded();
    world.addGround();
    expect(() => world.addGround()).toThrow(new RunError("the world has no room for more than 1 grounds"));
    world.addEdge(0, -1, 0, 1, 0);
    world.addBody({ x: 0, y: 1, shape: box });
    expect(() => world.addEdge(0, 1, 0, 2, 0)).toThrow(/no room for more than 2 shapes/);
    expect(() => world.addBody({ x: 0, y: 1, shape: box })).toThrow(/no room for more than 1 bodies/);
    const joint = { bodyA: 0, bodyB: 0, anchorA: [0, 0], anchorB: [0, 0] } as const;
    expect(() => world.addJoint(joint)).toThrow(/no room for more than 0 joints/);
  });

  test("more contacts than there is room for, once they come", () => {
    const world = physics.createWorld({ bodies: 1, grounds: 1, shapes: 3, contacts: 1 });
    const ground = world.addGround();
    world.addEdge(ground, -1, 0, 0, 0);
    world.addEdge(ground, 0, 0, 1, 0);
    world.addBody({ x: 0, y: 0.3, shape: box });
    expect(() => tick(world)).toThrow(new RunError("the world has no room for more than 1 contacts"));
  });

  test.each([
    [
      "two points",
      [
        [0, 0],
        [1, 0],
      ],
    ],
    [
      "points in line",
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
    ],
    ["more corners than 8", Array.from({ length: 9 }, (_, i) => [Math.cos((i * 2 * Math.PI) / 9), Math.sin((i * 2 * Math.PI) / 9)])], // prettier-ignore
    ["65 points", Array.from({ length: 65 }, (_, i) => [i % 8, i / 8])],
  ] as [string, [number, number][]][])("a polygon of %s", (_, shape) => {
    expect(() => build({ bodies: [{ x: 0, y: 0, shape }] })).toThrow(InputError);
    expect(() => crowded().addBlock(0, shape)).toThrow(InputError);
  });
});
