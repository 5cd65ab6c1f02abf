// Terraces: two rows of ground, the upper one of which pays, and where the agent is.
import { rectangle, type Drawing, type Shape } from "../drawing.ts";
import { pawn } from "./grid.ts";

/** Steps that are shown at once; of a longer walk those around the agent. */
const mostShown = 24;

/**
 * @param length steps of an episode
 * @param state 2 · step + terrace
 */
export function drawTerraces(length: number, state: number): Drawing {
  const [step, terrace] = [state >> 1, state & 1];
  const shown = Math.min(length + 1, mostShown);
  const first = Math.max(0, Math.min(step - (shown >> 1), length + 1 - shown));
  const ground = (on: number): Shape[] =>
    Array.from({ length: shown }, (_, i) => ({
      kind: "polygon",
      points: rectangle(i + 0.03, 1.5 * on, 0.94, 0.3),
      fill: on === 1 ? "goal" : "ground",
    }));
  return {
    view: { x: -0.1, y: -0.1, width: shown + 0.2, height: 2.8 },
    fps: 4,
    shapes: [...ground(0), ...ground(1), ...pawn({ x: step - first + 0.5, y: 1.5 * terrace + 0.68 })],
  };
}
