// A compiled program: feeding it, running it on one thread or several, reading what it computed.

import type { Pool } from "../../threads/index.ts";
import { SegmentLayout } from "../compile/instructions.ts";
import type { ProgramSpec } from "../compile/lower.ts";
import { blockRows, type Plan } from "../compile/plan.ts";
import { concreteSize, formatShape, hasRows, staticSize } from "../graph/shape.ts";
import { topologicalOrder, type Tensor, type Variable } from "../graph/tensor.ts";
import { updateInputs } from "../graph/updates.ts";
import { firstNonFinite } from "../reference.ts";
import type { KernelExports } from "./kernel-module.ts";

/** A compiled graph with all its buffers in place: running it allocates nothing. */
export interface Program<Output extends string = string> {
  readonly capacity: number;
  /** Whether an input is one of the program's, and can be written. */
  reads(input: Tensor): boolean;
  /**
   * Sets the first `count` values of an input (default: as many as are given), or the value of a scalar. The values of
   * further rows are kept.
   */
  write(input: Tensor, values: number | ArrayLike<number>, count?: number): void;
  /** Sets row i of an input to row indices[from + i] of `source`, which has rows of the same width, for i < count. */
  gather(input: Tensor, source: ArrayLike<number>, indices: ArrayLike<number>, from: number, count: number): void;
  /** Computes outputs and applies updates for this many rows (from 1 to the capacity; default 1). */
  run(rows?: number): void;
  /** Copies an output of the last run, with the rows of that run if it has rows; into `out` if given. */
  read(output: Output, out?: Float32Array): Float32Array;
  /** The value of a scalar output of the last run. */
  readScalar(output: Output): number;
  /**
   * Runs the graph once more on the reference backend, with the current inputs and variables and the number of rows of
   * the last run (or `rows`), and describes the first tensor that holds a NaN; undefined if there is none.
   */
  explainNaN(rows?: number): string | undefined;
}

/** The multiply-adds from which a segment is shared: some 40 µs of work, where waking another thread takes 5 to 20. */
const worthSharing = 1 << 20;

/** Where a tensor lies: the index of its first float, and its number of floats, per row if it has rows. */
interface Location {
  readonly at: number;
  readonly width: number;
  readonly hasRows: boolean;
}

const locate = ({ shape }: Tensor, address: number): Location => ({
  at: address / 4,
  width: staticSize(shape),
  hasRows: hasRows(shape),
});

/**
 * The program of a plan. `heap` gives a view of the memory that it was made for, `read` the value of a variable.
 *
 * @internal
 */
export function createProgram<Output extends string>(
  spec: ProgramSpec<Output>,
  planned: Plan,
  capacity: number,
  kernels: KernelExports,
  heap: () => Float32Array,
  read: (variable: Variable) => Float32Array,
  threads: Pool | undefined,
): Program<Output> {
  const { segmentTable, segments, slots } = planned;
  const inputs = new Map(Array.from(planned.inputs, ([tensor, address]) => [tensor, locate(tensor, address)]));
  const outputs = new Map(
    Array.from(planned.outputs, ([name, { tensor, address }]) => [name, locate(tensor, address)]),
  );
  let lastRows = 1;

  const runAlone = (from: number, count: number, rows: number): void =>
    kernels.run(segmentTable + from * SegmentLayout.Bytes, count, rows, blockRows, slots);

  /** For each segment with rows: shares its slots among all threads. Sums do not depend on which thread does a slot. */
  const shareOut = segments.map(({ code, end }) => {
    const words = [code, end, 0, blockRows, 0];
    const own = (slot: number): void => kernels.runRows(code, end, words[2], blockRows, words[4], slot, slot + 1, 0);
    return (rows: number, live: number): void => {
      words[2] = rows;
      words[4] = live;
      threads!.share(words, live, own);
    };
  });

  const runShared = (rows: number): void => {
    const live = Math.min(Math.ceil(rows / blockRows), slots);
    let alone = 0; // the first segment that has not run
    for (let i = 0; i < segments.length; i++) {
      if (live < 2 || rows * segments[i].workPerRow < worthSharing) continue;
      if (i > alone) runAlone(alone, i - alone, rows);
      shareOut[i](rows, live);
      alone = i + 1;
    }
    if (alone < segments.length) runAlone(alone, segments.length - alone, rows);
  };

  const inputOf = (tensor: Tensor): Location => {
    const found = inputs.get(tensor);
    if (found) return found;
    const names = Array.from(inputs.keys(), ({ name }) => `"${name}"`).join(", ");
    throw new TypeError(`the program does not read the input "${tensor.name}"; it reads ${names || "none"}`);
  };
  const outputOf = (name: string): Location => {
    const found = outputs.get(name);
    if (!found) throw new TypeError(`the program has no output "${name}"; it has ${[...outputs.keys()].join(", ")}`);
    return found;
  };

  return {
    capacity,
    reads: (input) => inputs.has(input),
    write(input, values, count) {
      const { at, width, hasRows } = inputOf(input);
      const view = heap();
      if (typeof values === "number") {
        if (hasRows || width !== 1)
          throw new RangeError(`input "${input.name}" of shape ${formatShape(input.shape)} is not a scalar`);
        view[at] = values;
        return;
      }
      count ??= values.length;
      const room = hasRows ? width * capacity : width;
      if (count > room) throw new RangeError(`input "${input.name}" holds ${room} values, not ${count}`);
      if (values instanceof Float32Array && count > 64) view.set(values.subarray(0, count), at);
      else for (let i = 0; i < count; i++) view[at + i] = values[i];
    },
    gather(input, source, indices, from, count) {
      const { at, width, hasRows } = inputOf(input);
      if (!hasRows || count > capacity)
        throw new RangeError(
          `input "${input.name}" of shape ${formatShape(input.shape)} does not take ${count} rows` +
            (hasRows ? `: the program was compiled for ${capacity}` : ""),
        );
      const view = heap();
      for (let i = 0, to = at; i < count; i++)
        for (let j = 0, k = indices[from + i] * width; j < width; j++) view[to++] = source[k++];
    },
    run(rows = 1) {
      if (!(Number.isInteger(rows) && rows >= 1 && rows <= capacity))
        throw new RangeError(`a program compiled for 1 to ${capacity} rows cannot run ${rows}`);
      lastRows = rows;
      if (threads?.running) runShared(rows);
      else runAlone(0, segments.length, rows);
    },
    read(name, out) {
      const { at, width, hasRows } = outputOf(name);
      const size = hasRows ? width * lastRows : width;
      out ??= new Float32Array(size);
      const view = heap();
      const count = Math.min(size, out.length);
      for (let i = 0; i < count; i++) out[i] = view[at + i];
      return out;
    },
    readScalar(name) {
      return heap()[outputOf(name).at];
    },
    explainNaN(rows = lastRows) {
      const feeds = new Map<Tensor, ArrayLike<number>>();
      for (const [tensor, address] of planned.inputs)
        feeds.set(tensor, heap().slice(address / 4, address / 4 + concreteSize(tensor.shape, rows)));
      const roots = [...Object.values<Tensor>(spec.outputs), ...(spec.updates ?? []).flatMap(updateInputs)];
      for (const t of topologicalOrder(roots)) if (t.operation.kind === "variable") feeds.set(t, read(t as Variable));
      return firstNonFinite(spec, feeds, rows)?.description;
    },
  };
}
