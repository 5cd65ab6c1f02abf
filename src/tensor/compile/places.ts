// A place in memory for every value of a program. Values that are used within one row stage only need memory for a
// single block of rows, and reuse it as they die.

import { concreteSize, hasRows, staticSize } from "../graph/shape.ts";
import type { Tensor, Variable } from "../graph/tensor.ts";
import { createArena, type Arena } from "./arena.ts";
import { Moves, packedSpan, tileColumns, vocabularyChunk } from "./instructions.ts";
import { owner, reducesRows, type KernelNode, type MatmulShape } from "./kernel-graph.ts";
import type { Stages } from "./stages.ts";
import { fixed, type OperandPlace } from "./words.ts";

/**
 * What memory is for: sums over rows, slot after slot; other values that are computed; inputs and constants; instructions
 * and their tables.
 */
export type MemoryUse = "sums" | "values" | "inputs" | "code";

/** What the planner needs of memory; addresses are bytes, aligned to 64. */
export interface Memory {
  allocate(bytes: number, use: MemoryUse): number;
  addressOf(variable: Variable): number;
  writeWords(address: number, words: Uint32Array): void;
}

export interface Places {
  /** Where a node lies when it is read or written in this stage. */
  operand(n: KernelNode, stage: number): OperandPlace;
  /** The memory that a node works in, if it needs some of its own. */
  scratch(n: KernelNode): OperandPlace | undefined;
  /** How many slots sums over rows have. */
  readonly slots: number;
  readonly inputs: ReadonlyMap<Tensor, number>;
  /** By row stage: where its sums over rows lie, slot after slot. */
  readonly slotRegions: ReadonlyMap<number, SlotRegion>;
}

export interface SlotRegion {
  readonly base: number;
  /** Of one slot. */
  readonly bytes: number;
  /** What lies in a slot, one after the other: the sums of each strand and, of strand −1, those of none. */
  readonly parts: readonly { readonly strand: number; readonly bytes: number }[];
}

export interface PlacesOptions {
  /** Nodes that outputs and updates need in the end. */
  readonly kept: readonly KernelNode[];
  readonly capacity: number;
  /** Rows of a block at most. */
  readonly blockRows: number;
  /** Slots at most. */
  readonly slots: number;
  readonly threads: number;
}

/**
 * Slots take this at most: 16 of a network of 16 million weights, two of GPT-2's smallest. It must not depend on threads,
 * since the order in which rows are added up does.
 */
const mostSlotBytes = 0x4000_0000; // 1 GiB

/** Floats that a node works in, beside its result. */
function workspaceOf({ operation, inputs }: KernelNode, blockRows: number): number {
  switch (operation.kind) {
    case "attention":
      return roundUp(operation.longest ?? blockRows, 4);
    case "attentionGradient":
      return 2 * roundUp(blockRows, 4);
    case "likelihood":
      return vocabularyChunk * (columnsOf(inputs[0]) + blockRows) + 4 * blockRows;
    case "likelihoodGradient":
    case "likelihoodWeightGradient":
      return vocabularyChunk * (columnsOf(inputs[2]) + blockRows);
    case "matmul":
      return operation.narrow ? 0 : panelOf(operation, inputs, blockRows);
    default:
      return 0;
  }
}

/** What a product packs of a transposed a (see kernels/matmul.ts), where that stays in the first cache. */
function panelOf({ transposeA }: MatmulShape, [a]: readonly KernelNode[], blockRows: number): number {
  if (!transposeA) return 0;
  const k = concreteSize(a.shape.slice(0, 1), blockRows);
  return 4 * columnsOf(a) * k > packedSpan && 4 * tileColumns * k <= packedSpan ? tileColumns * k : 0;
}

const columnsOf = (n: KernelNode): number => n.shape.at(-1) as number;

export const bytesOf = (elements: number): number => Math.ceil(elements / 16) * 64;

