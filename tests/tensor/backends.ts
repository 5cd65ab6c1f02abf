// Everything that can run a graph. A new backend is one line here; tests that loop over them then cover it.

import type { Tensor } from "../../src/tensor/index.ts";
import { runReference, type Feeds, type ReferenceSpec } from "../../src/tensor/reference.ts";

export interface Backend {
  readonly name: string;
  /** Largest relative error against an independent float32 computation. */
  readonly tolerance: number;
  run(spec: ReferenceSpec, feeds: Feeds, rows: number): { outputs: Record<string, ArrayLike<number>> };
}

export const backends: Backend[] = [{ name: "reference", tolerance: 1e-5, run: runReference }];

/** A loss and its gradients as the outputs of one graph: `loss`, and the name of each parameter. */
export const lossAndGradients = (loss: Tensor, parameters: readonly Tensor[], derivatives: readonly Tensor[]) => ({
  outputs: { loss, ...Object.fromEntries(parameters.map((p, i) => [p.name!, derivatives[i]!])) },
});
