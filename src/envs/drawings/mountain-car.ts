// The mountain car, its hills (the sine that pulls it down) and the flag.
import { cos, sin } from "../../math/index.ts";
import { placed, type Drawing, type Point } from "../drawing.ts";

const left = -1.2;
const right = 0.6;
const height = (x: number): number => 0.45 * sin(3 * x) + 0.55;

const hills: readonly Point[] = [
  [right, 0],
  [left, 0],
  ...Array.from({ length: 61 }, (_, i): Point => {
    const x = left + (i / 60) * (right - left);
    return [x, height(x)];
  }),
];

const car: readonly Point[] = [
  [-0.07, 0.022],
  [0.07, 0.022],
  [0.07, 0.057],
  [0.03, 0.085],
  [-0.04, 0.085],
  [-0.07, 0.057],
];

/**
 * @param state position first
 * @param goal position of the flag
 */
export function drawMountainCar(state: ArrayLike<number>, goal: number): Drawing {
  const x = state[0];
  const slope = 1.35 * cos(3 * x);
  const length = Math.sqrt(1 + slope * slope);
  const [cosine, sine] = [1 / length, slope / length];
  const flag = height(goal);
  const wheels = placed(
    [
      [-0.042, 0.022],
      [0.042, 0.022],
    ],
    x,
    height(x),
    cosine,
    sine,
  );
  return {
    view: { x: left, y: 0, width: right - left, height: 1.3 },
    fps: 30,
    shapes: [
      { kind: "polygon", points: hills, fill: "ground" },
      {
        kind: "line",
        points: [
          [goal, flag],
          [goal, flag + 0.2],
        ],
        stroke: "ink",
        width: 0.008,
      },
      {
        kind: "polygon",
        points: [
          [goal, flag + 0.2],
          [goal, flag + 0.12],
          [goal + 0.08, flag + 0.16],
        ],
        fill: "goal",
      },
      { kind: "polygon", points: placed(car, x, height(x), cosine, sine), fill: "body" },
      ...wheels.map(([wx, wy]) => ({ kind: "circle" as const, x: wx, y: wy, radius: 0.022, fill: "joint" as const })),
    ],
  };
}
