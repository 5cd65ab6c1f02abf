// Kernel graph → program: the order of execution, a place for every value, and instructions written into memory.

import type { Tensor } from "../graph/tensor.ts";
import { createCode, type Code, type Part } from "./code.ts";
import { encodeAdam, encodeCopy, encodeNode, encodeReduceSlots, type Range } from "./encode.ts";
import { SegmentLayout, StrandLayout } from "./instructions.ts";
import { owner, type KernelNode } from "./kernel-graph.ts";
import type { KernelProgram } from "./lower.ts";
import { packOperands } from "./pack.ts";
import { bytesOf, placeNodes, type Memory, type SlotRegion } from "./places.ts";
import { stagesOf, workOf, workPerElement, type Stages } from "./stages.ts";
import { fixed, type OperandPlace } from "./words.ts";
import { staticSize } from "../graph/shape.ts";
import { blockRowsFor, leastBlockRows } from "../sequence-layout.ts";

/** The rows that a row segment processes at a time: their activations stay in the first-level cache. */
export const blockRows = leastBlockRows;
/** The work of a slice, in multiply-adds: a millisecond, or a few. */
const workOfSlice = 1 << 25;
/** Sums over rows are accumulated in at most this many slots; as many threads can share the work. */
export const maxSlots = 16;

export interface Plan {
  /** Address of the segment table (see SegmentLayout). */
  readonly segmentTable: number;
  readonly segments: readonly Segment[];
  /** Where the program has strands: their segments. */
  readonly strands: Strands | undefined;
  readonly slots: number;
  /** Rows of a block: 64, or at most so many where blocks are whole sequences. */
  readonly blockRows: number;
  /** Where blocks are whole sequences: the address of their table, a count and then the first row and the rows of each. */
  readonly blockTable: number;
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
  /**
   * The address of a table of its parts (of each its first word and just past its last), where they depend on one another
   * in nothing and threads may share them; else 0.
   */
  readonly pieces: number;
  /** The strand that it is of; −1 if it is of none. */
  readonly strand: number;
}

/** The segments of strands, which depend on one another in nothing (see strands.ts). */
export interface Strands {
  /** The first segment, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** The address of their table (see StrandLayout). */
  readonly table: number;
  readonly count: number;
}

/** How a program is planned. */
export interface PlanOptions {
  /** Rows of a run at most. */
  readonly capacity: number;
  /** Threads that may share its row segments. Default 1. */
  readonly threads?: number;
  /** Tokens of a sequence at most, where rows are tokens and blocks whole sequences (see `layOut`). */
  readonly longest?: number;
  /** After how many multiply-adds a run in slices may pause. Default 2²⁵, a millisecond or a few. */
  readonly sliceWork?: number;
}

/** Plans a program. */
export function plan(lowered: KernelProgram, memory: Memory, options: PlanOptions): Plan {
  const { capacity, threads = 1, sliceWork = workOfSlice, longest } = options;
  const program = withPanels(lowered, capacity);
  const outputs = program.outputs.map(({ node }) => node);
  const updateNodes = program.updates.flatMap(({ nodes }) => nodes);
  const scheduled = stagesOf([...outputs, ...updateNodes]);
  const attends = scheduled.order.find((n) => n.operation.kind === "attention");
  if (attends && longest === undefined)
    throw new TypeError("a program with attention is compiled for sequences: say how long the longest is");
  const rowsOfBlock = longest === undefined ? blockRows : blockRowsFor(longest);
  const most = longest === undefined ? Math.ceil(capacity / blockRows) : blocksWithin(capacity);
  const kept = [...outputs, ...updateNodes];
  const places = placeNodes(scheduled, memory, {
    kept,
    capacity,
    blockRows: rowsOfBlock,
    slots: Math.min(most, maxSlots),
    threads,
  });
  const { slots } = places;

  /** The work of a piece: about one for each thread. */
  const pieceOf = (work: number): number => Math.min(Math.max(leastPiece, (1.1 * work) / threads), sliceWork);
  const drafts = scheduled.stages.flatMap(({ rows, before, strands, after }, stage): Draft[] => {
    const region = places.slotRegions.get(stage - 1);
    const draft = (nodes: readonly KernelNode[], strand = none): Draft => {
      const code = createCode(rows ? sliceWork / rowsOfBlock : sliceWork);
      if (region && strand !== none) code.add(...reductionOfStrand(region, slots, strand));
      for (const n of nodes)
        code.add(
          encodeNode(n, (other) => places.operand(other, stage), places.scratch(n)),
          workOf(n),
        );
      const workPerRow = rows ? nodes.reduce((sum, n) => sum + workOf(n), 0) : 0;
      return { code, rows, workPerRow, pieces: false, strand };
    };
    return [
      ...(region && !isOfStrands(region) ? [reduction(region, slots, pieceOf)] : []),
      draft(before),
      ...strands.map(draft),
      draft(after),
    ];
  });
  const lastStage = scheduled.stages.length - 1;
  const end = encodeEnd(program, (n) => places.operand(n, lastStage), scheduled, memory, drafts.at(-1)!.code, pieceOf);
  drafts.push(end.steps);
  const segments = drafts.flatMap((draft) => placeSegment(draft, memory));
  return {
    segmentTable: writeSegmentTable(segments, memory),
    segments,
    strands: placeStrands(segments, memory),
    slots,
    blockRows: rowsOfBlock,
    blockTable: longest === undefined ? 0 : memory.allocate(4 + 8 * blocksWithin(capacity), "code"),
    sliceWork,
    inputs: places.inputs,
    outputs: new Map(program.outputs.map(({ name, tensor }, i) => [name, { tensor, address: end.outputs[i].address }])),
  };
}