export function placeNodes(stages: Stages, memory: Memory, options: PlacesOptions): Places {
  const { order, count, stageOf, strandOf } = stages;
  const { capacity, blockRows, threads } = options;
  const operands: (OperandPlace | undefined)[] = new Array<undefined>(count); // by the positions of nodes, as all that follows
  const inputs = new Map<Tensor, number>();
  const kept = new Uint8Array(count);
  for (const n of options.kept) kept[owner(n).position] = 1;
  const { lastUse, leavesStage } = lifetimes(order, count, stageOf);

  const slotRegions = new Map<number, SlotRegion>();
  const slotNodes = order.filter(reducesRows);
  const slotBytes = slotNodes.reduce((total, n) => total + bytesOf(staticSize(n.shape)), 0);
  const slots = Math.max(1, Math.min(options.slots, Math.floor(mostSlotBytes / slotBytes)));
  for (const stage of new Set(slotNodes.map(stageOf))) {
    const members = slotNodes.filter((n) => stageOf(n) === stage);
    const bytes = members.reduce((total, n) => total + bytesOf(staticSize(n.shape)), 0);
    const base = memory.allocate(bytes * slots, "sums");
    const parts: { strand: number; bytes: number }[] = [];
    let offset = base;
    for (const n of members) {
      const own = bytesOf(staticSize(n.shape));
      operands[n.position] = { address: offset, moves: Moves.Slot, stride: bytes };
      offset += own;
      const last = parts.at(-1);
      if (last?.strand === strandOf(n)) last.bytes += own;
      else parts.push({ strand: strandOf(n), bytes: own });
    }
    slotRegions.set(stage, { base, bytes, parts });
  }

  // Scratch memory: offsets within an arena, reused as values die. That of rows holds one block; static values of strands
  // that run at the same time lie in arenas of their own.
  const rowArena = createArena();
  const arenas = new Map<number, Arena>(); // of static values, by strand
  const arenaOf = (strand: number): Arena => {
    let arena = arenas.get(strand);
    if (!arena) arenas.set(strand, (arena = createArena()));
    return arena;
  };
  type Scratch = { n: KernelNode; arena: Arena; offset: number; bytes: number };
  const scratch: (Scratch | undefined)[] = new Array<undefined>(count);
  const isReleased = new Uint8Array(count);
  /** What nodes work in lies in the same arena, until they are done. */
  const workspaces = new Map<KernelNode, number>();
  /** Frees the scratch memory of a node that is not read after the node at `i`. */
  const releaseAfter = ({ position: at }: KernelNode, i: number): void => {
    const where = scratch[at];
    if (!where || kept[at] || isReleased[at] || Math.max(lastUse[at], i) !== i) return;
    isReleased[at] = 1;
    where.arena.release(where.offset, where.bytes);
  };
  order.forEach((n, i) => {
    const at = n.position;
    const rows = hasRows(n.shape);
    if (n.operation.kind === "leaf") operands[at] = placeLeaf(n.operation.tensor, capacity, memory, inputs);
    else if (n.operation.kind === "appendRows") operands[at] = operands[n.inputs[0].position];
    else if (rows && (kept[at] || leavesStage[at])) {
      const address = memory.allocate(bytesOf(concreteSize(n.shape, roundUp(capacity, 4))), "values");
      operands[at] = { address, moves: Moves.Row, stride: staticSize(n.shape) * 4 };
    } else if (!operands[at]) {
      const arena = rows ? rowArena : arenaOf(strandOf(n));
      const bytes = bytesOf(concreteSize(n.shape, blockRows));
      scratch[at] = { n, arena, offset: arena.take(bytes), bytes };
    }
    const workBytes = bytesOf(workspaceOf(n, blockRows));
    if (workBytes > 0) {
      const offset = rowArena.take(workBytes);
      workspaces.set(n, offset);
      rowArena.release(offset, workBytes);
    }
    for (const input of n.inputs) releaseAfter(owner(input), i);
    releaseAfter(n, i);
  });
  const rowBase = memory.allocate(rowArena.size * threads, "values");
  const ofThread = (offset: number): OperandPlace => ({
    address: rowBase + offset,
    moves: Moves.Thread,
    stride: rowArena.size,
  });
  const bases = new Map(Array.from(arenas.values(), (arena) => [arena, memory.allocate(arena.size, "values")]));
  for (const where of scratch) {
    if (!where) continue;
    const { n, arena, offset } = where;
    operands[n.position] = arena === rowArena ? ofThread(offset) : fixed(bases.get(arena)! + offset);
  }

  return {
    inputs,
    slotRegions,
    slots,
    scratch(n) {
      const offset = workspaces.get(n);
      return offset === undefined ? undefined : ofThread(offset);
    },
    operand(n, stage) {
      const source = owner(n);
      const operand = operands[source.position]!;
      // After its stage a sum over rows is complete in the first slot, whichever slot reads it.
      return operand.moves === Moves.Slot && stageOf(source) !== stage ? fixed(operand.address) : operand;
    },
  };
}

/** For each node the index in the order at which it is read last (or −1), and whether that is outside of its own stage. */
function lifetimes(order: readonly KernelNode[], count: number, stageOf: Stages["stageOf"]) {
  const lastUse = new Int32Array(count).fill(-1);
  const leavesStage = new Uint8Array(count);
  order.forEach((n, i) => {
    for (const input of n.inputs) {
      const source = owner(input);
      lastUse[source.position] = i;
      if (stageOf(source) !== stageOf(n)) leavesStage[source.position] = 1;
    }
  });
  return { lastUse, leavesStage };
}

const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;

function placeLeaf(tensor: Tensor, capacity: number, memory: Memory, inputs: Map<Tensor, number>): OperandPlace {
  if (tensor.operation.kind === "variable") return fixed(memory.addressOf(tensor as Variable));
  const address = memory.allocate(bytesOf(concreteSize(tensor.shape, roundUp(capacity, 4))), "inputs");
  if (tensor.operation.kind === "input") inputs.set(tensor, address);
  if (tensor.operation.kind === "constant")
    memory.writeWords(address, new Uint32Array(new Float32Array(16).fill(tensor.operation.value).buffer));
  return hasRows(tensor.shape) ? { address, moves: Moves.Row, stride: staticSize(tensor.shape) * 4 } : fixed(address);
}
