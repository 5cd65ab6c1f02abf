// BipedalWalker: what is around the hull, which stays in the same place of the picture.
import { cos, sin } from "../../math/index.ts";
import { hullCorners, legHeight, legWidth, terrainStep, type Block } from "../box2d/bodies/walker-physics.ts";
import { placed, rectangle, type Drawing, type Point, type Shape } from "../drawing.ts";

const viewport = { x: 0, y: 0, width: 20, height: 10 };
const hullX = viewport.width / 5;

const leg = (width: number): Point[] => rectangle(-width / 2, -legHeight / 2, width, legHeight);
const upper = leg(legWidth);
const lower = leg(0.8 * legWidth);

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
  const left = poses[0][0] - hullX;
  const first = Math.max(0, Math.floor(left / terrainStep));
  const last = Math.min(ground.length - 1, Math.ceil((left + viewport.width) / terrainStep));
  const corner = (i: number): Point => [i * terrainStep - left, ground[i]];
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
  const atFinish = ground[Math.min(ground.length - 1, Math.round(finish / terrainStep))];
  return {
    view: viewport,
    fps: 50,
    shapes: [
      {
        kind: "polygon",
        points: [[corners[0][0], 0], ...corners, [corners.at(-1)![0], 0]],
        fill: "ground",
      },
      ...blocks
        .filter((block) => block.right > left && block.left < left + viewport.width)
        .map((block): Shape => {
          const points = rectangle(block.left - left, block.bottom, block.right - block.left, block.top - block.bottom);
          return { kind: "polygon", points, fill: "ground", stroke: "faint", width: 0.03 };
        }),
      ...(finish < left + viewport.width
        ? [{ kind: "polygon" as const, points: rectangle(finish - left, atFinish, 0.1, 2), fill: "goal" as const }]
        : []),
      part(upper, 1, "limb"),
      part(lower, 2, "limb"),
      part(hullCorners, 0, "body"),
      part(upper, 3, "limb"),
      part(lower, 4, "limb"),
    ],
  };
}