/** A segment that is not in memory yet. */
interface Draft {
  readonly code: Code;
  readonly rows: boolean;
  readonly workPerRow: number;
  /** Whether its parts depend on one another in nothing. */
  readonly pieces: boolean;
  /** Which strand it is of, or none. */
  readonly strand: number;
}
const none = -1;

function placeSegment({ code, rows, workPerRow, pieces, strand }: Draft, memory: Memory): Segment[] {
  const words = code.words();
  if (words.length === 0) return [];
  const address = memory.allocate(words.byteLength, "code");
  memory.writeWords(address, words);
  const parts = code.partsAt(address);
  let table = 0;
  if (pieces && parts.length > 1) {
    table = memory.allocate(8 * parts.length, "code");
    memory.writeWords(table, Uint32Array.from(parts.flatMap(({ code, end }) => [code, end])));
  }
  return [{ rows, code: address, end: address + words.byteLength, workPerRow, parts, pieces: table, strand }];
}

/** Writes the table of strands (see StrandLayout), where there are any: their segments follow one another. */
function placeStrands(segments: readonly Segment[], memory: Memory): Strands | undefined {
  const first = segments.findIndex(({ strand }) => strand !== none);
  if (first < 0) return undefined;
  const end = segments.findLastIndex(({ strand }) => strand !== none) + 1;
  const members = segments.slice(first, end);
  const count = Math.max(...members.map(({ strand }) => strand)) + 1;
  const entryWords = StrandLayout.Bytes / 4;
  const table = new Uint32Array(count * entryWords);
  let seesRows = false;
  for (const { rows, code, end, strand } of members) {
    seesRows ||= rows;
    const at = rows ? StrandLayout.Rows : seesRows ? StrandLayout.After : StrandLayout.Before;
    table.set([code, end], strand * entryWords + at / 4);
  }
  const address = memory.allocate(table.byteLength, "code");
  memory.writeWords(address, table);
  return { first, end, table: address, count };
}

/** The work of a piece at least, in multiply-adds. */
const leastPiece = 1 << 16;

/** So many elements as ranges of about so much work, which begin with a line of the cache. */
function rangesOf(elements: number, workOfElement: number, work: number): Range[] {
  const length = Math.max(16, 16 * Math.floor(work / workOfElement / 16));
  return Array.from({ length: Math.ceil(elements / length) }, (_, i) => {
    const from = i * length;
    return { from, count: Math.min(length, elements - from) };
  });
}

/** Whether each strand adds up the sums of its own. */
const isOfStrands = ({ parts }: SlotRegion): boolean => parts.every(({ strand }) => strand !== none);

/** Adds up the slots of sums over rows into the first. */
function reduction({ base, bytes }: SlotRegion, slots: number, pieceOf: (work: number) => number): Draft {
  const most = pieceOf((bytes / 4) * slots);
  const code = createCode(most);
  for (const { from, count } of rangesOf(bytes / 4, slots, most))
    code.add(encodeReduceSlots(base + 4 * from, count, bytes), count * slots);
  return { code, rows: false, workPerRow: 0, pieces: true, strand: none };
}

