// An engine owns one WebAssembly memory: the variables' values and the compiled programs that work on them.
// Several engines coexist; one is freed with its last reference.

import { concreteSize, formatShape, hasRows, staticSize } from "./shape.ts";
import { plan, blockRows, type Plan, type ProgramSpec } from "./plan.ts";
import { kernelModule, type KernelExports } from "./kernel-module.ts";
import { firstNonFinite } from "./reference.ts";
import { topologicalOrder, type Tensor, type Variable } from "./tensor.ts";
import { updateInputs } from "./updates.ts";

export interface EngineOptions {
  /** The same bits on every machine, Node version and browser: no fused multiply-add. Default false. */
  readonly strict?: boolean;
}

export interface Engine {
  readonly strict: boolean;
  /** Compiles outputs and updates into a program for runs of at most `capacity` rows (default 1). */
  compile(spec: ProgramSpec, options?: { capacity?: number }): Program;
  /** Sets a variable's value. A variable is 0 until it is set. */
  write(variable: Variable, values: ArrayLike<number>): void;
  /** A copy of a variable's value, into `out` if given. */
  read(variable: Variable, out?: Float32Array): Float32Array;
  /** Bytes of memory in use. */
  readonly bytes: number;
}

/** A compiled graph with all its buffers in place: running it allocates nothing. */
export interface Program {
  readonly capacity: number;
  /** Sets the first values of an input; those of rows beyond the ones given stay as they were. */
  write(input: string, values: ArrayLike<number>, count?: number): void;
  /** Sets an input that is a scalar. */
  writeScalar(input: string, value: number): void;
  /** Sets row i of an input to row indices[from + i] of `source` (rows of the input's width), for i < count. */
  gather(input: string, source: ArrayLike<number>, indices: ArrayLike<number>, from: number, count: number): void;
  /** Computes outputs and applies updates for that many rows (1 to the capacity; default 1). */
  run(rows?: number): void;
  /** Copies an output of the last run: `rows` of it if it has rows. */
  read(output: string, out?: Float32Array): Float32Array;
  /** An output of the last run that is a scalar. */
  readScalar(output: string): number;
  /**
   * Runs the graph once more on the reference backend, with the inputs as they are, the variables as they are now and the
   * rows of the last run (or `rows`), and describes the first tensor that holds a NaN; undefined where there is none.
   */
  explainNaN(rows?: number): string | undefined;
}

const MiB = 1 << 20;
const pageBytes = 65536;
const firstAddress = 64; // 0 stays free: the kernels take it as "none"
const maximumPages = 65536;

/** Creates an engine. Throws where WebAssembly SIMD is missing. */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const strict = options.strict ?? false;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: maximumPages });
  const module = await kernelModule(strict ? "strict" : "fast");
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
  let top = firstAddress;
  let floats = new Float32Array(memory.buffer);
  const addresses = new Map<Variable, number>();

  /** The memory as float32: made anew after it has grown, which detaches the earlier view. */
  const heap = (): Float32Array => {
    if (floats.buffer !== memory.buffer) floats = new Float32Array(memory.buffer);
    return floats;
  };

  /** Zeroed memory, aligned to a cache line. Addresses are unsigned: they may lie above 2 GiB. */
  const allocate = (bytes: number): number => {
    const address = top;
    top += Math.ceil(bytes / 64) * 64 + 64; // kernels may load up to a vector past the end
    const missing = Math.ceil(top / pageBytes) - memory.buffer.byteLength / pageBytes;
    if (missing > 0) {
      try {
        memory.grow(missing);
      } catch {
        top = address;
        const used = Math.round(memory.buffer.byteLength / MiB);
        throw new RangeError(
          `the engine cannot allocate ${Math.round(bytes / MiB)} MiB more than its ${used} MiB: ` +
            `one engine holds at most 4 GiB, and less where the machine has less`,
        );
      }
    }
    return address;
  };

  const addressOf = (variable: Variable): number => {
    let address = addresses.get(variable);
    if (address === undefined) addresses.set(variable, (address = allocate(staticSize(variable.shape) * 4)));
    return address;
  };

  const writeWords = (address: number, words: Uint32Array): void =>
    new Uint32Array(memory.buffer, address, words.length).set(words);

  const engine: Engine = {
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
      heap().set(values, address / 4);
    },
    read(variable, out = new Float32Array(staticSize(variable.shape))) {
      const address = addressOf(variable);
      const view = heap();
      for (let i = 0; i < out.length; i++) out[i] = view[address / 4 + i]!;
      return out;
    },
    compile(spec, { capacity = 1 } = {}) {
      if (!Number.isInteger(capacity) || capacity < 1)
        throw new RangeError(`a program's capacity is a positive number of rows, not ${capacity}`);
      return createProgram(
        spec,
        plan(spec, capacity, { allocate, addressOf, writeWords }),
        capacity,
        kernels,
        heap,
        engine,
      );
    },
  };
  return engine;
}

