// An engine without memory: it plans programs as another does, and counts what they and their variables would take.

import { lower, type ProgramSpec } from "../compile/lower.ts";
import type { MemoryUse } from "../compile/places.ts";
import { plan } from "../compile/plan.ts";
import { staticSize } from "../graph/shape.ts";
import type { Variable } from "../graph/tensor.ts";
import type { CompileOptions, Engine } from "./engine.ts";
import { firstAddress } from "../compile/instructions.ts";
import { bytesTaken } from "./heap.ts";
import type { Program } from "./program.ts";

/** An engine whose programs cannot run. */
export interface DryEngine extends Engine {
  /** Bytes of each variable that has been written, read or compiled. */
  readonly variables: ReadonlyMap<Variable, number>;
  /** Bytes of all programs. */
  readonly programs: Readonly<Record<MemoryUse, number>>;
}

/** Counts what an engine of one thread would take, to the byte; an engine's memory grows by pages of 64 KiB. */
export function createDryEngine(): DryEngine {
  const variables = new Map<Variable, number>();
  const programs: Record<MemoryUse, number> = { sums: 0, values: 0, inputs: 0, code: 0 };
  let next = bytesTaken(firstAddress);
  const take = (bytes: number): number => {
    const address = next;
    next += bytesTaken(bytes);
    return address;
  };
  const addressOf = (variable: Variable): number => {
    if (variables.has(variable)) return firstAddress;
    const bytes = 4 * staticSize(variable.shape);
    variables.set(variable, bytesTaken(bytes));
    return take(bytes);
  };
  const memory = {
    allocate(bytes: number, use: MemoryUse): number {
      programs[use] += bytesTaken(bytes);
      return take(bytes);
    },
    addressOf,
    writeWords: () => undefined,
  };
  const cannot = (): never => {
    throw new TypeError("a dry engine plans and counts; it does not compute");
  };
  return {
    strict: false,
    vectorBits: 128,
    variables,
    programs,
    get bytes() {
      return next;
    },
    write: (variable) => void addressOf(variable),
    compile<Output extends string>(
      spec: ProgramSpec<Output>,
      { capacity = 1, longest, sliceWork }: CompileOptions = {},
    ) {
      const { inputs } = plan(lower(spec), memory, { capacity, longest, sliceWork });
      const program: Program<Output> = {
        capacity,
        longest,
        reads: (input) => inputs.has(input),
        write: cannot,
        gather: cannot,
        writeRows: cannot,
        run: cannot,
        runInSlices: cannot,
        read: cannot,
        reader: cannot,
        readScalar: cannot,
        explainNaN: cannot,
      };
      return program;
    },
    read: cannot,
    share: cannot,
    attach: cannot,
    array: cannot,
    arrayAt: cannot,
  };
}
