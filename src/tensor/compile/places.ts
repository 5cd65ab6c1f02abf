// A place in memory for every value of a program. Values that are used within one row stage only need memory for a
// single block of rows, and reuse it as they die.

import { concreteSize, hasRows, staticSize } from "../graph/shape.ts";
import type { Tensor, Variable } from "../graph/tensor.ts";
import { createArena } from "./arena.ts";
import { Moves } from "./instructions.ts";
import { owner, reducesRows, type KernelNode } from "./kernel-graph.ts";
import type { Stages } from "./stages.ts";
import { fixed, type OperandPlace } from "./words.ts";

/** What the planner needs of memory; addresses are bytes, aligned to 64. */
export interface Memory {
  allocate(bytes: number): number;
  addressOf(variable: Variable): number;
  writeWords(address: number, words: Uint32Array): void;
}

export interface Places {
  /** Where a node lies when it is read or written in this stage. */
  operand(n: KernelNode, stage: number): OperandPlace;
  readonly inputs: ReadonlyMap<Tensor, number>;
  /** By row stage: where its sums over rows lie, slot after slot. */
  readonly slotRegions: ReadonlyMap<number, SlotRegion>;
}

export interface SlotRegion {
  readonly base: number;
  /** Of one slot. */
  readonly bytes: number;
}

export interface PlacesOptions {
  /** Nodes that outputs and updates need in the end. */
  readonly kept: readonly KernelNode[];
  readonly capacity: number;
  readonly blockRows: number;
  readonly slots: number;
  readonly threads: number;
}

export const bytesOf = (elements: number): number => Math.ceil(elements / 16) * 64;

export function placeNodes({ order, stageOf }: Stages, memory: Memory, options: PlacesOptions): Places {
  const { capacity, blockRows, slots, threads } = options;
  const operands = new Map<KernelNode, OperandPlace>();
  const inputs = new Map<Tensor, number>();
  const kept = new Set(options.kept.map(owner));
  const { lastUse, leavesStage } = lifetimes(order, stageOf);

  const slotRegions = new Map<number, SlotRegion>();
  const slotNodes = order.filter(reducesRows);
  for (const stage of new Set(slotNodes.map(stageOf))) {
    const members = slotNodes.filter((n) => stageOf(n) === stage);
    const bytes = members.reduce((total, n) => total + bytesOf(staticSize(n.shape)), 0);
    const base = memory.allocate(bytes * slots);
    slotRegions.set(stage, { base, bytes });
    let offset = base;
    for (const n of members) {
      operands.set(n, { address: offset, moves: Moves.Slot, stride: bytes });
      offset += bytesOf(staticSize(n.shape));
    }
  }

  // Scratch memory: offsets within one arena for each kind, reused as values die; row scratch holds one block.
  const arenas = { rows: createArena(), fixed: createArena() };
  const scratch = new Map<KernelNode, { arena: keyof typeof arenas; offset: number }>();
  order.forEach((n, i) => {
    const rows = hasRows(n.shape);
    if (n.operation.kind === "leaf") operands.set(n, placeLeaf(n.operation.tensor, capacity, memory, inputs));
    else if (rows && (kept.has(n) || leavesStage.has(n))) {
      const address = memory.allocate(bytesOf(concreteSize(n.shape, roundUp(capacity, 4))));
      operands.set(n, { address, moves: Moves.Row, stride: staticSize(n.shape) * 4 });
    } else if (!operands.has(n)) {
      const arena = rows ? "rows" : "fixed";
      const bytes = bytesOf(concreteSize(n.shape, blockRows));
      scratch.set(n, { arena, offset: arenas[arena].take(bytes) });
    }
    for (const dying of new Set([...n.inputs.map(owner), n])) {
      const where = scratch.get(dying);
      if (where && !kept.has(dying) && (lastUse.get(dying) ?? i) === i)
        arenas[where.arena].release(where.offset, bytesOf(concreteSize(dying.shape, blockRows)));
    }
  });
  const bases = { rows: memory.allocate(arenas.rows.size * threads), fixed: memory.allocate(arenas.fixed.size) };
  for (const [n, { arena, offset }] of scratch) {
    const address = bases[arena] + offset;
    operands.set(n, arena === "rows" ? { address, moves: Moves.Thread, stride: arenas.rows.size } : fixed(address));
  }

  return {
    inputs,
    slotRegions,
    operand(n, stage) {
      const source = owner(n);
      const operand = operands.get(source)!;
      // After its stage a sum over rows is complete in the first slot, whichever slot reads it.
      return operand.moves === Moves.Slot && stageOf(source) !== stage ? fixed(operand.address) : operand;
    },
  };
}

/** The position in the order at which each node is read last, and the nodes that are read outside their own stage. */
function lifetimes(order: readonly KernelNode[], stageOf: Stages["stageOf"]) {
  const lastUse = new Map<KernelNode, number>();
  const leavesStage = new Set<KernelNode>();
  order.forEach((n, i) => {
    for (const input of n.inputs.map(owner)) {
      lastUse.set(input, i);
      if (stageOf(input) !== stageOf(n)) leavesStage.add(input);
    }
  });
  return { lastUse, leavesStage };
}

const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;

function placeLeaf(tensor: Tensor, capacity: number, memory: Memory, inputs: Map<Tensor, number>): OperandPlace {
  if (tensor.operation.kind === "variable") return fixed(memory.addressOf(tensor as Variable));
  const address = memory.allocate(bytesOf(concreteSize(tensor.shape, roundUp(capacity, 4))));
  if (tensor.operation.kind === "input") inputs.set(tensor, address);
  if (tensor.operation.kind === "constant")
    memory.writeWords(address, new Uint32Array(new Float32Array(16).fill(tensor.operation.value).buffer));
  return hasRows(tensor.shape) ? { address, moves: Moves.Row, stride: staticSize(tensor.shape) * 4 } : fixed(address);
}
