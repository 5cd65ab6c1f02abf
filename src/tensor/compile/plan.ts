// Kernel graph → program: the order of execution, a place for every value, and instructions written into memory.

import type { Tensor } from "../graph/tensor.ts";
import { encodeAdam, encodeCopy, encodeNode, encodeReduceSlots } from "./encode.ts";
import { SegmentLayout } from "./instructions.ts";
import { owner, type KernelNode } from "./kernel-graph.ts";
import type { KernelProgram } from "./lower.ts";
import { bytesOf, placeNodes, type Memory } from "./places.ts";
import { stagesOf, workOf, workPerElement } from "./stages.ts";
import { fixed, type OperandPlace } from "./words.ts";
import { staticSize } from "../graph/shape.ts";

/** The rows that a row segment processes at a time: their activations stay in the first-level cache. */
export const blockRows = 64;
/** The work of a slice, in multiply-adds: a millisecond, or a few. */
const workOfSlice = 1 << 25;
/** Sums over rows are accumulated in at most this many slots; as many threads can share the work. */
export const maxSlots = 16;

export interface Plan {
  /** Address of the segment table (see SegmentLayout). */
  readonly segmentTable: number;
  readonly segments: readonly Segment[];
  readonly slots: number;
  /** After how many multiply-adds a run may pause. */
  readonly sliceWork: number;
  /** The address of each input that the program reads. */
  readonly inputs: ReadonlyMap<Tensor, number>;
  readonly outputs: ReadonlyMap<string, { readonly tensor: Tensor; readonly address: number }>;
}

/** Instructions that run once, or once for each block of rows. */
export interface Segment {
  readonly rows: boolean;
  /** The addresses of the first word and just past the last. */
  readonly code: number;
  readonly end: number;
  /** The approximate cost of a row, in multiply-adds; 0 in a static segment. */
  readonly workPerRow: number;
  /** Its instructions in runs of at most `sliceWork` for a block of rows: mostly one run. */
  readonly parts: readonly Part[];
}

/** Some instructions of a segment. */
export interface Part {
  readonly code: number;
  readonly end: number;
  /** In multiply-adds: of a row, or of all in a static segment. */
  readonly work: number;
}

/** The words of one node or update, and their work. */
interface Piece {
  readonly words: readonly number[];
  readonly work: number;
}

/** How a program is planned. */
export interface PlanOptions {
  /** Rows of a run at most. */
  readonly capacity: number;
  /** Threads that may share its row segments. Default 1. */
  readonly threads?: number;
  /** After how many multiply-adds a run in slices may pause. Default 2²⁵, a millisecond or a few. */
  readonly sliceWork?: number;
}

/** Plans a program. */
export function plan(program: KernelProgram, memory: Memory, options: PlanOptions): Plan {
  const { capacity, threads = 1, sliceWork = workOfSlice } = options;
  const outputs = program.outputs.map(({ node }) => node);
  const updateNodes = program.updates.flatMap(({ nodes }) => nodes);
  const scheduled = stagesOf([...outputs, ...updateNodes]);
  const slots = Math.min(Math.ceil(capacity / blockRows), maxSlots);
  const kept = [...outputs, ...updateNodes];
  const places = placeNodes(scheduled, memory, { kept, capacity, blockRows, slots, threads });

  const code = scheduled.stages.map(({ nodes }, stage): Piece[] => {
    const pieces = nodes
      .map((n) => ({ words: encodeNode(n, (other) => places.operand(other, stage)), work: workOf(n) }))
      .filter(({ words }) => words.length > 0);
    const region = places.slotRegions.get(stage - 1);
    if (!region) return pieces;
    const reduce = { words: encodeReduceSlots(region.base, region.bytes), work: (region.bytes / 4) * slots };
    return [reduce, ...pieces];
  });
  const lastStage = code.length - 1;
  const end = encodeEnd(program, (n) => places.operand(n, lastStage), memory);
  code[lastStage] = [...code[lastStage], ...end.pieces];

  const segments = scheduled.stages.flatMap(({ rows, workPerRow }, stage): Segment[] => {
    const pieces = code[stage];
    const bytes = 4 * pieces.reduce((count, { words }) => count + words.length, 0);
    if (bytes === 0) return [];
    const address = memory.allocate(bytes);
    const words = new Uint32Array(bytes / 4);
    let at = 0;
    for (const piece of pieces) {
      words.set(piece.words, at);
      at += piece.words.length;
    }
    memory.writeWords(address, words);
    const parts = partsOf(pieces, address, rows ? sliceWork / blockRows : sliceWork);
    return [{ rows, code: address, end: address + bytes, workPerRow, parts }];
  });
  return {
    segmentTable: writeSegmentTable(segments, memory),
    segments,
    slots,
    sliceWork,
    inputs: places.inputs,
    outputs: new Map(program.outputs.map(({ name, tensor }, i) => [name, { tensor, address: end.outputs[i].address }])),
  };
}

