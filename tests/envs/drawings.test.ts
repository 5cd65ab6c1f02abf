import { describe, expect, test } from "vitest";
import { CartPole } from "../../src/envs/cartpole.ts";
import { palettes, placed, rectangle, timeLimit, type Drawing, type Env, type Shape } from "../../src/envs/index.ts";
import { sample } from "../../src/spaces/index.ts";
import { createGenerator } from "../../src/random/index.ts";

const numbersOf = (shape: Shape): number[] =>
  shape.kind === "polygon" || shape.kind === "line" ? shape.points.flat() : [shape.x, shape.y];

/** Its points of one colour. */
const points = (drawing: Drawing, role: string) =>
  drawing.shapes.flatMap((shape) => (shape.kind === "polygon" && shape.fill === role ? [shape.points] : []))[0];

describe.each<[string, () => Env]>([["CartPole", () => new CartPole() as Env]])("%s", (_, make) => {
  test("is drawn of finite numbers, mostly within its view, and differently once it has moved", () => {
    const env = timeLimit(make(), 100);
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
  expect(points(drawing, "body")![0]).toEqual([0.7, -0.15]);
  const [, , right, left] = points(drawing, "limb")!;
  expect((right![0] + left![0]) / 2).toBeCloseTo(1 + Math.sin(0.2), 12);
  expect((right![1] + left![1]) / 2).toBeCloseTo(Math.cos(0.2), 12);
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
