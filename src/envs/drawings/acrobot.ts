// Acrobot: two links of 1 m, and the height that the lower end is to reach.
import { cos, sin } from "../../math/index.ts";
import type { Drawing, Point } from "../drawing.ts";

/** @param state angle of the first link (rad, 0 hangs down), then of the second relative to it */
export function drawAcrobot(state: ArrayLike<number>): Drawing {
  const [first, second] = [state[0], state[0] + state[1]];
  const elbow: Point = [sin(first), -cos(first)];
  const end: Point = [elbow[0] + sin(second), elbow[1] - cos(second)];
  return {
    view: { x: -2.2, y: -2.2, width: 4.4, height: 4.4 },
    fps: 15,
    shapes: [
      {
        kind: "line",
        points: [
          [-2.2, 1],
          [2.2, 1],
        ],
        stroke: "goal",
        width: 0.03,
      },
      { kind: "line", points: [[0, 0], elbow], stroke: "body", width: 0.2 },
      { kind: "line", points: [elbow, end], stroke: "limb", width: 0.2 },
      { kind: "circle", x: 0, y: 0, radius: 0.07, fill: "joint" },
      { kind: "circle", x: elbow[0], y: elbow[1], radius: 0.07, fill: "joint" },
    ],
  };
}
