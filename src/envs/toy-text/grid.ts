// Grids of fields, numbered row by row.

/** [rows down, columns to the right]. */
export type Move = readonly [number, number];

/** The field that a move from `field` leads to; a move off the edge leads nowhere. */
export function moveOnGrid(field: number, [down, right]: Move, rows: number, columns: number): number {
  const row = Math.min(Math.max(Math.floor(field / columns) + down, 0), rows - 1);
  const column = Math.min(Math.max((field % columns) + right, 0), columns - 1);
  return row * columns + column;
}

/**
 * Where a step on slippery ground may go: to its left, ahead, to its right, with four actions in the order of a turn.
 */
export const aside = (action: number): [left: number, ahead: number, right: number] => [
  (action + 3) % 4,
  action,
  (action + 1) % 4,
];
