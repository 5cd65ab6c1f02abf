// CartPole: a cart on a rail of 4.8 m, between the marks that end the episode.
import { cos, sin } from "../../math/index.ts";
import { placed, rectangle, type Drawing } from "../drawing.ts";

const cartSize = { width: 0.6, height: 0.3 };
const poleSize = { length: 1, width: 0.09 };
const limit = 2.4;

/** @param state position of the cart (m) and, third, angle of the pole (rad, clockwise from upright) */
export function drawCartPole(state: ArrayLike<number>): Drawing {
  const [x, angle] = [state[0], state[2]];
  const pole = rectangle(
    -poleSize.width / 2,
    -poleSize.width / 2,
    poleSize.width,
    poleSize.length + poleSize.width / 2,
  );
  return {
    view: { x: -2.9, y: -0.4, width: 5.8, height: 1.9 },
    fps: 50,
    shapes: [
      {
        kind: "line",
        points: [
          [-2.9, 0],
          [2.9, 0],
        ],
        stroke: "faint",
        width: 0.03,
      },
      ...[-limit, limit].map((mark) => ({
        kind: "polygon" as const,
        points: rectangle(mark - 0.02, -0.15, 0.04, 0.3),
        fill: "hazard" as const,
      })),
      {
        kind: "polygon",
        points: placed(
          rectangle(-cartSize.width / 2, -cartSize.height / 2, cartSize.width, cartSize.height),
          x,
          0,
          1,
          0,
        ),
        fill: "body",
      },
      { kind: "polygon", points: placed(pole, x, 0, cos(angle), -sin(angle)), fill: "limb" },
      { kind: "circle", x, y: 0, radius: 0.05, fill: "joint" },
    ],
  };
}
