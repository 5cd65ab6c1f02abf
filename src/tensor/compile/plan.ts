// Kernel graph → program: the order of execution, a place for every value, and instructions written into memory.

import type { Tensor } from "../graph/tensor.ts";
import { encodeAdam, encodeCopy, encodeNode, encodeReduceSlots } from "./encode.ts";
import { SegmentLayout } from "./instructions.ts";
import { owner, type KernelNode } from "./kernel-graph.ts";
import type { KernelProgram } from "./lower.ts";
import { bytesOf, placeNodes, type Memory } from "./places.ts";
import { stagesOf } from "./stages.ts";
import { fixed, type OperandPlace } from "./words.ts";
import { staticSize } from "../graph/shape.ts";

/** The rows that a row segment processes at a time: their activations stay in the first-level cache. */
export const blockRows = 64;
/** Sums over rows are accumulated in at most this many slots; as many threads can share the work. */
export const maxSlots = 16;

export interface Plan {
  /** Address of the segment table (see SegmentLayout). */
  readonly segmentTable: number;
  readonly segments: readonly Segment[];
  readonly slots: number;
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
}

/** Plans a program for at most `capacity` rows, whose row segments may be shared by this many threads. */
export function plan(program: KernelProgram, capacity: number, memory: Memory, threads = 1): Plan {
  const outputs = program.outputs.map(({ node }) => node);
  const updateNodes = program.updates.flatMap(({ nodes }) => nodes);
  const scheduled = stagesOf([...outputs, ...updateNodes]);
  const slots = Math.min(Math.ceil(capacity / blockRows), maxSlots);
  const kept = [...outputs, ...updateNodes];
  const places = placeNodes(scheduled, memory, { kept, capacity, blockRows, slots, threads });

  const code = scheduled.stages.map(({ nodes }, stage): number[] => {
    const words: number[] = [];
    const region = places.slotRegions.get(stage - 1);
    if (region) words.push(...encodeReduceSlots(region.base, region.bytes));
    for (const n of nodes) words.push(...encodeNode(n, (other) => places.operand(other, stage)));
    return words;
  });
  const lastStage = code.length - 1;
  const end = encodeEnd(program, (n) => places.operand(n, lastStage), memory);
  code[lastStage].push(...end.words);

  const segments = scheduled.stages.flatMap(({ rows, workPerRow }, stage): Segment[] => {
    const words = code[stage];
    if (words.length === 0) return [];
    const address = memory.allocate(words.length * 4);
    memory.writeWords(address, Uint32Array.from(words));
    return [{ rows, code: address, end: address + words.length * 4, workPerRow }];
  });
  return {
    segmentTable: writeSegmentTable(segments, memory),
    segments,
    slots,
    inputs: places.inputs,
    outputs: new Map(program.outputs.map(({ name, tensor }, i) => [name, { tensor, address: end.outputs[i].address }])),
  };
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
): { words: number[]; outputs: OperandPlace[] } {
  const copies: number[] = [];
  const updated = new Set<Tensor>(updates.map(({ update }) => update.variable));
  /** The value, or a copy of it if it is the value of a variable that is updated. */
  const steady = (n: KernelNode): OperandPlace => {
    const source = owner(n);
    if (source.operation.kind !== "leaf" || !updated.has(source.operation.tensor)) return operand(n);
    const copy = fixed(memory.allocate(bytesOf(staticSize(n.shape))));
    copies.push(...encodeCopy(copy, operand(n), n));
    return copy;
  };
  const steps = updates.map(({ update, nodes }) => {
    if (update.kind === "assign") {
      const [variable, value] = nodes;
      return encodeCopy(operand(variable), steady(value), variable);
    }
    const [variable, firstMoment, secondMoment, gradient, gradientScale, stepSize, correction] = nodes;
    return encodeAdam(update, {
      variable: operand(variable),
      firstMoment: operand(firstMoment),
      secondMoment: operand(secondMoment),
      gradient: steady(gradient),
      gradientScale: steady(gradientScale),
      stepSize: steady(stepSize),
      correction: steady(correction),
    });
  });
  const steadyOutputs = outputs.map(({ node }) => steady(node));
  return { words: copies.concat(...steps), outputs: steadyOutputs };
}
