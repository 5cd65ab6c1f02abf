// An engine owns one WebAssembly memory: the variables' values and the compiled programs that work on them.
// Several engines coexist; one is freed with its last reference.

import type { Pool } from "../../threads/index.ts";
import { isShared, maximumPages, ownHeap, sharedHeap, firstAddress, type Heap } from "./heap.ts";
import { concreteSize, formatShape, hasRows, sameShape, staticSize } from "../graph/shape.ts";
import { blockRows, plan as planProgram, type Plan, type ProgramSpec } from "../compile/plan.ts";
import { kernelModule, type KernelExports } from "./kernel-module.ts";
import { firstNonFinite } from "../reference.ts";
import { topologicalOrder, type Tensor, type Variable } from "../graph/tensor.ts";
import { updateInputs } from "../graph/updates.ts";

export interface EngineOptions {
  /** The same bits on every machine, Node version and browser: no fused multiply-add. Default false. */
  readonly strict?: boolean;
  /**
   * Threads that take part in large programs, once the pool is started with duties of `attachEngine`; the memory is
   * then shared. Results do not depend on it. Default: this thread alone.
   */
  readonly threads?: Pool;
}

export interface Engine {
  readonly strict: boolean;
  /** Compiles outputs and updates into a program for runs of at most `capacity` rows (default 1). */
  compile<Output extends string>(spec: ProgramSpec<Output>, options?: { capacity?: number }): Program<Output>;
  /** Sets a variable's value. A variable is 0 until it is set. */
  write(variable: Variable, values: ArrayLike<number>): void;
  /** A copy of a variable's value, into `out` if given. */
  read(variable: Variable, out?: Float32Array): Float32Array;
  /** Bytes of memory in use. */
  readonly bytes: number;
  /**
   * What another thread needs for `attachEngine`: it can be posted. Only for an engine with `threads`.
   *
   * @param variables those that the other may `attach`, found by their names there
   */
  share(variables: readonly Variable[]): EngineHandle;
  /**
   * In an attached engine: from now on this variable is the shared one of its name, read and written by every thread
   * that attached it; nothing is copied. Variables that are not attached are the engine's own. Comes before programs
   * that use it.
   */
  attach(variable: Variable): void;
  /**
   * An array of zeros: in the engine's memory where threads share one, so that others find it by its `byteOffset`
   * (`arrayAt`); elsewhere an ordinary one.
   */
  array<Kind extends ArrayKind>(kind: Kind, length: number): ArrayOf<Kind>;
  /** In an attached engine: the array that another thread's engine made there. */
  arrayAt<Kind extends ArrayKind>(kind: Kind, byteOffset: number, length: number): ArrayOf<Kind>;
}

const arrayKinds = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };
/** What an array holds. */
export type ArrayKind = keyof typeof arrayKinds;
export type ArrayOf<Kind extends ArrayKind> = InstanceType<(typeof arrayKinds)[Kind]>;

/** An engine's memory and code, as they can be posted to another thread. */
export interface EngineHandle {
  readonly strict: boolean;
  /** A WebAssembly.Memory, and a WebAssembly.Module: by names that programs without a browser's types know. */
  readonly memory: SharedMemory;
  readonly module: object;
  readonly variables: Readonly<Record<string, { readonly address: number; readonly shape: readonly number[] }>>;
}

/** A memory of WebAssembly. */
export interface SharedMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

export interface AttachedEngine extends Engine {
  /** Does one slot of a job of the other engine, as thread 1, 2, …; `words` are the job's. */
  slot(words: Int32Array, slot: number, thread: number): void;
}

/** A compiled graph with all its buffers in place: running it allocates nothing. */
export interface Program<Output extends string = string> {
  readonly capacity: number;
  /** Whether an input is one of the program's, and can be written. */
  reads(input: Tensor): boolean;
  /**
   * Sets an input: the first `count` of its values (default: all that are given), or the one of a scalar. Values of
   * rows beyond those given stay as they were.
   */
  write(input: Tensor, values: number | ArrayLike<number>, count?: number): void;
  /** Sets row i of an input to row indices[from + i] of `source` (rows of the input's width), for i < count. */
  gather(input: Tensor, source: ArrayLike<number>, indices: ArrayLike<number>, from: number, count: number): void;
  /** Computes outputs and applies updates for that many rows (1 to the capacity; default 1). */
  run(rows?: number): void;
  /** Copies an output of the last run: `rows` of it if it has rows. */
  read(output: Output, out?: Float32Array): Float32Array;
  /** An output of the last run that is a scalar. */
  readScalar(output: Output): number;
  /**
   * Runs the graph once more on the reference backend, with the inputs as they are, the variables as they are now and
   * the rows of the last run (or `rows`), and describes the first tensor that holds a NaN; undefined where there is
   * none.
   */
  explainNaN(rows?: number): string | undefined;
}

/**
 * Multiply-adds from which a segment is shared out: some 40 µs of work, where waking another thread takes five to
 * twenty.
 */
const worthSharing = 1 << 20;

