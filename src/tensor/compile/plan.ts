// Kernel graph → program: orders the work in segments, gives every value a place in memory, and encodes the
// instructions.
//
// A node with rows runs block by block in a row segment, so that a block's values stay in cache from the forward to the
// backward pass; a sum over rows leaves its segment through slots, and what depends on it runs after, in a static
// segment. Values that live and die within one row segment need memory for one block only.

import { concreteSize, hasRows, staticSize } from "../graph/shape.ts";
import { kernelOrder, lower, reducesRows, type BinaryGrid, type Count, type KernelNode } from "./lower.ts";
import { Epilogue, Moves, Opcode } from "./opcodes.ts";
import type { Tensor, Variable } from "../graph/tensor.ts";
import { updateInputs, type Update } from "../graph/updates.ts";

/** Rows that a row segment takes at a time: their activations stay in the first-level cache. */
export const blockRows = 64;
/** Sums over rows are kept apart in at most this many slots: as many threads can share the work. */
export const maxSlots = 16;

export interface ProgramSpec<Output extends string = string> {
  readonly outputs: Readonly<Record<Output, Tensor>>;
  readonly updates?: readonly Update[];
}

/** What the planner needs of memory; addresses are bytes, aligned to 64. */
export interface Memory {
  allocate(bytes: number): number;
  addressOf(variable: Variable): number;
  writeWords(address: number, words: Uint32Array): void;
}

export interface Plan {
  /** Address of the segment table, three words each. */
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
  /** Addresses of the first word and behind the last. */
  readonly code: number;
  readonly end: number;
  /** About how long a row takes, in multiply-adds; 0 where there are no rows. */
  readonly workPerRow: number;
}

/** Plans a program for at most `capacity` rows, whose row segments may be shared out to so many threads. */
export function plan(spec: ProgramSpec, capacity: number, memory: Memory, threads = 1): Plan {
  const updates = spec.updates ?? [];
  const names = Object.keys(spec.outputs);
  const twice = updates.find((u, i) => updates.findIndex((v) => v.variable === u.variable) < i);
  if (twice) throw new TypeError(`the program updates "${twice.variable.name}" twice`);
  const updateTensors = updates.map(updateInputs);
  const nodes = lower([...names.map((n) => spec.outputs[n]), ...updateTensors.flat()]);
  const outputs = nodes.slice(0, names.length);
  let next = names.length;
  const updateNodes = updateTensors.map((tensors) => tensors.map(() => nodes[next++]));

  const unordered = kernelOrder(nodes).filter((n) => n.operation.kind !== "alias");
  const stages = assignStages(unordered);
  const order = unordered.sort((p, q) => stages.get(p)! - stages.get(q)!); // stable: inputs stay before their users
  const lastStage = stages.get(order.at(-1)!) ?? 0; // graphs may have more nodes than a call takes arguments
  const stageCount = lastStage + 2; // one more, for sums over the last rows
  const slots = Math.min(Math.ceil(capacity / blockRows), maxSlots);
  const place = placeNodes(order, stages, outputs, updateNodes.flat(), capacity, slots, memory, threads);

  /** Once its stage is over, a sum over rows is whole in the first slot, whichever slot reads it. */
  const operandIn =
    (stage: number) =>
    (n: KernelNode): Operand => {
      const operand = place.operand(n);
      return operand.moves === Moves.Slot && stages.get(root(n)) !== stage ? fixed(operand.address) : operand;
    };

  const segments: { rows: boolean; words: number[]; workPerRow: number }[] = [];
  for (let stage = 0; stage < stageCount; stage++) {
    const words: number[] = [];
    const region = place.slotRegions.get(stage - 1);
    if (region) words.push(...instruction(Opcode.ReduceSlots, fixed(region.base), region.bytes, region.bytes / 4));
    const members = order.filter((n) => stages.get(n) === stage);
    for (const n of members) words.push(...encode(n, operandIn(stage)));
    const rows = stage % 2 === 1;
    const workPerRow = rows ? members.reduce((total, n) => total + workOf(n), 0) : 0;
    segments.push({ rows, words, workPerRow });
  }
  const last = segments.at(-1);
  const final = last && !last.rows ? last : { rows: false, words: [] as number[], workPerRow: 0 };
  if (final !== last) segments.push(final);
  const end = encodeEnd(outputs, updates, updateNodes, place.operand, memory);
  final.words.push(...end.words);

  const placed = segments
    .filter(({ words }) => words.length > 0)
    .map(({ rows, words, workPerRow }): Segment => {
      const code = memory.allocate(words.length * 4);
      memory.writeWords(code, Uint32Array.from(words));
      return { rows, code, end: code + words.length * 4, workPerRow };
    });
  const table = placed.flatMap(({ rows, code, end }) => [rows ? 1 : 0, code, end]);
  const segmentTable = memory.allocate(table.length * 4);
  memory.writeWords(segmentTable, Uint32Array.from(table));

  return {
    segmentTable,
    segments: placed,
    slots,
    inputs: place.inputs,
    outputs: new Map(names.map((name, i) => [name, { tensor: spec.outputs[name], address: end.outputs[i].address }])),
  };
}

