import { describe, expect, test } from "vitest";
import { drawAcrobot } from "../../src/envs/drawings/acrobot.ts";
import { drawBipedalWalker } from "../../src/envs/drawings/bipedal-walker.ts";
import { drawGrid } from "../../src/envs/drawings/grid.ts";
import { drawLunarLander } from "../../src/envs/drawings/lunar-lander.ts";
import { drawMountainCar } from "../../src/envs/drawings/mountain-car.ts";
import { drawPendulum } from "../../src/envs/drawings/pendulum.ts";
import { CartPole } from "../../src/envs/classic-control/cartpole.ts";
import { makeEnv, palettes, placed, rectangle, type Drawing, type Shape } from "../../src/envs/index.ts";
import { sample } from "../../src/spaces/index.ts";
import { createGenerator } from "../../src/random/index.ts";

const numbersOf = (shape: Shape): number[] =>
  shape.kind === "polygon" || shape.kind === "line" ? shape.points.flat() : [shape.x, shape.y];

/** Its points of one colour. */
const points = (drawing: Drawing, role: string) =>
  drawing.shapes.flatMap((shape) => (shape.kind === "polygon" && shape.fill === role ? [shape.points] : []))[0];

describe.each([
  "CartPole-v1",
  "Pendulum-v1",
  "Acrobot-v1",
  "MountainCar-v0",
  "MountainCarContinuous-v0",
  "FrozenLake-v1",
  "CliffWalking-v1",
  "TwoStep-v0",
  "Terraces-v0",
  "LunarLander-v3",
  "LunarLanderContinuous-v3",
  "BipedalWalker-v3",
  "BipedalWalkerHardcore-v3",
])("%s", (id) => {
  test("is drawn of finite numbers within its view, and differently once it has moved", async () => {
    const env = await makeEnv(id);
    const generator = createGenerator(0);
    env.reset(0);
    const first = env.draw!();
    for (let t = 0; t < 10; t++) env.step(sample(env.actionSpace, generator));
    const later = env.draw!();
    expect(later).not.toEqual(first);
    expect(later.view).toEqual(first.view);
    const { x, y, width, height } = later.view;
    for (const shape of later.shapes) {
      const numbers = numbersOf(shape);
      expect(numbers.every(Number.isFinite)).toBe(true);
      const seen = numbers.some((value, i) =>
        i % 2 === 0 ? value >= x && value <= x + width : value >= y && value <= y + height,
      );
      expect(seen).toBe(true);
    }
    expect(JSON.parse(JSON.stringify(later))).toEqual(later);
  });
});

test("CartPole: the pole leans where it falls, from the cart's middle", () => {
  const env = new CartPole();
  env.reset(0);
  env.setState({ ...env.getState(), state: [1, 0, 0.2, 0] });
  const drawing = env.draw();
  expect(points(drawing, "body")[0]).toEqual([0.7, -0.15]);
  const [, , right, left] = points(drawing, "limb");
  expect((right[0] + left[0]) / 2).toBeCloseTo(1 + Math.sin(0.2), 12);
  expect((right[1] + left[1]) / 2).toBeCloseTo(Math.cos(0.2), 12);
});

test("Pendulum: turns counterclockwise from upright", () => {
  const end = drawPendulum([Math.PI / 2, 0]).shapes.find((shape) => shape.kind === "circle" && shape.fill === "limb");
  expect(end).toMatchObject({ x: -1 });
});

test("Acrobot: the end is as high as the environment finds it", () => {
  const links = drawAcrobot([0.7, 0.4])
    .shapes.filter((shape) => shape.kind === "line")
    .slice(1);
  const [, end] = links[1].points;
  expect(links[1].points[0]).toEqual(links[0].points[1]);
  expect(end[1]).toBeCloseTo(-Math.cos(0.7) - Math.cos(0.4 + 0.7), 12);
});

test("MountainCar: stands on the hill, level in the valley", () => {
  const body = points(drawMountainCar([-Math.PI / 6], 0.5), "body");
  expect(body[0][1]).toBeCloseTo(0.1 + 0.022, 12);
  expect(body[1][1]).toBeCloseTo(0.1 + 0.022, 12);
  const hill = points(drawMountainCar([0], 0.5), "ground");
  for (const [x, y] of hill.slice(2)) expect(y).toBeCloseTo(Math.sin(3 * x) * 0.45 + 0.55, 12);
});

test("grids: the first row is on top", () => {
  const { view, shapes } = drawGrid(["SF", "FH", "FG"], 4);
  expect(view.height).toBeCloseTo(3.2);
  const [head] = shapes.slice(-1);
  expect(head).toMatchObject({ kind: "circle", x: 0.5, fill: "body" });
  expect(Math.abs((head as { y: number }).y - 0.5)).toBeLessThan(0.5);
  expect(shapes.find((shape) => shape.kind === "circle" && shape.fill === "hazard")).toMatchObject({ x: 1.5, y: 1.5 });
});

test("LunarLander: flames opposite to where the engines push", () => {
  const still = [0, 1, 2].map(() => [10, 5, 0]);
  const flames = (main: number, side: number) =>
    drawLunarLander(new Float64Array(11), still, main, side).shapes.flatMap((shape) =>
      shape.kind === "polygon" && shape.fill === "force" ? [shape.points[1]] : [],
    );
  expect(flames(0, 0)).toEqual([]);
  expect(flames(1, 0)[0][1]).toBeLessThan(5);
  expect(flames(0, 1)[0][0]).toBeLessThan(10); // the right one pushes to the right
  expect(flames(0.5, -1)).toHaveLength(2);
});

test("LunarLander: is within the picture as an episode begins; struts join the legs to the hull", async () => {
  const env = await makeEnv("LunarLander-v3");
  for (let seed = 0; seed < 20; seed++) {
    env.reset(seed);
    for (let t = 0; t < 30; t++) {
      env.step(0);
      const drawing = env.draw!();
      const { y, height } = drawing.view;
      for (const [, top] of points(drawing, "body")) expect(top).toBeLessThan(y + height);
      const hull = points(drawing, "body");
      const struts = drawing.shapes.filter((shape) => shape.kind === "line" && shape.stroke === "limb");
      expect(struts).toHaveLength(2);
      for (const strut of struts as { points: readonly (readonly [number, number])[] }[]) {
        const [[x, low], leg] = strut.points as [[number, number], [number, number]];
        expect(Math.hypot(x - hull[0][0], low - hull[0][1])).toBeLessThan(0.8);
        expect(Math.hypot(x - leg[0], low - leg[1])).toBeLessThan(1);
      }
    }
  }
});

test("BipedalWalker: the ground moves past the hull", () => {
  const at = (x: number) => drawBipedalWalker(new Float64Array(200), [], Array<number[]>(5).fill([x, 5, 0]), 88);
  expect(points(at(30), "body")).toEqual(points(at(60), "body"));
  expect(points(at(30), "goal")).toBeUndefined();
  expect(points(at(80), "goal")[0][0]).toBeCloseTo(88 - 80 + 4);
});

test("both palettes have a colour for every role", () => {
  expect(Object.keys(palettes.dark)).toEqual(Object.keys(palettes.light));
  for (const palette of Object.values(palettes))
    for (const colour of Object.values(palette)) expect(colour).toMatch(/^#[0-9a-f]{6}$/);
});

test("placed turns counterclockwise, then moves", () => {
  expect(placed(rectangle(0, 0, 2, 1), 10, 20, 0, 1)).toEqual([
    [10, 20],
    [10, 22],
    [9, 22],
    [9, 20],
  ]);
});
