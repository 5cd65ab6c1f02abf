// CliffWalking-v1: walk along a cliff to the goal; a false step costs dearly. Gymnasium's numbers and seeds.
//
// Sutton & Barto, "Reinforcement Learning: An Introduction" (2018), example 6.6.
import { drawGrid } from "../drawings/grid.ts";
import type { Env } from "../env.ts";
import { aside, moveOnGrid, type Move } from "./grid.ts";
import { readOptions } from "../options.ts";
import { Tabular, type Outcome } from "./tabular.ts";

const rows = 4;
const columns = 12;
const startState = 36; // bottom left
const goal = 47; // bottom right; what lies between them is the cliff

const cliffMap = [".".repeat(columns), ".".repeat(columns), ".".repeat(columns), `S${"C".repeat(columns - 2)}G`];

/** [rows, columns] that each action moves: up, right, down, left. */
const moves: readonly Move[] = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
];

/** Options of {@link cliffWalking}. */
export interface CliffWalkingOptions {
  /** Whether a step slips to its left or right, with probability 1/3 each. Default false. */
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
    const next = moveOnGrid(field, moves[way], rows, columns);
    if (next > startState && next < goal) return { probability, next: startState, reward: -100, terminated: false };
    return { probability, next, reward: -1, terminated: next === goal };
  };
  return new Tabular("CliffWalking", {
    states: rows * columns,
    actions: 4,
    draw: (field) => drawGrid(cliffMap, field),
    start: Array.from({ length: rows * columns }, (_, field) => (field === startState ? 1 : 0)),
    outcomes: (field, action) =>
      isSlippery ? aside(action).map((way) => step(field, way, 1 / 3)) : [step(field, action, 1)],
  });
}
