// The actions of an open episode, from which a checkpoint replays an environment that has no state to save.
import { InputError } from "../../errors.ts";
import { elementSize, type Space } from "../../spaces/index.ts";
import type { Action } from "../env.ts";
import { fromBits } from "./bits.ts";

/** A list of actions that grows by doubling, up to a bound beyond which it is empty until the next episode. */
export interface ActionHistory {
  count(): number;
  /** How much of the bound is used: from 0 to 1, and 1 where it was passed. */
  filled(): number;
  push(action: Action): void;
  /** Takes the last one back. */
  pop(): void;
  action(k: number): Action;
  clear(): void;
  /** A copy of the actions, one after the other; undefined where the bound was passed. */
  save(): Float32Array | Int32Array | undefined;
  /** @param saved what `save` returned, or its bits in a list, as 0.1.0 kept them */
  load(saved: ArrayLike<number>): void;
}

/**
 * An empty list of actions of `space`.
 *
 * @param mostBytes the bound
 */
export function createActionHistory(space: Space, mostBytes: number): ActionHistory {
  const width = elementSize(space);
  const most = Math.max(1, Math.floor(mostBytes / 4 / width));
  const allocate = (length: number) => (space.kind === "box" ? new Float32Array(length) : new Int32Array(length));
  let numbers = allocate(64 * width);
  let count = 0;
  let isFull = false;
  const reserve = (length: number): void => {
    if (length <= numbers.length) return;
    const larger = allocate(Math.max(length, Math.min(2 * numbers.length, most * width)));
    larger.set(numbers);
    numbers = larger;
  };
  return {
    count: () => count,
    filled: () => (isFull ? 1 : count / most),
    push(action) {
      if (isFull) return;
      if (count === most) {
        isFull = true;
        count = 0;
        numbers = allocate(0);
        return;
      }
      reserve((count + 1) * width);
      if (typeof action === "number") numbers[count] = action;
      else numbers.set(action, count * width);
      count++;
    },
    pop() {
      if (count > 0) count--;
    },
    action: (k) => (space.kind === "discrete" ? numbers[k] : numbers.slice(k * width, (k + 1) * width)),
    clear() {
      count = 0;
      isFull = false;
    },
    save: () => (isFull ? undefined : numbers.slice(0, count * width)),
    load(saved) {
      const asNow = saved.constructor === numbers.constructor;
      if ((!asNow && !Array.isArray(saved)) || saved.length % width !== 0)
        throw new InputError(`these are not actions of this environment`);
      isFull = false;
      reserve(saved.length);
      if (asNow) numbers.set(saved);
      else fromBits(saved as readonly number[], numbers.subarray(0, saved.length));
      count = saved.length / width;
    },
  };
}