/** Creates an engine. Throws where WebAssembly SIMD is missing. */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { strict = false, threads } = options;
  const shared = threads !== undefined && threads.size > 1;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: maximumPages, shared });
  const kind = strict ? "strict" : "fast";
  const module = await kernelModule(shared ? `${kind}Shared` : kind);
  const heap = shared ? sharedHeap(memory) : ownHeap(memory);
  heap.allocate(firstAddress);
  return openEngine({ strict, memory, module, variables: {} }, heap, shared ? threads : undefined);
}

/**
 * An engine over the memory of another thread's, with programs of its own. `slot` does a slot of a job that the other
 * engine shares out to its threads.
 */
export const attachEngine = (handle: EngineHandle): AttachedEngine =>
  openEngine(handle, sharedHeap(handle.memory as WebAssembly.Memory));

function openEngine(handle: EngineHandle, heap: Heap, threads?: Pool): AttachedEngine {
  const { strict, module } = handle;
  const memory = handle.memory as WebAssembly.Memory;
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
  const addresses = new Map<Variable, number>();
  const compiled = new Set<Variable>();

  const addressOf = (variable: Variable): number => {
    let address = addresses.get(variable);
    if (address === undefined) addresses.set(variable, (address = heap.allocate(staticSize(variable.shape) * 4)));
    return address;
  };

  const planned = {
    allocate: heap.allocate,
    addressOf(variable: Variable) {
      compiled.add(variable);
      return addressOf(variable);
    },
    writeWords: (address: number, words: Uint32Array): void =>
      new Uint32Array(memory.buffer, address, words.length).set(words),
  };

  const engine: AttachedEngine = {
    strict,
    get bytes() {
      return memory.buffer.byteLength;
    },
    write(variable, values) {
      const size = staticSize(variable.shape);
      if (values.length !== size)
        throw new RangeError(
          `"${variable.name}" of shape ${formatShape(variable.shape)} takes ${size} values, not ${values.length}`,
        );
      const address = addressOf(variable);
      heap.floats().set(values, address / 4);
    },
    read(variable, out = new Float32Array(staticSize(variable.shape))) {
      const address = addressOf(variable);
      const view = heap.floats();
      for (let i = 0; i < out.length; i++) out[i] = view[address / 4 + i];
      return out;
    },
    compile(spec, { capacity = 1 } = {}) {
      if (!Number.isInteger(capacity) || capacity < 1)
        throw new RangeError(`a program's capacity is a positive number of rows, not ${capacity}`);
      const plan = planProgram(spec, capacity, planned, threads?.size);
      return createProgram(spec, plan, capacity, kernels, heap.floats, engine, threads);
    },
    share(variables) {
      if (!isShared(memory)) throw new TypeError("an engine without threads has no memory to share");
      const shared = variables.map((v) => [v.name, { address: addressOf(v), shape: v.shape as number[] }] as const);
      return { strict, memory, module, variables: Object.fromEntries(shared) };
    },
    attach(variable) {
      const found = handle.variables[variable.name];
      if (!found || !sameShape(found.shape, variable.shape))
        throw new TypeError(`there is no shared variable "${variable.name}" of shape ${formatShape(variable.shape)}`);
      if (compiled.has(variable)) throw new TypeError(`"${variable.name}" is attached before a program is compiled`);
      addresses.set(variable, found.address);
    },
    array(kind, length) {
      const Kind = arrayKinds[kind];
      if (!isShared(memory)) return new Kind(length) as ArrayOf<typeof kind>;
      const address = heap.allocate(length * Kind.BYTES_PER_ELEMENT);
      return engine.arrayAt(kind, address, length);
    },
    arrayAt: (kind, byteOffset, length) =>
      // A view of shared memory stays what it is when the memory grows.
      new arrayKinds[kind](heap.floats().buffer as ArrayBuffer, byteOffset, length) as ArrayOf<typeof kind>,
    slot([, code, end, rows, block, slots], slot, thread) {
      kernels.runRows(code, end, rows, block, slots, slot, slot + 1, thread);
    },
  };
  return engine;
}

/** Three words of the segment table. */
const segmentBytes = 12;

/** Where a tensor lies: its first float, and floats per row or, without rows, in all. */
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

function createProgram<Output extends string>(
  spec: ProgramSpec<Output>,
  planned: Plan,
  capacity: number,
  kernels: KernelExports,
  heap: () => Float32Array,
  engine: Engine,
  threads: Pool | undefined,
): Program<Output> {
  const { segmentTable, segments, slots } = planned;
  const inputs = new Map(Array.from(planned.inputs, ([tensor, address]) => [tensor, locate(tensor, address)]));
  const outputs = new Map(
    Array.from(planned.outputs, ([name, { tensor, address }]) => [name, locate(tensor, address)]),
  );
  let lastRows = 1;

  const runAlone = (from: number, count: number, rows: number): void =>
    kernels.run(segmentTable + from * segmentBytes, count, rows, blockRows, slots);

  /** For each segment with rows: its slots shared out to all threads. Sums do not depend on who computes a slot. */
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
      for (const t of topologicalOrder(roots))
        if (t.operation.kind === "variable") feeds.set(t, engine.read(t as Variable));
      return firstNonFinite(spec, feeds, rows)?.description;
    },
  };
}
