// LunarLander: the ground, two flags beside the pad, and the lander with the flames of its engines.
import { cos, sin } from "../../math/index.ts";
import { hullCorners, legHalfSize, worldHeight, worldWidth } from "../box2d/bodies/lander-physics.ts";
import { placed, rectangle, type Drawing, type Point, type Shape } from "../drawing.ts";

const [legX, legY] = legHalfSize;
const legCorners = rectangle(-legX, -legY, 2 * legX, 2 * legY);
const flagHeight = 50 / 30;

/** The lander starts at the world's top, and may be thrown upwards; what is deep below the pad shows nothing. */
const viewport = { x: 0, y: 1.5, width: worldWidth, height: worldHeight };

/**
 * @param ground heights of its corners
 * @param poses x, y and angle of the lander, then of each leg
 * @param main throttle of the main engine, 0 … 1
 * @param side that of a side engine, negative for the left one
 */
export function drawLunarLander(
  ground: ArrayLike<number>,
  poses: readonly ArrayLike<number>[],
  main: number,
  side: number,
): Drawing {
  const spacing = worldWidth / (ground.length - 1);
  const middle = (ground.length - 1) / 2;
  const place = (points: readonly Point[], pose: ArrayLike<number>): Point[] =>
    placed(points, pose[0], pose[1], cos(pose[2]), sin(pose[2]));
  const [lander, ...legs] = poses;
  // A leg's hinge is in the hull's origin, and the leg turns around it at a distance, with nothing between the two.
  const strut = (leg: ArrayLike<number>): Shape => ({
    kind: "line",
    points: [...place([[0, 0]], lander), ...place([[0, 0.6 * legY]], leg)],
    stroke: "limb",
    width: 0.12,
  });
  const flame = (points: Point[]): Shape => ({ kind: "polygon", points: place(points, lander), fill: "force" });
  const flames: Shape[] = [];
  if (main > 0)
    flames.push(
      flame([
        [-0.2, -1 / 3],
        [0, -1 / 3 - main],
        [0.2, -1 / 3],
      ]),
    );
  if (side !== 0) {
    const away = -Math.sign(side);
    flames.push(
      flame([
        [away * 0.5, 0.35],
        [away * (0.5 + 0.5 * Math.abs(side)), 14 / 30],
        [away * 0.5, 0.58],
      ]),
    );
  }
  return {
    view: viewport,
    fps: 50,
    shapes: [
      {
        kind: "polygon",
        points: [[0, 0], ...Array.from(ground, (y, i): Point => [i * spacing, y]), [worldWidth, 0]],
        fill: "ground",
      },
      ...[middle - 1, middle + 1].flatMap((corner): Shape[] => {
        const [x, y] = [corner * spacing, ground[corner]];
        const top = y + flagHeight;
        return [
          {
            kind: "line",
            points: [
              [x, y],
              [x, top],
            ],
            stroke: "ink",
            width: 0.05,
          },
          {
            kind: "polygon",
            points: [
              [x, top],
              [x, top - 1 / 3],
              [x + 25 / 30, top - 1 / 6],
            ],
            fill: "goal",
          },
        ];
      }),
      ...flames,
      ...legs.flatMap((leg): Shape[] => [
        strut(leg),
        { kind: "polygon", points: place(legCorners, leg), fill: "limb" },
      ]),
      { kind: "polygon", points: place(hullCorners, lander), fill: "body" },
    ],
  };
}
