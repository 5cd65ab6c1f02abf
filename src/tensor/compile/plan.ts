// Kernel graph → program: the order of execution, a place for every value, and instructions written into memory.

import type { Tensor } from "../graph/tensor.ts";
import { createCode, type Code, type Part } from "./code.ts";
import { encodeAdam, encodeCopy, encodeNode, encodeReduceSlots } from "./encode.ts";
import { SegmentLayout } from "./instructions.ts";
import { owner, type KernelNode } from "./kernel-graph.ts";
import type { KernelProgram } from "./lower.ts";
import { packOperands } from "./pack.ts";
import { bytesOf, placeNodes, type Memory } from "./places.ts";
import { stagesOf, workOf, workPerElement } from "./stages.ts";
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

  const code = scheduled.stages.map(({ rows, nodes }, stage): Code => {
    const stageCode = createCode(rows ? sliceWork / rowsOfBlock : sliceWork);
    const region = places.slotRegions.get(stage - 1);
    if (region) stageCode.add(encodeReduceSlots(region.base, region.bytes), (region.bytes / 4) * slots);
    for (const n of nodes)
      stageCode.add(
        encodeNode(n, (other) => places.operand(other, stage), places.scratch(n)),
        workOf(n),
      );
    return stageCode;
  });
  const lastStage = code.length - 1;
  const outputPlaces = encodeEnd(program, (n) => places.operand(n, lastStage), memory, code[lastStage]);

  const segments = scheduled.stages.flatMap(({ rows, workPerRow }, stage): Segment[] => {
    const words = code[stage].words();
    if (words.length === 0) return [];
    const address = memory.allocate(words.byteLength, "code");
    memory.writeWords(address, words);
    return [{ rows, code: address, end: address + words.byteLength, workPerRow, parts: code[stage].partsAt(address) }];
  });
  return {
    segmentTable: writeSegmentTable(segments, memory),
    segments,
    slots,
    blockRows: rowsOfBlock,
    blockTable: longest === undefined ? 0 : memory.allocate(4 + 8 * blocksWithin(capacity), "code"),
    sliceWork,
    inputs: places.inputs,
    outputs: new Map(
      program.outputs.map(({ name, tensor }, i) => [name, { tensor, address: outputPlaces[i].address }]),
    ),
  };
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

/** Updates come last; they and the outputs only read values from before any update. Returns where the outputs are. */
function encodeEnd(
  { outputs, updates }: KernelProgram,
  operand: (n: KernelNode) => OperandPlace,
  memory: Memory,
  code: Code,
): OperandPlace[] {
  const updated = new Set<Tensor>(updates.map(({ update }) => update.variable));
  /** The value, or a copy of it if it is the value of a variable that is updated. */
  const steady = (n: KernelNode): OperandPlace => {
    const source = owner(n);
    if (source.operation.kind !== "leaf" || !updated.has(source.operation.tensor)) return operand(n);
    const copy = fixed(memory.allocate(bytesOf(staticSize(n.shape)), "values"));
    code.add(encodeCopy(copy, operand(n), n), workOf(n));
    return copy;
  };
  const steps = updates.map(({ update, nodes }) => {
    const [variable] = nodes;
    if (update.kind === "assign" && nodes[1].operation.kind === "appendRows") return { words: [], work: 0 }; // it is there
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
  for (const { words, work } of steps) code.add(words, work); // after all copies
  return steadyOutputs;
}
