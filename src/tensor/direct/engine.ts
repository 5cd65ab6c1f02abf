// The engine of policies that only act: the same kernel graph as any program, walked node by node for a single row. It is
// a fraction of what a page would load to compile programs, and gives the same bits: sums have the same order, and what
// may be fused is fused.

import type { BinaryGrid } from "../compile/counts.ts";
import { Epilogue, Opcode } from "../compile/instructions.ts";
import {
  kernelOrder,
  owner,
  type KernelKind,
  type KernelNode,
  type KernelOperationOf,
} from "../compile/kernel-graph.ts";
import { lower, type ProgramSpec } from "../compile/lower.ts";
import { formatShape, type Shape } from "../graph/shape.ts";
import type { Tensor, Variable } from "../graph/tensor.ts";
import { compileFast, compileStrict } from "../wasm/compile-kernels.ts";
import type { Engine } from "../wasm/engine.ts";
import type { Program } from "../wasm/program.ts";

/** Kernels of one row; addresses in bytes. */
interface Kernels {
  product(c: number, a: number, b: number, bias: number, n: number, k: number): void;
  matmulNarrow(c: number, a: number, b: number, bias: number, m: number, n: number, k: number): void;
  unary(opcode: number, out: number, a: number, count: number): void;
  logSoftmax(out: number, a: number, outer: number, n: number): void;
  sum(out: number, a: number, outer: number, middle: number, inner: number, accumulate: boolean): void;
}

const builds = {
  fast: async () => (await import("./fast.generated.ts")).fast,
  strict: async () => (await import("./strict.generated.ts")).strict,
};

const pageBytes = 65_536;
/** Constants of the kernels lie below; nothing lies at null. */
const firstAddress = 1024;
/** Kernels read and write whole vectors, and a little beyond the end. */
const padding = 64;

/** An engine that computes single rows. @throws RunError where WebAssembly is missing or forbidden */
export async function createDirectEngine({ strict = false } = {}): Promise<
  Pick<Engine, "strict" | "compile" | "write" | "read">
> {
  const strictKernels = () => compileStrict(builds.strict);
  const module = await (strict ? strictKernels() : compileFast(builds.fast, strictKernels));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
  const addresses = new Map<Variable, number>();
  let end = firstAddress;

  const allocate = (length: number): number => {
    const address = end;
    end = Math.ceil((address + 4 * length + padding) / 16) * 16;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return address;
  };
  /** What lies there now: growing leaves older views empty. */
  const at = (address: number, length: number): Float32Array => new Float32Array(memory.buffer, address, length);
  const addressOf = (variable: Variable): number => {
    const address = addresses.get(variable) ?? allocate(sizeOf(variable.shape));
    addresses.set(variable, address);
    return address;
  };

  const compile = <Output extends string>(spec: ProgramSpec<Output>): Program<Output> => {
    const { outputs } = lower(spec);
    const order = kernelOrder(outputs.map(({ node }) => node));
    const inputs = new Map<Tensor, number>();
    const places = new Map<KernelNode, number>();
    const placeOf = (node: KernelNode): number => places.get(owner(node))!;
    const steps: (() => void)[] = [];
    for (const node of order) {
      if (node.operation.kind === "alias") continue;
      const { operation, source } = node;
      const isVariable = operation.kind === "leaf" && source.operation.kind === "variable";
      const place = isVariable ? addressOf(source as Variable) : allocate(sizeOf(node.shape));
      places.set(node, place);
      if (operation.kind === "leaf") {
        if (source.operation.kind === "input") inputs.set(source, place);
        else if (!isVariable) at(place, 1)[0] = source.operation.kind === "constant" ? source.operation.value : 1;
        continue;
      }
      const perform = operations[operation.kind] as Perform<KernelKind> | undefined;
      if (!perform)
        throw new TypeError(`a policy that only acts cannot compute ${operation.kind}: use loadPolicy of "polgrad"`);
      const sources = node.inputs.map((x) => ({ address: placeOf(x), shape: x.shape, size: sizeOf(x.shape) }));
      const out = { address: place, shape: node.shape, size: sizeOf(node.shape) };
      steps.push(() => perform({ kernels, at, operation, out, inputs: sources, a: sources[0], b: sources[1] }));
    }
    const results = new Map(
      outputs.map(({ name, node }) => [name, { place: placeOf(node), size: sizeOf(node.shape) }]),
    );
    const read = (name: string, out?: Float32Array): Float32Array => {
      const { place, size } = results.get(name)!;
      const values = at(place, size);
      if (!out) return values.slice();
      out.set(values);
      return out;
    };
    const program: Pick<Program<Output>, "write" | "run" | "read" | "reader"> = {
      write(input, values, count) {
        const place = inputs.get(input);
        if (place === undefined) return;
        if (typeof values === "number") at(place, 1)[0] = values;
        else for (let i = 0, to = at(place, count ?? values.length); i < to.length; i++) to[i] = values[i];
      },
      run: () => steps.forEach((step) => step()),
      read,
      reader: (name) => (out) => void read(name, out),
    };
    return program as Program<Output>; // all that acting asks of it
  };

  return {
    strict,
    compile,
    write(variable, values) {
      at(addressOf(variable), sizeOf(variable.shape)).set(values);
    },
    read(variable, out = new Float32Array(sizeOf(variable.shape))) {
      out.set(at(addressOf(variable), out.length));
      return out;
    },
  };
}

/** The numbers of a shape with one row. */
const sizeOf = (shape: Shape): number => shape.reduce<number>((size, d) => (d === "rows" ? size : size * d), 1);

