// An engine owns one WebAssembly memory: the values of variables and the compiled programs that work on them. Several
// engines can coexist; an engine is freed with the last reference to it.

import type { SharedWork } from "../../threads/index.ts";
import { firstAddress } from "../compile/instructions.ts";
import { lower, type ProgramSpec } from "../compile/lower.ts";
import { plan } from "../compile/plan.ts";
import { loadExplanations } from "../explanations.ts";
import { formatShape, sameShape, staticSize } from "../graph/shape.ts";
import type { Variable } from "../graph/tensor.ts";
import { isShared, maximumPages, ownHeap, sharedHeap, type Heap } from "./heap.ts";
import { kernelModule, type KernelExports } from "./kernel-module.ts";
import { createProgram, type Program } from "./program.ts";
import { takesWideTiles, takeTiles, tileChooser } from "./tile-trial.ts";

/** Options of {@link createEngine}. */
export interface EngineOptions {
  /** The same bits on every machine, Node version and browser: no fused multiply-add. Default false. */
  readonly strict?: boolean;
  /**
   * Threads that take part in large programs once the pool has been started with engines of `attachEngine`; the memory
   * is then shared. Results do not depend on it. Default: this thread only.
   */
  readonly threads?: SharedWork;
  /**
   * The register tiles of products, whose bits are the same. Default: narrow ones or, after `allowWideVectors`, those that
   * turn out faster.
   */
  readonly tiles?: "narrow" | "wide";
  /**
   * "dense" loads two thirds: enough for networks of dense layers and for everything of reinforcement learning about them. A
   * program with an operation of language models, as `attention`, `layerNorm`, `lookup` or `gelu`, then fails when it runs.
   * Default: "all".
   */
  readonly kernels?: "all" | "dense";
  /** Whether programs can explain a NaN at once; if not, after `loadExplanations`. Default true. */
  readonly explains?: boolean;
}

/** How a program is compiled. */
export interface CompileOptions {
  /** Rows of a run at most. Default 1. */
  readonly capacity?: number;
  /**
   * Rows are tokens of sequences of at most so many: the program runs layouts of them (see `layOut`), whose span is at
   * most the capacity. Programs with `attention` need it.
   */
  readonly longest?: number;
  /** Multiply-adds after which `runInSlices` may pause. Default 2²⁵, a millisecond or a few. */
  readonly sliceWork?: number;
}

/** Compiles graphs and runs them, and keeps the values of variables: one WebAssembly memory. */
export interface Engine {
  readonly strict: boolean;
  /** Bits of the vectors that products work with now: 256 where `allowWideVectors` was called and they turned out faster. */
  readonly vectorBits: 128 | 256;
  /** Compiles outputs and updates into a program. */
  compile<Output extends string>(spec: ProgramSpec<Output>, options?: CompileOptions): Program<Output>;
  /** Sets the value of a variable. A variable is 0 until it is set. */
  write(variable: Variable, values: ArrayLike<number>): void;
  /** Copies the value of a variable, into `out` if given. */
  read(variable: Variable, out?: Float32Array): Float32Array;
  /** Bytes of memory in use. */
  readonly bytes: number;
  /**
   * What another thread needs for `attachEngine`; it can be posted. Only for an engine with `threads`.
   *
   * @param variables those that the other thread may `attach`, where they are found by name
   */
  share(variables: readonly Variable[]): EngineHandle;
  /**
   * In an attached engine: from now on this variable is the shared variable of the same name, read and written by every
   * thread that attaches it; nothing is copied. Variables that are not attached belong to this engine alone. Must come
   * before any program that uses the variable is compiled.
   */
  attach(variable: Variable): void;
  /**
   * An array of zeros. If threads share the engine's memory it lies there, where other threads find it by its
   * `byteOffset` (`arrayAt`); otherwise it is an ordinary array.
   */
  array<Kind extends ArrayKind>(kind: Kind, length: number): ArrayOf<Kind>;
  /** In an attached engine: the array that another thread's engine made there. */
  arrayAt<Kind extends ArrayKind>(kind: Kind, byteOffset: number, length: number): ArrayOf<Kind>;
}

const arrayKinds = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };
/** The type of the elements of an array. */
export type ArrayKind = keyof typeof arrayKinds;
/** The typed array whose elements are of a kind: Float32Array for "float32". */
export type ArrayOf<Kind extends ArrayKind> = InstanceType<(typeof arrayKinds)[Kind]>;

