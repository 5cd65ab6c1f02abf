// CliffWalking-v1: walk along a cliff to the goal; a false step costs dearly. Gymnasium's numbers and seeds.
//
// Sutton & Barto, "Reinforcement Learning: An Introduction" (2018), example 6.6.
import { drawGrid } from "../drawings/grid.ts";
import type { Env } from "../env.ts";
import { aside, moveOnGrid, type Move } from "./grid.ts";
import { readOptions } from "../options.ts";
import { Tabular, type Outcome } from "./tabular.ts";

const ROWS = 4;
const COLUMNS = 12;
const START = 36; // bottom left
const GOAL = 47; // bottom right; what lies between them is the cliff

const MAP = [".".repeat(COLUMNS), ".".repeat(COLUMNS), ".".repeat(COLUMNS), `S${"C".repeat(COLUMNS - 2)}G`];

/** [rows, columns] that each action moves: up, right, down, left. */
const MOVES: readonly Move[] = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
];

/** Options of {@link cliffWalking}. */
export interface CliffWalkingOptions {
  /** Whether each step goes to its left or right instead, with 1/3 each. Default false. */
  isSlippery?: boolean;
}

/**
 * Observation: the field's number, 12 · row + column, of 4 rows. Action: 0 up, 1 right, 2 down, 3 left; off the edge
 * you stay. Reward: −1 for each step, −100 for one off the cliff, which leads back to the start. Terminates at the
 * goal. There is no time limit; the best return is −13 (not slippery).
 */
export function cliffWalking(options: CliffWalkingOptions = {}): Env<number, number> {
  const { isSlippery } = readOptions("CliffWalking-v1", options, { isSlippery: false });
  const step = (field: number, way: number, probability: number): Outcome => {
    const next = moveOnGrid(field, MOVES[way], ROWS, COLUMNS);
    if (next > START && next < GOAL) return { probability, next: START, reward: -100, terminated: false };
    return { probability, next, reward: -1, terminated: next === GOAL };
  };
  return new Tabular("CliffWalking", {
    states: ROWS * COLUMNS,
    actions: 4,
    draw: (field) => drawGrid(MAP, field),
    start: Array.from({ length: ROWS * COLUMNS }, (_, field) => (field === START ? 1 : 0)),
    outcomes: (field, action) =>
      isSlippery ? aside(action).map((way) => step(field, way, 1 / 3)) : [step(field, action, 1)],
  });
}