/**
 * The segment of each node: even ones run once, odd ones block by block. A sum over rows belongs to the row segment of
 * its inputs, and can be read from the next static segment on.
 */
function assignStages(order: readonly KernelNode[]): Map<KernelNode, number> {
  const stages = new Map<KernelNode, number>();
  for (const n of order) {
    let stage = 0;
    for (const input of n.inputs) {
      const source = root(input);
      const inputStage = stages.get(source)!;
      // A sum over rows is complete one stage after it has run.
      stage = Math.max(stage, reducesRows(source) ? inputStage + 1 : inputStage);
    }
    const wantsRows = hasRows(n.shape) || reducesRows(n);
    const isInput = n.operation.kind === "leaf";
    stages.set(n, isInput ? 0 : (stage % 2 === 1) === wantsRows ? stage : stage + 1);
  }
  return stages;
}

/** What a row costs, in multiply-adds: an element of anything but a product counts as eight of them. */
function workOf(n: KernelNode): number {
  const elements = n.inputs.reduce((most, i) => Math.max(most, staticSize(i.shape)), staticSize(n.shape));
  if (n.operation.kind !== "matmul") return 8 * elements;
  return n.inputs[0].shape.reduce<number>((product, d) => (d === "rows" ? product : product * d), width(n));
}

/** The node that owns the memory. */
const root = (n: KernelNode): KernelNode => (n.operation.kind === "alias" ? root(n.inputs[0]) : n);

// ---------------------------------------------------------------------------------------------------------------------
// Places

interface Operand {
  readonly address: number;
  readonly moves: Moves;
  readonly stride: number;
}

const fixed = (address: number): Operand => ({ address, moves: Moves.Fixed, stride: 0 });

interface Places {
  operand(n: KernelNode): Operand;
  inputs: Map<Tensor, number>;
  /** By row stage: where its sums over rows lie, slot after slot. */
  slotRegions: Map<number, { base: number; bytes: number }>;
}

const bytesOf = (elements: number): number => Math.ceil(elements / 16) * 64;

function placeNodes(
  order: readonly KernelNode[],
  stages: ReadonlyMap<KernelNode, number>,
  outputs: readonly KernelNode[],
  updated: readonly KernelNode[],
  capacity: number,
  slots: number,
  memory: Memory,
  threads: number,
): Places {
  const operands = new Map<KernelNode, Operand>();
  const inputs: Places["inputs"] = new Map();
  const kept = new Set([...outputs, ...updated].map(root));
  const lastUse = new Map<KernelNode, number>();
  const leavesStage = new Set<KernelNode>();
  order.forEach((n, i) => {
    for (const input of n.inputs.map(root)) {
      lastUse.set(input, i);
      if (stages.get(input) !== stages.get(n)) leavesStage.add(input);
    }
  });

  const slotRegions: Places["slotRegions"] = new Map();
  const slotNodes = order.filter(reducesRows);
  for (const stage of new Set(slotNodes.map((n) => stages.get(n)!))) {
    const members = slotNodes.filter((n) => stages.get(n) === stage);
    const bytes = members.reduce((total, n) => total + bytesOf(staticSize(n.shape)), 0);
    const base = memory.allocate(bytes * slots);
    slotRegions.set(stage, { base, bytes });
    let offset = base;
    for (const n of members) {
      operands.set(n, { address: offset, moves: Moves.Slot, stride: bytes });
      offset += bytesOf(staticSize(n.shape));
    }
  }

  // Scratch: offsets within one arena per kind, reused as values die; row scratch holds one block.
  const arenas = { rows: new Arena(), fixed: new Arena() };
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
    for (const dying of new Set([...n.inputs.map(root), n])) {
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
    operand(n) {
      return operands.get(root(n))!;
    },
  };
}

const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;

function placeLeaf(tensor: Tensor, capacity: number, memory: Memory, inputs: Places["inputs"]): Operand {
  if (tensor.operation.kind === "variable") return fixed(memory.addressOf(tensor as Variable));
  const address = memory.allocate(bytesOf(concreteSize(tensor.shape, roundUp(capacity, 4))));
  if (tensor.operation.kind === "input") inputs.set(tensor, address);
  if (tensor.operation.kind === "constant")
    memory.writeWords(address, new Uint32Array(new Float32Array(16).fill(tensor.operation.value).buffer));
  return hasRows(tensor.shape) ? { address, moves: Moves.Row, stride: staticSize(tensor.shape) * 4 } : fixed(address);
}