/** Where a tensor lies: its first float, and floats per row or, without rows, in all. */
interface Location {
  readonly at: number;
  readonly width: number;
  readonly hasRows: boolean;
}

const locate = (places: Plan["inputs"]): Map<string, Location> =>
  new Map(
    Array.from(places, ([name, { tensor, address }]) => [
      name,
      { at: address / 4, width: staticSize(tensor.shape), hasRows: hasRows(tensor.shape) },
    ]),
  );

function createProgram(
  spec: ProgramSpec,
  planned: Plan,
  capacity: number,
  kernels: KernelExports,
  heap: () => Float32Array,
  engine: Engine,
): Program {
  const { segments, segmentCount, slots } = planned;
  const inputs = locate(planned.inputs);
  const outputs = locate(planned.outputs);
  let lastRows = 1;

  const find = (places: Map<string, Location>, name: string, what: string): Location => {
    const found = places.get(name);
    if (!found) throw new TypeError(`the program has no ${what} "${name}"; it has ${[...places.keys()].join(", ")}`);
    return found;
  };

  return {
    capacity,
    write(name, values, count = values.length) {
      const { at, width, hasRows } = find(inputs, name, "input");
      const room = hasRows ? width * capacity : width;
      if (count > room) throw new RangeError(`input "${name}" holds ${room} values, not ${count}`);
      const view = heap();
      if (values instanceof Float32Array && count > 64) view.set(values.subarray(0, count), at);
      else for (let i = 0; i < count; i++) view[at + i] = values[i];
    },
    writeScalar(name, value) {
      heap()[find(inputs, name, "input").at] = value;
    },
    gather(name, source, indices, from, count) {
      const { at, width, hasRows } = find(inputs, name, "input");
      if (!hasRows || count > capacity) {
        const shape = formatShape(planned.inputs.get(name)!.tensor.shape);
        throw new RangeError(`input "${name}" of shape ${shape} has not ${count} rows`);
      }
      const view = heap();
      for (let i = 0, to = at; i < count; i++)
        for (let j = 0, k = indices[from + i] * width; j < width; j++) view[to++] = source[k++];
    },
    run(rows = 1) {
      if (!(Number.isInteger(rows) && rows >= 1 && rows <= capacity))
        throw new RangeError(`a program compiled for 1 to ${capacity} rows cannot run ${rows}`);
      lastRows = rows;
      kernels.run(segments, segmentCount, rows, blockRows, slots);
    },
    read(name, out) {
      const { at, width, hasRows } = find(outputs, name, "output");
      const size = hasRows ? width * lastRows : width;
      out ??= new Float32Array(size);
      const view = heap();
      const count = Math.min(size, out.length);
      for (let i = 0; i < count; i++) out[i] = view[at + i];
      return out;
    },
    readScalar(name) {
      return heap()[find(outputs, name, "output").at];
    },
    explainNaN(rows = lastRows) {
      const feeds = new Map<Tensor, ArrayLike<number>>();
      for (const { tensor, address } of planned.inputs.values())
        feeds.set(tensor, heap().slice(address / 4, address / 4 + concreteSize(tensor.shape, rows)));
      const roots = [...Object.values(spec.outputs), ...(spec.updates ?? []).flatMap(updateInputs)];
      for (const t of topologicalOrder(roots))
        if (t.operation.kind === "variable") feeds.set(t, engine.read(t as Variable));
      return firstNonFinite(spec, feeds, rows)?.description;
    },
  };
}
