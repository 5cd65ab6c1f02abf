// TwoStep: four states in three columns, the way between them, and where the agent is.
import type { Drawing, Point, Shape } from "../drawing.ts";
import { pawn } from "./grid.ts";

/** Where each state lies. */
const places: readonly Point[] = [
  [0.5, 1],
  [1.75, 1.6],
  [1.75, 0.4],
  [3, 1],
];
const ways = [[0, 1], [0, 2], [1, 3], [2, 3]]; // prettier-ignore

/** @param state 0 the first, 1 and 2 the middle ones, 3 the terminal one */
export function drawTwoStep(state: number): Drawing {
  const lines: Shape[] = ways.map(([from, to]) => ({
    kind: "line",
    points: [places[from], places[to]],
    stroke: "faint",
    width: 0.05,
  }));
  const circles: Shape[] = places.map(([x, y], i) => ({
    kind: "circle",
    x,
    y,
    radius: 0.36,
    fill: i === 3 ? "goal" : "faint",
  }));
  const [x, y] = places[state];
  return {
    view: { x: 0, y: -0.1, width: 3.5, height: 2.2 },
    fps: 2,
    shapes: [...lines, ...circles, ...pawn({ x, y })],
  };
}
