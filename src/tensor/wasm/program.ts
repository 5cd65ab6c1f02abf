// A compiled program: feeding it, running it on one thread or several, reading what it computed.

import { pauseIsDue, type SharedWork } from "../../threads/index.ts";
import { SegmentLayout } from "../compile/instructions.ts";
import type { ProgramSpec } from "../compile/lower.ts";
import type { Plan, Segment } from "../compile/plan.ts";
import { explanations } from "../explanations.ts";
import { concreteSize, formatShape, hasRows, staticSize } from "../graph/shape.ts";
import { topologicalOrder, type Tensor, type Variable } from "../graph/tensor.ts";
import { updateInputs } from "../graph/updates.ts";
import type { SequenceLayout } from "../sequence-layout.ts";
import type { KernelExports } from "./kernel-module.ts";

/** A compiled graph with all its buffers in place: running it allocates nothing. */
export interface Program<Output extends string = string> {
  readonly capacity: number;
  /** Tokens of a sequence at most, if the program runs over sequences. */
  readonly longest: number | undefined;
  /** Whether an input is one of the program's, and can be written. */
  reads(input: Tensor): boolean;
  /**
   * Sets the first `count` values of an input (default: as many as are given), or the value of a scalar. The values of
   * further rows are kept.
   */
  write(input: Tensor, values: number | ArrayLike<number>, count?: number): void;
  /** Sets row i of an input to row indices[from + i] of `source`, which has rows of the same width, for i < count. */
  gather(input: Tensor, source: ArrayLike<number>, indices: ArrayLike<number>, from: number, count: number): void;
  /** Feeds the first rows of an input; nothing where the program does not read it. */
  writeRows(input: Tensor, values: ArrayLike<number>, rows: number): void;
  /**
   * Computes outputs and applies updates for this many rows (from 1 to the capacity; default 1), or for sequences, whose
   * layout says in which rows they are written and read.
   */
  run(rows?: number | SequenceLayout): void;
  /**
   * The same with the same bits, and yields every 10 ms, to share the thread: between blocks of rows, and within a block
   * between instructions. A program whose run takes less than that is run in one call.
   */
  runInSlices(rows?: number | SequenceLayout): Generator<void, void>;
  /** Copies an output of the last run, with the rows of that run if it has rows; into `out` if given. */
  read(output: Output, out?: Float32Array): Float32Array;
  /** What reads that output into an array: for outputs that are read so often that finding them by name counts. */
  reader(output: Output): (out: Float32Array) => void;
  /** The value of a scalar output of the last run. */
  readScalar(output: Output): number;
  /**
   * Runs the graph once more on the reference backend, with the current inputs and variables and the number of rows of
   * the last run (or `rows`), and describes the first tensor that holds a NaN; undefined if there is none.
   */
  explainNaN(rows?: number | SequenceLayout): string | undefined;
}

/**
 * The multiply-adds from which a segment is shared, some 10 to 20 µs of work. A thread that spins begins half a µs later; but
 * what the other has written comes from its cache, line by line.
 */
const worthSharing = 1 << 20;

/** A run in slices takes strands whole if they are so many slices all together: some milliseconds. */
const slicesOfStrands = 8;

/** Bytes of an entry of a table of pieces. */
const pieceBytes = 8;

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

/** The engine that a program is compiled for. */
interface Surroundings {
  readonly kernels: KernelExports;
  /** To be called before each run. */
  readonly beforeRun: (() => void) | undefined;
  /** A view of the memory. */
  readonly heap: () => Float32Array;
  /** The value of a variable. */
  readonly read: (variable: Variable) => Float32Array;
  readonly threads: SharedWork | undefined;
}

/**
 * The program of a plan.
 *
 * @internal
 */