/** Numbers in memory. */
interface Place {
  readonly address: number;
  readonly shape: Shape;
  readonly size: number;
}

interface Site<Kind extends KernelKind> {
  readonly kernels: Kernels;
  readonly at: (address: number, length: number) => Float32Array;
  readonly operation: KernelOperationOf<Kind>;
  readonly out: Place;
  readonly inputs: readonly Place[];
  /** The first two inputs. */
  readonly a: Place;
  readonly b: Place;
}

type Perform<Kind extends KernelKind> = (site: Site<Kind>) => void;

const unary =
  (opcode: Opcode) =>
  ({ kernels, out, a }: Pick<Site<"copy">, "kernels" | "out" | "a">): void =>
    kernels.unary(opcode, out.address, a.address, out.size);

/** Rounded to float32 as it is stored, which a float64 result of one of these is to the same bits. */
const binary =
  (compute: (x: number, y: number) => number) =>
  ({
    at,
    operation: { grid },
    out,
    a,
    b,
  }: Omit<Site<"add">, "operation"> & { operation: { grid: BinaryGrid } }): void => {
    const [to, x, y] = [at(out.address, out.size), at(a.address, a.size), at(b.address, b.size)];
    const inner = grid.inner.fixed + grid.inner.perRow;
    for (let i = 0; i < out.size; i++) {
      const [row, column] = [Math.floor(i / inner), i % inner];
      to[i] = compute(
        x[row * grid.aRow + (grid.aScalar ? 0 : column)],
        y[row * grid.bRow + (grid.bScalar ? 0 : column)],
      );
    }
  };

/** Whole columns, row after row. */
const widthOf = ({ shape, size }: Place): number => (shape.length === 0 ? size : Number(shape.at(-1)));

const operations: { readonly [Kind in KernelKind]?: Perform<Kind> } = {
  copy: unary(Opcode.Copy),
  neg: unary(Opcode.Neg),
  exp: unary(Opcode.Exp),
  log: unary(Opcode.Log),
  sqrt: unary(Opcode.Sqrt),
  square: unary(Opcode.Square),
  tanh: unary(Opcode.Tanh),
  sigmoid: unary(Opcode.Sigmoid),
  relu: unary(Opcode.Relu),
  gelu: unary(Opcode.Gelu),

  add: binary((x, y) => x + y),
  sub: binary((x, y) => x - y),
  mul: binary((x, y) => x * y),
  div: binary((x, y) => x / y),
  minimum: binary(Math.min),
  maximum: binary(Math.max),
  greater: binary((x, y) => Number(x > y)),
  greaterEqual: binary((x, y) => Number(x >= y)),
  tanhGradient: binary((x, y) => x * Math.fround(1 - Math.fround(y * y))),
  reluGradient: binary((x, y) => (y > 0 ? x : 0)),

  matmul({ kernels, operation, out, inputs, a, b }) {
    const [n, k] = [widthOf(out), widthOf(a)];
    const bias = operation.hasBias ? inputs[2].address : 0;
    if (operation.transposeA || out.size !== n)
      throw new TypeError(`a policy that only acts computes single rows, not ${formatShape(out.shape)}`);
    if (operation.narrow) return kernels.matmulNarrow(out.address, a.address, b.address, bias, 1, n, k);
    kernels.product(out.address, a.address, b.address, bias, n, k);
    if (operation.epilogue === Epilogue.Tanh) kernels.unary(Opcode.Tanh, out.address, out.address, n);
    if (operation.epilogue === Epilogue.Relu) kernels.unary(Opcode.Relu, out.address, out.address, n);
  },

  logSoftmax: ({ kernels, out, a }) => kernels.logSoftmax(out.address, a.address, a.size / widthOf(a), widthOf(a)),

  sum({ kernels, operation: { outer, middle, inner }, out, a }) {
    kernels.sum(out.address, a.address, outer.fixed + outer.perRow, middle.fixed + middle.perRow, inner, false);
  },

  select({ at, out, inputs }) {
    const [condition, a, b] = inputs.map(({ address }) => at(address, out.size));
    const to = at(out.address, out.size);
    for (let i = 0; i < to.length; i++) to[i] = condition[i] !== 0 ? a[i] : b[i];
  },

  transpose({ at, out, a }) {
    const [from, to, columns] = [at(a.address, a.size), at(out.address, out.size), widthOf(a)];
    const rows = a.size / columns;
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j];
  },

  slice({ at, operation: { start }, out, a }) {
    const [from, to, width, count] = [at(a.address, a.size), at(out.address, out.size), widthOf(a), widthOf(out)];
    for (let i = 0; i < to.length; i++) to[i] = from[Math.floor(i / count) * width + start + (i % count)];
  },

  concat({ at, out, inputs }) {
    const [to, width] = [at(out.address, out.size), widthOf(out)];
    let column = 0;
    for (const input of inputs) {
      const [from, count] = [at(input.address, input.size), widthOf(input)];
      for (let i = 0; i < from.length; i++) to[Math.floor(i / count) * width + column + (i % count)] = from[i];
      column += count;
    }
  },

  broadcast({ at, operation, out, a }) {
    const [from, to] = [at(a.address, a.size), at(out.address, out.size)];
    const sizes = operation.sizes.map((size) => (size === "rows" ? 1 : size));
    for (let i = 0; i < to.length; i++) {
      let [rest, source] = [i, 0];
      for (let axis = sizes.length - 1; axis >= 0; axis--) {
        source += (rest % sizes[axis]) * operation.strides[axis];
        rest = Math.floor(rest / sizes[axis]);
      }
      to[i] = from[source];
    }
  },
};