/** Pieces that lie one after another in memory, as few parts of at most so much work; one piece may be more. */
function partsOf(pieces: readonly Piece[], address: number, most: number): Part[] {
  const parts: { code: number; end: number; work: number }[] = [];
  let end = address;
  for (const { words, work } of pieces) {
    const last = parts.at(-1);
    const code = end;
    end += words.length * 4;
    if (!last || last.work + work > most) parts.push({ code, end, work });
    else {
      last.end = end;
      last.work += work;
    }
  }
  return parts;
}

function writeSegmentTable(segments: readonly Segment[], memory: Memory): number {
  const entryWords = SegmentLayout.Bytes / 4;
  const table = new Uint32Array(segments.length * entryWords);
  segments.forEach(({ rows, code, end }, i) => {
    const entry = table.subarray(i * entryWords);
    entry[SegmentLayout.HasRows / 4] = Number(rows);
    entry[SegmentLayout.Code / 4] = code;
    entry[SegmentLayout.End / 4] = end;
  });
  const address = memory.allocate(table.byteLength);
  memory.writeWords(address, table);
  return address;
}

/** Updates come last; they and the outputs only read values from before any update. */
function encodeEnd(
  { outputs, updates }: KernelProgram,
  operand: (n: KernelNode) => OperandPlace,
  memory: Memory,
): { pieces: Piece[]; outputs: OperandPlace[] } {
  const copies: Piece[] = [];
  const updated = new Set<Tensor>(updates.map(({ update }) => update.variable));
  /** The value, or a copy of it if it is the value of a variable that is updated. */
  const steady = (n: KernelNode): OperandPlace => {
    const source = owner(n);
    if (source.operation.kind !== "leaf" || !updated.has(source.operation.tensor)) return operand(n);
    const copy = fixed(memory.allocate(bytesOf(staticSize(n.shape))));
    copies.push({ words: encodeCopy(copy, operand(n), n), work: workOf(n) });
    return copy;
  };
  const steps = updates.map(({ update, nodes }): Piece => {
    const [variable] = nodes;
    if (update.kind === "assign")
      return { words: encodeCopy(operand(variable), steady(nodes[1]), variable), work: workOf(variable) };
    const [, firstMoment, secondMoment, gradient, gradientScale, stepSize, correction] = nodes;
    const words = encodeAdam(update, {
      variable: operand(variable),
      firstMoment: operand(firstMoment),
      secondMoment: operand(secondMoment),
      gradient: steady(gradient),
      gradientScale: steady(gradientScale),
      stepSize: steady(stepSize),
      correction: steady(correction),
    });
    return { words, work: 4 * workPerElement * staticSize(variable.shape) };
  });
  const steadyOutputs = outputs.map(({ node }) => steady(node));
  return { pieces: copies.concat(steps), outputs: steadyOutputs };
}
