// Diagnostics of an update, summed up inside the program: no number is read back between minibatches.

import { add, assign, finite, select, variable, type Engine, type Tensor, type Update } from "../tensor/index.ts";

export interface Diagnostics<Name extends string> {
  /** To compile into the program: each run adds its values to the sums. */
  readonly updates: readonly Update[];
  /**
   * `scale`, or infinity as soon as this run or an earlier one since the last reset gave a value that is not finite: an
   * optimizer skips such a step, so the weights stay as they were before the first bad run.
   */
  guard(scale: Tensor): Tensor;
  /** Starts anew. */
  reset(engine: Engine): void;
  /** Means over the `runs` runs since the last reset. */
  read(engine: Engine, runs: number): Record<Name, number>;
}

/** Sums up scalars over the runs of the program that they belong to. */
export function createDiagnostics<Name extends string>(values: Readonly<Record<Name, Tensor>>): Diagnostics<Name> {
  const names = Object.keys(values) as Name[];
  const sums = names.map((name) => variable(`diagnostics.${name}`, []));
  const totals = names.map((name, i) => add(sums[i], values[name]));
  const zero = new Float32Array(1);
  return {
    updates: sums.map((sum, i) => assign(sum, totals[i])),
    guard(scale) {
      const total = totals.reduce((a, b) => add(a, b));
      return select(finite(total), scale, Infinity); // no NaN: explanations look for the first that there is
    },
    reset(engine) {
      for (const sum of sums) engine.write(sum, zero);
    },
    read(engine, runs) {
      const entries = names.map((name, i) => [name, engine.read(sums[i])[0] / runs] as const);
      return Object.fromEntries(entries) as Record<Name, number>;
    },
  };
}