/** An engine's memory and code, as they can be posted to another thread. */
export interface EngineHandle {
  readonly strict: boolean;
  /** A WebAssembly.Memory and a WebAssembly.Module, typed so that programs without browser types can use them. */
  readonly memory: SharedMemory;
  readonly module: object;
  readonly variables: Readonly<Record<string, { readonly address: number; readonly shape: readonly number[] }>>;
}

/** A WebAssembly.Memory. */
export interface SharedMemory {
  readonly buffer: ArrayBufferLike;
  /** Adds pages of 64 KiB; returns how many there were before. */
  grow(pages: number): number;
}

/** An engine on the memory of another thread's engine: see {@link attachEngine}. */
export interface AttachedEngine extends Engine {
  /** Does one slot of a job of the other engine as thread 1, 2, …; `words` describe the job. */
  slot(words: Int32Array, slot: number, thread: number): void;
}

/** Creates an engine. Throws if WebAssembly SIMD is not available. */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { strict = false, threads, tiles, explains = true, kernels = "all" } = options;
  if (explains) await loadExplanations();
  const shared = threads !== undefined && threads.size > 1;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: maximumPages, shared });
  const module = await kernelModule({ strict, dense: kernels === "dense", shared });
  const heap = shared ? sharedHeap(memory) : ownHeap(memory);
  heap.allocate(firstAddress);
  if (tiles) takeTiles(heap, tiles);
  return openEngine({ strict, memory, module, variables: {} }, heap, shared ? threads : undefined, tiles === undefined);
}

/**
 * An engine on the memory of another thread's engine, with programs of its own. `slot` does one slot of a job that the
 * other engine distributes to its threads.
 */
export const attachEngine = (handle: EngineHandle): AttachedEngine =>
  openEngine(handle, sharedHeap(handle.memory as WebAssembly.Memory));

function openEngine(handle: EngineHandle, heap: Heap, threads?: SharedWork, triesTiles = true): AttachedEngine {
  const { strict, module } = handle;
  const memory = handle.memory as WebAssembly.Memory;
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
  const beforeRun = triesTiles ? tileChooser(kernels, heap, strict) : undefined;
  const addresses = new Map<Variable, number>();
  const compiled = new Set<Variable>();

  const addressOf = (variable: Variable): number => {
    let address = addresses.get(variable);
    if (address === undefined) addresses.set(variable, (address = heap.allocate(staticSize(variable.shape) * 4)));
    return address;
  };

  const memoryOfPlans = {
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
    get vectorBits() {
      return takesWideTiles(heap) ? 256 : 128;
    },
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
    compile(spec, { capacity = 1, longest, sliceWork } = {}) {
      if (!Number.isInteger(capacity) || capacity < 1)
        throw new RangeError(`the capacity of a program must be a positive integer, not ${capacity}`);
      if (longest !== undefined && (!Number.isInteger(longest) || longest < 1))
        throw new RangeError(`the longest sequence of a program must have at least one token, not ${longest}`);
      const planned = plan(lower(spec), memoryOfPlans, { capacity, longest, sliceWork, threads: threads?.size });
      return createProgram(
        spec,
        planned,
        { capacity, longest },
        { kernels, beforeRun, heap: heap.floats, read: engine.read, threads },
      );
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
      if (compiled.has(variable))
        throw new TypeError(`"${variable.name}" must be attached before a program that uses it is compiled`);
      addresses.set(variable, found.address);
    },
    array(kind, length) {
      const Kind = arrayKinds[kind];
      if (!isShared(memory)) return new Kind(length) as ArrayOf<typeof kind>;
      const address = heap.allocate(length * Kind.BYTES_PER_ELEMENT);
      return engine.arrayAt(kind, address, length);
    },
    arrayAt: (kind, byteOffset, length) =>
      // A view of shared memory stays valid when the memory grows.
      new arrayKinds[kind](heap.floats().buffer as ArrayBuffer, byteOffset, length) as ArrayOf<typeof kind>,
    slot([code, end, rows, block, slots, from, to, table], slot, thread) {
      if (block === 0) kernels.runPiece(code, slot, rows, slots);
      else if (end === 0) kernels.runStrand(code, slot, rows, block, slots, table, thread);
      else kernels.runBlocks(code, end, rows, block, slots, slot, from, to, table, thread);
    },
  };
  return engine;
}
