// Several variables as one float64 vector: what steps in the space of all parameters are computed with.

import { input, type Engine, type Program, type Tensor, type Variable } from "../tensor/index.ts";

export interface ParameterVector {
  /** Numbers in all variables together. */
  readonly size: number;
  /** The variables' values. */
  read(engine: Engine): Float64Array;
  /** Sets the variables, rounded to float32. */
  write(engine: Engine, vector: Float64Array): void;
  /** An input `<name>.<variable>` for each variable, to feed a vector through. */
  inputs(name: string): Tensor[];
  feed(program: Program, inputs: readonly Tensor[], vector: Float64Array): void;
  /** Tensors of the variables' shapes, by the names of outputs: `<name>.<variable>`. */
  outputs(name: string, tensors: readonly Tensor[]): Record<string, Tensor>;
  /** Such outputs of the last run, into `out`. */
  take(program: Program, name: string, out: Float64Array): void;
}

export function parameterVector(variables: readonly Variable[]): ParameterVector {
  let size = 0;
  const parts = variables.map((variable) => {
    const start = size;
    size += (variable.shape as number[]).reduce((a, b) => a * b, 1);
    return { variable, start, end: size };
  });
  return {
    size,
    read(engine) {
      const vector = new Float64Array(size);
      for (const { variable, start } of parts) vector.set(engine.read(variable), start);
      return vector;
    },
    write(engine, vector) {
      for (const { variable, start, end } of parts) engine.write(variable, vector.subarray(start, end));
    },
    inputs: (name) => variables.map((variable) => input(`${name}.${variable.name}`, variable.shape)),
    feed(program, inputs, vector) {
      parts.forEach(({ start, end }, i) => program.write(inputs[i], vector.subarray(start, end)));
    },
    outputs: (name, tensors) =>
      Object.fromEntries(variables.map((variable, i) => [`${name}.${variable.name}`, tensors[i]])),
    take(program, name, out) {
      for (const { variable, start } of parts) out.set(program.read(`${name}.${variable.name}`), start);
    },
  };
}
