// BipedalWalker: what is around the hull, which stays in the same place of the picture.
import { cos, sin } from "../../math/index.ts";
import { HULL, LEG_HEIGHT, LEG_WIDTH, TERRAIN_STEP, type Block } from "../box2d/bodies/walker-physics.ts";
import { placed, rectangle, type Drawing, type Point, type Shape } from "../drawing.ts";

const VIEW = { x: 0, y: 0, width: 20, height: 10 };
const HULL_X = VIEW.width / 5;

const leg = (width: number): Point[] => rectangle(-width / 2, -LEG_HEIGHT / 2, width, LEG_HEIGHT);
const UPPER = leg(LEG_WIDTH);
const LOWER = leg(0.8 * LEG_WIDTH);

/**
 * @param ground heights of its corners
 * @param poses x, y and angle of the hull, then of upper and lower leg, twice
 * @param finish x beyond which the way is done
 */
export function drawBipedalWalker(
  ground: ArrayLike<number>,
  blocks: readonly Block[],
  poses: readonly ArrayLike<number>[],
  finish: number,
): Drawing {
  const left = poses[0][0] - HULL_X;
  const first = Math.max(0, Math.floor(left / TERRAIN_STEP));
  const last = Math.min(ground.length - 1, Math.ceil((left + VIEW.width) / TERRAIN_STEP));
  const corner = (i: number): Point => [i * TERRAIN_STEP - left, ground[i]];
  const corners = Array.from({ length: last - first + 1 }, (_, i) => corner(first + i));
  const part = (points: readonly Point[], body: number, fill: "body" | "limb"): Shape => {
    const [x, y, angle] = Array.from(poses[body]);
    return {
      kind: "polygon",
      points: placed(points, x - left, y, cos(angle), sin(angle)),
      fill,
      stroke: "ink",
      width: 0.03,
    };
  };
  const atFinish = ground[Math.min(ground.length - 1, Math.round(finish / TERRAIN_STEP))];
  return {
    view: VIEW,
    fps: 50,
    shapes: [
      {
        kind: "polygon",
        points: [[corners[0][0], 0], ...corners, [corners.at(-1)![0], 0]],
        fill: "ground",
      },
      ...blocks
        .filter((block) => block.right > left && block.left < left + VIEW.width)
        .map((block): Shape => {
          const points = rectangle(block.left - left, block.bottom, block.right - block.left, block.top - block.bottom);
          return { kind: "polygon", points, fill: "ground", stroke: "faint", width: 0.03 };
        }),
      ...(finish < left + VIEW.width
        ? [{ kind: "polygon" as const, points: rectangle(finish - left, atFinish, 0.1, 2), fill: "goal" as const }]
        : []),
      part(UPPER, 1, "limb"),
      part(LOWER, 2, "limb"),
      part(HULL, 0, "body"),
      part(UPPER, 3, "limb"),
      part(LOWER, 4, "limb"),
    ],
  };
}
