// Everything that can run a graph. A new backend is one line here; tests that loop over them then cover it.

import {
  createEngine,
  type Engine,
  type Program,
  type ProgramSpec,
  type Tensor,
  type Variable,
} from "../../src/tensor/index.ts";
import { runReference, type Feeds, type ReferenceSpec } from "../../src/tensor/reference.ts";
import { topologicalOrder } from "../../src/tensor/graph/tensor.ts";
import { updateInputs } from "../../src/tensor/graph/updates.ts";

export interface Backend {
  readonly name: string;
  /** Largest relative error against an independent float32 computation. */
  readonly tolerance: number;
  run(spec: ReferenceSpec, feeds: Feeds, rows: number): { outputs: Record<string, ArrayLike<number>> };
}

/** An engine of each build. */
export const engines: { readonly name: string; readonly engine: Engine }[] = [
  { name: "fast engine", engine: await createEngine() },
  { name: "strict engine", engine: await createEngine({ strict: true }) },
];

/** The same, with wide register tiles. */
export const wideEngines: typeof engines = [
  { name: "fast engine with wide tiles", engine: await createEngine({ tiles: "wide" }) },
  { name: "strict engine with wide tiles", engine: await createEngine({ strict: true, tiles: "wide" }) },
];

export const backends: Backend[] = [
  { name: "reference", tolerance: 1e-5, run: runReference },
  ...engines.map(({ name, engine }) => ({
    name,
    tolerance: 1e-5,
    run: (spec: ReferenceSpec, feeds: Feeds, rows: number) => runOnEngine(engine, spec, feeds, rows),
  })),
];

/** Compiles a graph, feeds and runs it once; `updated` reads a variable's value after the run. */
export function runOnEngine(
  engine: Engine,
  spec: ProgramSpec,
  feeds: Feeds,
  rows = 1,
  capacity = rows,
): { program: Program; outputs: Record<string, Float32Array>; updated(variable: Variable): Float32Array } {
  const program = engine.compile(spec, { capacity });
  feedProgram(engine, program, spec, feeds);
  program.run(rows);
  const names = Object.keys(spec.outputs);
  return {
    program,
    outputs: Object.fromEntries(names.map((name) => [name, program.read(name)])),
    updated: (variable) => engine.read(variable),
  };
}

/** Writes the inputs and variables that the graph has. */
export function feedProgram(engine: Engine, program: Program, spec: ProgramSpec, feeds: Feeds): void {
  const roots = [...Object.values(spec.outputs), ...(spec.updates ?? []).flatMap(updateInputs)];
  for (const t of topologicalOrder(roots)) {
    const values = feeds.get(t);
    if (t.operation.kind === "input") program.write(t, values!);
    if (t.operation.kind === "variable" && values) engine.write(t as Variable, values);
  }
}

/** A loss and its gradients as the outputs of one graph: `loss`, and the name of each parameter. */
export const lossAndGradients = (loss: Tensor, parameters: readonly Tensor[], derivatives: readonly Tensor[]) => ({
  outputs: { loss, ...Object.fromEntries(parameters.map((p, i) => [p.name!, derivatives[i]])) },
});
