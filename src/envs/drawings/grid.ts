// Worlds of fields in rows and columns: what stands on each, and where the agent is.
import { rectangle, type Drawing, type Shape } from "../drawing.ts";

/**
 * @param map rows of letters, the first row on top: H a hole, C a cliff, G the goal, S the start; others are plain
 *   fields
 * @param field where the agent is, row · columns + column
 */
export function drawGrid(map: readonly string[], field: number): Drawing {
  const [rows, columns] = [map.length, map[0].length];
  const centre = (row: number, column: number) => ({ x: column + 0.5, y: rows - row - 0.5 });
  const fields = map.flatMap((letters, row) =>
    Array.from(letters, (letter, column) => fieldShapes(letter, centre(row, column))).flat(),
  );
  const agent = centre(Math.floor(field / columns), field % columns);
  return {
    view: { x: -0.1, y: -0.1, width: columns + 0.2, height: rows + 0.2 },
    fps: 4,
    shapes: [...fields, ...pawn(agent)],
  };
}

/** The agent: a shape that nothing else here has, for readers who cannot tell the colours apart. */
export function pawn({ x, y }: { x: number; y: number }): Shape[] {
  const cloak = [
    [x - 0.27, y - 0.33],
    [x + 0.27, y - 0.33],
    [x, y + 0.25],
  ] as const;
  return [
    { kind: "polygon", points: cloak, fill: "body" },
    { kind: "circle", x, y: y + 0.19, radius: 0.16, fill: "body" },
  ];
}

function fieldShapes(letter: string, { x, y }: { x: number; y: number }): Shape[] {
  const square = rectangle(x - 0.47, y - 0.47, 0.94, 0.94);
  if (letter === "C") return [{ kind: "polygon", points: square, fill: "hazard" }];
  const plain: Shape = { kind: "polygon", points: square, fill: "faint" };
  if (letter === "H") {
    const stroke = (side: number): Shape => ({
      kind: "line",
      points: [
        [x - 0.15, y - 0.15 * side],
        [x + 0.15, y + 0.15 * side],
      ],
      stroke: "faint",
      width: 0.1,
    });
    return [plain, { kind: "circle", x, y, radius: 0.36, fill: "hazard" }, stroke(1), stroke(-1)];
  }
  if (letter === "G")
    return [plain, { kind: "polygon", points: rectangle(x - 0.36, y - 0.36, 0.72, 0.72), fill: "goal" }];
  if (letter === "S") return [plain, { kind: "circle", x, y, radius: 0.36, stroke: "ground", width: 0.06 }];
  return [plain];
}