/** Offsets of blocks that are taken and released: best fit, neighbours merged. */
class Arena {
  size = 0;
  #free: { offset: number; bytes: number }[] = [];

  take(bytes: number): number {
    const fits = this.#free.filter((f) => f.bytes >= bytes);
    if (fits.length === 0) {
      this.size += bytes;
      return this.size - bytes;
    }
    const best = fits.reduce((p, q) => (q.bytes < p.bytes ? q : p));
    const offset = best.offset;
    best.offset += bytes;
    best.bytes -= bytes;
    if (best.bytes === 0) this.#free = this.#free.filter((f) => f !== best);
    return offset;
  }

  release(offset: number, bytes: number): void {
    const before = this.#free.find((f) => f.offset + f.bytes === offset);
    const after = this.#free.find((f) => f.offset === offset + bytes);
    const merged = before ?? { offset, bytes: 0 };
    merged.bytes += bytes + (after?.bytes ?? 0);
    this.#free = this.#free.filter((f) => f !== after && f !== before).concat(merged);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Words: see opcodes.ts and kernels/index.ts for the layout

type Word = number | Operand | Count | Float;
interface Float {
  readonly float: number;
}

const isOperand = (w: Exclude<Word, number>): w is Operand => "moves" in w;

function instruction(opcode: Opcode, ...parts: Word[]): number[] {
  const words: number[] = [opcode, 0];
  for (const part of parts) {
    if (typeof part === "number") words.push(part);
    else if ("float" in part) words.push(new Uint32Array(new Float32Array([part.float]).buffer)[0]);
    else if (isOperand(part)) words.push(part.address + part.moves, part.stride);
    else words.push(part.fixed, part.perRow);
  }
  words[1] = words.length;
  return words;
}

const countOf = (n: KernelNode): Count =>
  hasRows(n.shape) ? { fixed: 0, perRow: staticSize(n.shape) } : { fixed: staticSize(n.shape), perRow: 0 };

/** All but the last axis. */
function outerCount(n: KernelNode): Count {
  const lead = { ...n, shape: n.shape.slice(0, -1) };
  return countOf(lead);
}

const binaryOpcodes = {
  add: Opcode.Add,
  sub: Opcode.Sub,
  mul: Opcode.Mul,
  div: Opcode.Div,
  minimum: Opcode.Minimum,
  maximum: Opcode.Maximum,
  greater: Opcode.Greater,
  greaterEqual: Opcode.GreaterEqual,
  tanhGradient: Opcode.TanhGradient,
  reluGradient: Opcode.ReluGradient,
} as const;

const unaryOpcodes = {
  copy: Opcode.Copy,
  neg: Opcode.Neg,
  exp: Opcode.Exp,
  log: Opcode.Log,
  sqrt: Opcode.Sqrt,
  square: Opcode.Square,
  tanh: Opcode.Tanh,
  sigmoid: Opcode.Sigmoid,
  relu: Opcode.Relu,
} as const;

function encode(n: KernelNode, operand: (n: KernelNode) => Operand): number[] {
  const out = operand(n);
  const [a, b, c] = n.inputs as [KernelNode, KernelNode, KernelNode];
  const operation = n.operation;
  switch (operation.kind) {
    case "leaf":
      return operation.tensor.operation.kind === "rowCount" ? instruction(Opcode.RowCount, out) : [];
    case "alias":
      return [];
    case "select":
      return instruction(Opcode.Select, out, operand(a), operand(b), operand(c), countOf(n));
    case "matmul":
      return encodeMatmul(n, operand);
    case "transpose":
      return instruction(Opcode.Transpose, out, operand(a), a.shape[0] as number, a.shape[1] as number);
    case "sum": {
      const { outer, middle, inner } = operation;
      return instruction(Opcode.Sum, out, operand(a), outer, middle, inner, reducesRows(n) ? 1 : 0);
    }
    case "broadcast": {
      const [first, ...rest] = operation.sizes;
      const size = first === "rows" ? { fixed: 0, perRow: 1 } : { fixed: first, perRow: 0 };
      return instruction(Opcode.Broadcast, out, operand(a), size, ...(rest as number[]), ...operation.strides);
    }
    case "logSoftmax":
      return instruction(Opcode.LogSoftmax, out, operand(a), outerCount(a), a.shape.at(-1) as number);
    case "pick":
      return instruction(Opcode.Pick, out, operand(a), operand(b), countOf(n), a.shape.at(-1) as number);
    case "place":
      return instruction(Opcode.Place, out, operand(a), operand(b), countOf(a), n.shape.at(-1) as number);
    case "slice":
      return encodeColumns(out, columnsFrom(operand(a), operation.start), a, n, n);
    case "pad":
      return encodeColumns(out, operand(a), a, n, a, operation.before);
    case "concat": {
      let start = 0;
      return n.inputs.flatMap((x) => {
        const words = encodeColumns(columnsFrom(out, start), operand(x), x, n, x, 0, 0);
        start += width(x);
        return words;
      });
    }
    default:
      if ("grid" in operation)
        return encodeBinary(operation.grid, binaryOpcodes[operation.kind], out, operand(a), operand(b));
      return instruction(unaryOpcodes[operation.kind], out, operand(a), countOf(n));
  }
}

function encodeBinary(grid: BinaryGrid, opcode: Opcode, out: Operand, a: Operand, b: Operand): number[] {
  const { outer, inner, aRow, bRow, aScalar, bScalar } = grid;
  return instruction(opcode, out, a, b, outer, inner, aRow * 4, bRow * 4, aScalar ? 1 : 0, bScalar ? 1 : 0);
}

/** The size of the last axis. */
const width = (n: KernelNode): number => n.shape.at(-1) as number;

/** The same rows, from a later column on. */
const columnsFrom = (operand: Operand, column: number): Operand => ({
  ...operand,
  address: operand.address + column * 4,
});

/** Copies as many columns as `copied` has from rows of `source` into rows of `target`; zeros fill those beside them. */
function encodeColumns(
  out: Operand,
  a: Operand,
  source: KernelNode,
  target: KernelNode,
  copied: KernelNode,
  before = 0,
  after = width(target) - before - width(copied),
): number[] {
  const [from, to] = [width(source) * 4, width(target) * 4];
  return instruction(Opcode.Columns, out, a, outerCount(copied), width(copied), before, after, to, from);
}

function encodeMatmul(n: KernelNode, operand: (n: KernelNode) => Operand): number[] {
  const operation = n.operation as Extract<KernelNode["operation"], { kind: "matmul" }>;
  const [a, b] = n.inputs as [KernelNode, KernelNode];
  const bias = operation.hasBias ? operand(n.inputs[2]) : fixed(0);
  const aux = usesAux(operation.epilogue) ? operand(n.inputs.at(-1)!) : fixed(0);
  const count = (d: KernelNode["shape"][number]): Count =>
    d === "rows" ? { fixed: 0, perRow: 1 } : { fixed: d, perRow: 0 };
  const width = (a.shape[1] as number) * 4;
  const [aRow, aStep] = operation.transposeA ? [4, width] : [width, 4];
  const k = operation.transposeA ? a.shape[0] : a.shape[1];
  if (operation.narrow)
    return instruction(
      Opcode.MatmulNarrow,
      operand(n),
      operand(a),
      operand(b),
      bias,
      count(n.shape[0]),
      n.shape[1] as number,
      a.shape[1] as number,
    );
  const sumsRows = reducesRows(n) ? 1 : 0;
  return instruction(
    Opcode.Matmul,
    operand(n),
    operand(a),
    operand(b),
    bias,
    aux,
    count(n.shape[0]),
    count(k),
    n.shape[1] as number,
    aRow,
    aStep,
    sumsRows,
    operation.epilogue,
  );
}

const usesAux = (e: Epilogue): boolean => e === Epilogue.TanhGradient || e === Epilogue.ReluGradient;

/** Updates come last; they and the outputs read only values that no update has changed. */
function encodeEnd(
  outputs: readonly KernelNode[],
  updates: readonly Update[],
  nodes: readonly (readonly KernelNode[])[],
  operand: (n: KernelNode) => Operand,
  memory: Memory,
): { words: number[]; outputs: Operand[] } {
  const words: number[] = [];
  const updated = new Set(updates.map((u) => u.variable as Tensor));
  /** The value, or a copy of it where it is that of a variable that is being updated. */
  const steady = (n: KernelNode): Operand => {
    const source = root(n);
    if (source.operation.kind !== "leaf" || !updated.has(source.operation.tensor)) return operand(n);
    const copy = fixed(memory.allocate(bytesOf(staticSize(n.shape))));
    words.push(...instruction(Opcode.Copy, copy, operand(n), countOf(n)));
    return copy;
  };
  const encoded = updates.map((u, i) => {
    const [variable, ...rest] = nodes[i];
    if (u.kind === "assign") return instruction(Opcode.Copy, operand(variable), steady(rest[0]), countOf(variable));
    const [m, v, gradient, scale, stepSize, correction] = rest;
    return instruction(
      Opcode.Adam,
      operand(variable),
      operand(m),
      operand(v),
      steady(gradient),
      steady(scale),
      steady(stepSize),
      steady(correction),
      staticSize(variable.shape),
      ...[u.beta1, u.beta2, 1 - u.beta1, 1 - u.beta2, u.epsilon].map((float) => ({ float })),
    );
  });
  const steadyOutputs = outputs.map(steady);
  return { words: words.concat(...encoded), outputs: steadyOutputs };
}
