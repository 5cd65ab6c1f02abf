// The actions of an open episode, from which a checkpoint replays an environment that has no state to save.
import { elementSize, type Space } from "../../spaces/index.ts";
import type { Action } from "../env.ts";
import { fromBits, toBits } from "./bits.ts";

/** A list of actions that grows by doubling and survives JSON. */
export interface ActionHistory {
  readonly count: number;
  push(action: Action): void;
  action(k: number): Action;
  clear(): void;
  save(): number[];
  load(bits: readonly number[]): void;
}

/** An empty list of actions of `space`. */
export function createActionHistory(space: Space): ActionHistory {
  const width = elementSize(space);
  const allocate = (length: number) => (space.kind === "box" ? new Float32Array(length) : new Int32Array(length));
  let numbers = allocate(64 * width);
  let count = 0;
  const reserve = (length: number): void => {
    if (length <= numbers.length) return;
    const larger = allocate(Math.max(length, 2 * numbers.length));
    larger.set(numbers);
    numbers = larger;
  };
  return {
    get count() {
      return count;
    },
    push(action) {
      reserve((count + 1) * width);
      if (typeof action === "number") numbers[count] = action;
      else numbers.set(action, count * width);
      count++;
    },
    action: (k) => (space.kind === "discrete" ? numbers[k] : numbers.slice(k * width, (k + 1) * width)),
    clear() {
      count = 0;
    },
    save: () => toBits(numbers.subarray(0, count * width)),
    load(bits) {
      reserve(bits.length);
      fromBits(bits, numbers.subarray(0, bits.length));
      count = bits.length / width;
    },
  };
}