/** The same for the sums of one strand: the words, and their work. */
function reductionOfStrand({ base, bytes, parts }: SlotRegion, slots: number, strand: number): [number[], number] {
  let at = base;
  for (const part of parts) {
    if (part.strand === strand) return [encodeReduceSlots(at, part.bytes / 4, bytes), (part.bytes / 4) * slots];
    at += part.bytes;
  }
  return [[], 0];
}

/** The program with its large matrices in panels. */
function withPanels({ outputs, updates }: KernelProgram, capacity: number): KernelProgram {
  const roots = [...outputs.map(({ node }) => node), ...updates.flatMap(({ nodes }) => nodes)];
  const packed = packOperands(roots, capacity).values();
  const next = (): KernelNode => packed.next().value!;
  return {
    outputs: outputs.map((output) => ({ ...output, node: next() })),
    updates: updates.map((update) => ({ ...update, nodes: update.nodes.map(next) })),
  };
}

/** Blocks of whole sequences at most: each begins at a multiple of four. */
const blocksWithin = (capacity: number): number => Math.ceil(capacity / 4);

function writeSegmentTable(segments: readonly Segment[], memory: Memory): number {
  const entryWords = SegmentLayout.Bytes / 4;
  const table = new Uint32Array(segments.length * entryWords);
  segments.forEach(({ rows, code, end }, i) => {
    const entry = table.subarray(i * entryWords);
    entry[SegmentLayout.HasRows / 4] = Number(rows);
    entry[SegmentLayout.Code / 4] = code;
    entry[SegmentLayout.End / 4] = end;
  });
  const address = memory.allocate(table.byteLength, "code");
  memory.writeWords(address, table);
  return address;
}

/**
 * Updates come last, in any order: they and the outputs only read values from before any update, of which `code` makes
 * copies. Returns where the outputs are, and the updates' code.
 */
function encodeEnd(
  { outputs, updates }: KernelProgram,
  operand: (n: KernelNode) => OperandPlace,
  { strandOf }: Stages,
  memory: Memory,
  code: Code,
  pieceOf: (work: number) => number,
): { readonly outputs: OperandPlace[]; readonly steps: Draft } {
  const updated = new Set<Tensor>(updates.map(({ update }) => update.variable));
  /** The value, or a copy of it if it is the value of a variable that is updated. */
  const steady = (n: KernelNode): OperandPlace => {
    const source = owner(n);
    if (source.operation.kind !== "leaf" || !updated.has(source.operation.tensor)) return operand(n);
    const copy = fixed(memory.allocate(bytesOf(staticSize(n.shape)), "values"));
    code.add(encodeCopy(copy, operand(n), n), workOf(n));
    return copy;
  };
  const workOfAdam = 4 * workPerElement;
  const adamElements = updates.reduce(
    (sum, { update }) => sum + (update.kind === "adam" ? staticSize(update.variable.shape) : 0),
    0,
  );
  const most = pieceOf(adamElements * workOfAdam);
  const steps = createCode(most);
  // Of each strand together: the thread that made its gradients has them in its cache.
  const strandOfUpdate = ({ update, nodes }: (typeof updates)[number]): number => {
    const strand = strandOf(owner(nodes[update.kind === "assign" ? 1 : 3]));
    return strand === none ? Infinity : strand;
  };
  let strand = Infinity;
  for (const next of updates.toSorted((a, b) => strandOfUpdate(a) - strandOfUpdate(b))) {
    const { update, nodes } = next;
    if (strandOfUpdate(next) !== strand) steps.cut();
    strand = strandOfUpdate(next);
    const [variable] = nodes;
    if (update.kind === "assign") {
      if (nodes[1].operation.kind === "appendRows") continue; // it is there
      steps.add(encodeCopy(operand(variable), steady(nodes[1]), variable), workOf(variable));
      continue;
    }
    const [, firstMoment, secondMoment, gradient, gradientScale, stepSize, correction] = nodes;
    const places = {
      variable: operand(variable),
      firstMoment: operand(firstMoment),
      secondMoment: operand(secondMoment),
      gradient: steady(gradient),
      gradientScale: steady(gradientScale),
      stepSize: steady(stepSize),
      correction: steady(correction),
    };
    for (const range of rangesOf(staticSize(variable.shape), workOfAdam, most))
      steps.add(encodeAdam(update, places, range), workOfAdam * range.count);
  }
  return {
    outputs: outputs.map(({ node }) => steady(node)),
    steps: { code: steps, rows: false, workPerRow: 0, pieces: true, strand: none },
  };
}