export function createProgram<Output extends string>(
  spec: ProgramSpec<Output>,
  planned: Plan,
  { capacity, longest }: { readonly capacity: number; readonly longest?: number },
  { kernels, beforeRun, heap, read, threads }: Surroundings,
): Program<Output> {
  const { segmentTable, segments, strands, slots, sliceWork, blockRows, blockTable } = planned;
  const inputs = new Map(Array.from(planned.inputs, ([tensor, address]) => [tensor, locate(tensor, address)]));
  const outputs = new Map(
    Array.from(planned.outputs, ([name, { tensor, address }]) => [name, locate(tensor, address)]),
  );
  let lastRows = 1; // of the last run: those that means divide by,
  let lastSpan = 1; // those that are written and read,
  let lastBlocks = 1; // and the blocks that they are in
  let lastLayout: SequenceLayout | undefined;

  const runAlone = (from: number, count: number, rows: number): void =>
    kernels.run(segmentTable + from * SegmentLayout.Bytes, count, rows, blockRows, slots, blockTable);

  const strandWorkPerRow = segments.reduce((sum, { strand, workPerRow }) => sum + (strand < 0 ? 0 : workPerRow), 0);

  /** Whether threads take whole strands, so that each works on weights of its own; more threads share their rows instead. */
  const takesStrands = (rows: number): boolean =>
    strands !== undefined &&
    threads?.running === true &&
    (threads.size <= strands.count || lastBlocks === 1) &&
    rows * strandWorkPerRow >= worthSharing;

  /** Whether a segment is worth the time that it takes to wake other threads. */
  const isShared = ({ rows: hasRows, workPerRow, pieces, parts }: Segment, rows: number): boolean => {
    if (threads?.running !== true) return false;
    if (hasRows) return lastBlocks > 1 && slots > 1 && rows * workPerRow >= worthSharing;
    return pieces !== 0 && (takesStrands(rows) || workOf(parts) >= worthSharing);
  };

  const strandWords = [strands?.table ?? 0, 0, 0, blockRows, 0, 0, 0, blockTable];
  const ownStrand = (strand: number): void =>
    kernels.runStrand(strandWords[0], strand, strandWords[2], blockRows, strandWords[4], blockTable, 0);
  const shareStrands = (rows: number): void => {
    strandWords[2] = rows;
    strandWords[4] = Math.min(lastBlocks, slots);
    threads!.share(strandWords, strands!.count, ownStrand);
  };

  /**
   * For each segment: shares its pieces among all threads or, where it has rows, its slots, of each some blocks. Sums do not
   * depend on which thread does a slot.
   */
  const shareOut = segments.map(({ code, end, rows: hasRows, pieces, parts }) => {
    const words = [code, end, 0, 0, 0, 0, 0, blockTable];
    const ownSlot = (slot: number): void =>
      kernels.runBlocks(code, end, words[2], words[3], words[4], slot, words[5], words[6], blockTable, 0);
    const ownPiece = (piece: number): void => kernels.runPiece(words[0], piece, words[2], words[4]);
    return (rows: number, from = 0, to = hasRows ? rows : parts.length): void => {
      words[2] = rows;
      words[4] = Math.min(lastBlocks, slots);
      if (hasRows) {
        words[3] = blockRows;
        words[5] = from;
        words[6] = to;
        threads!.share(words, words[4], ownSlot);
      } else {
        words[0] = pieces + pieceBytes * from;
        threads!.share(words, Math.min(to, parts.length) - from, ownPiece);
      }
    };
  });

  const runShared = (rows: number): void => {
    let alone = 0; // the first segment that has not run
    for (let i = 0; i < segments.length; i++) {
      const ofStrands = i === strands?.first && takesStrands(rows);
      if (!ofStrands && !isShared(segments[i], rows)) continue;
      if (i > alone) runAlone(alone, i - alone, rows);
      if (ofStrands) {
        shareStrands(rows);
        i = strands.end - 1;
      } else shareOut[i](rows);
      alone = i + 1;
    }
    if (alone < segments.length) runAlone(alone, segments.length - alone, rows);
  };

  const staticWork = segments.reduce((sum, { rows, parts }) => sum + (rows ? 0 : workOf(parts)), 0);
  const workPerRow = segments.reduce((sum, { rows, parts }) => sum + (rows ? workOf(parts) : 0), 0);

  /** A segment in calls of about `sliceWork`: some blocks of all instructions, or one block of some instructions. */
  function* runSegment(i: number, rows: number): Generator<void, void> {
    const { rows: hasRows, parts } = segments[i];
    const live = Math.min(lastBlocks, slots);
    const blocks = hasRows ? Math.ceil(lastBlocks / live) : 1; // of a slot, at most
    const fits = sliceWork / (blockRows * workOf(parts)); // blocks in a slice
    if (isShared(segments[i], rows)) {
      const all = hasRows ? blocks : parts.length;
      const step = hasRows ? Math.max(1, Math.floor((fits * threads!.size) / live)) : threads!.size;
      for (let from = 0; from < all; from += step) {
        shareOut[i](rows, from, from + step);
        if (pauseIsDue()) yield;
      }
      return;
    }
    const step = Math.max(1, Math.floor(fits));
    for (let slot = 0; slot < (hasRows ? live : 1); slot++)
      for (let from = 0; from < blocks; from += step)
        for (const { code, end } of parts) {
          if (hasRows) kernels.runBlocks(code, end, rows, blockRows, live, slot, from, from + step, blockTable, 0);
          else kernels.runOnce(code, end, rows, live);
          if (pauseIsDue()) yield;
        }
  }

  /** Takes note of what is to run; returns the rows. */
  const begin = (rows: number | SequenceLayout): number => {
    beforeRun?.();
    if (typeof rows === "object") return beginSequences(rows);
    if (longest !== undefined)
      throw new TypeError("a program over sequences runs a layout of them, not a number of rows");
    if (!(Number.isInteger(rows) && rows >= 1 && rows <= capacity))
      throw new RangeError(`a program compiled for 1 to ${capacity} rows cannot run ${rows}`);
    lastBlocks = Math.ceil(rows / blockRows);
    return (lastRows = lastSpan = rows);
  };
  const beginSequences = (layout: SequenceLayout): number => {
    const { rows, span, blocks } = layout;
    if (longest === undefined)
      throw new TypeError("a program that was not compiled for sequences runs a number of rows");
    if (span > capacity)
      throw new RangeError(`a program compiled for ${capacity} rows cannot run sequences that span ${span}`);
    for (let i = 1; i < blocks.length; i += 2)
      if (blocks[i] > blockRows)
        throw new RangeError(`a block of ${blocks[i]} rows is longer than the ${blockRows} of the program's layouts`);
    if (layout !== lastLayout) {
      const table = new Int32Array(heap().buffer, blockTable, 1 + blocks.length);
      table[0] = blocks.length / 2;
      table.set(blocks, 1);
      lastLayout = layout;
    }
    [lastRows, lastSpan, lastBlocks] = [rows, span, blocks.length / 2];
    return rows;
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

  const copyOut = ({ at, width, hasRows }: Location, out: Float32Array): void => {
    const view = heap();
    const count = Math.min(hasRows ? width * lastSpan : width, out.length);
    for (let i = 0; i < count; i++) out[i] = view[at + i];
  };

  const program: Program<Output> = {
    capacity,
    longest,
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
      copyInto(view, at, values, count);
    },
    writeRows(input, values, rows) {
      const place = inputs.get(input);
      if (place === undefined) return;
      if (!place.hasRows || rows > capacity) return program.write(input, values, rows * place.width); // which refuses it
      copyInto(heap(), place.at, values, rows * place.width);
    },
    gather(input, source, indices, from, count) {
      const { at, width, hasRows } = inputOf(input);
      if (!hasRows || count > capacity)
        throw new RangeError(
          `input "${input.name}" of shape ${formatShape(input.shape)} does not take ${count} rows` +
            (hasRows ? `: the program was compiled for ${capacity}` : ""),
        );
      const view = heap();
      if (width === 1) for (let i = 0; i < count; i++) view[at + i] = source[indices[from + i]];
      else
        for (let i = 0, to = at; i < count; i++)
          for (let j = 0, k = indices[from + i] * width; j < width; j++) view[to++] = source[k++];
    },
    run(layout = 1) {
      const rows = begin(layout);
      if (threads?.running) runShared(rows);
      else runAlone(0, segments.length, rows);
    },
    *runInSlices(layout = 1) {
      const rows = begin(layout);
      if (staticWork + rows * workPerRow <= sliceWork) return program.run(layout);
      for (let i = 0; i < segments.length; i++) {
        if (i === strands?.first && takesStrands(rows) && rows * strandWorkPerRow <= slicesOfStrands * sliceWork) {
          shareStrands(rows);
          i = strands.end - 1;
          if (pauseIsDue()) yield;
        } else yield* runSegment(i, rows);
      }
    },
    read(name, out) {
      const place = outputOf(name);
      out ??= new Float32Array(place.hasRows ? place.width * lastSpan : place.width);
      copyOut(place, out);
      return out;
    },
    reader(name) {
      const place = outputOf(name);
      return (out) => copyOut(place, out);
    },
    readScalar(name) {
      return heap()[outputOf(name).at];
    },
    explainNaN(layout = lastLayout ?? lastRows) {
      const rows = typeof layout === "number" ? layout : layout.rows;
      const feeds = new Map<Tensor, ArrayLike<number>>();
      for (const [tensor, address] of planned.inputs)
        feeds.set(
          tensor,
          typeof layout === "object" && hasRows(tensor.shape)
            ? withoutGaps(heap(), address / 4, staticSize(tensor.shape), layout)
            : heap().slice(address / 4, address / 4 + concreteSize(tensor.shape, rows)),
        );
      const roots = [...Object.values<Tensor>(spec.outputs), ...(spec.updates ?? []).flatMap(updateInputs)];
      for (const t of topologicalOrder(roots)) if (t.operation.kind === "variable") feeds.set(t, read(t as Variable));
      return explanations()?.(spec, feeds, rows)?.description;
    },
  };
  return program;
}

/** The rows of sequences one after another, from where they lie with gaps. */
function withoutGaps(view: Float32Array, at: number, width: number, { rows, blocks }: SequenceLayout): Float32Array {
  const packed = new Float32Array(rows * width);
  for (let i = 0, to = 0; i < blocks.length; to += blocks[i + 1] * width, i += 2) {
    const from = at + blocks[i] * width;
    packed.set(view.subarray(from, from + blocks[i + 1] * width), to);
  }
  return packed;
}

function copyInto(view: Float32Array, at: number, values: ArrayLike<number>, count: number): void {
  if (values instanceof Float32Array && count > 64) view.set(values.subarray(0, count), at);
  else for (let i = 0; i < count; i++) view[at + i] = values[i];
}

const workOf = (parts: Segment["parts"]): number => parts.reduce((sum, { work }) => sum + work, 0);
