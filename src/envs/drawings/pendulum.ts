// Pendulum: a rod of 1 m on a pivot, and the mark that it is to stand under.
import { cos, sin } from "../../math/index.ts";
import { placed, rectangle, type Drawing } from "../drawing.ts";

const rodWidth = 0.16;

/** @param state angle (rad, counterclockwise from upright) first */
export function drawPendulum(state: ArrayLike<number>): Drawing {
  const rod = rectangle(-rodWidth / 2, 0, rodWidth, 1);
  const [cosine, sine] = [cos(state[0]), sin(state[0])];
  return {
    view: { x: -1.3, y: -1.3, width: 2.6, height: 2.6 },
    fps: 30,
    shapes: [
      { kind: "circle", x: 0, y: 0, radius: 1.08, stroke: "faint", width: 0.015 },
      { kind: "polygon", points: rectangle(-0.015, 1.11, 0.03, 0.12), fill: "goal" },
      { kind: "polygon", points: placed(rod, 0, 0, cosine, sine), fill: "limb" },
      { kind: "circle", x: -sine, y: cosine, radius: rodWidth / 2, fill: "limb" },
      { kind: "circle", x: 0, y: 0, radius: rodWidth / 2, fill: "limb" },
      { kind: "circle", x: 0, y: 0, radius: 0.045, fill: "joint" },
    ],
  };
}
