// The table of what operations mean in float64: it has an entry for every kind; leaving one out does not compile.

import type { OperationKind, OperationOf, Tensor } from "./graph/tensor.ts";

/** What the value of a tensor is computed from. */
export interface Site {
  readonly t: Tensor;
  /** Zeros of the size of the result, to be filled and returned if needed. */
  readonly y: Float64Array;
  readonly shape: readonly number[];
  readonly rows: number;
  /** The values of the inputs; `a`, `b` and `c` are the first three. */
  readonly inputs: readonly Float64Array[];
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly c: Float64Array;
  shapeOf(input: number): number[];
}

export interface EvaluationAt<Kind extends OperationKind> extends Site {
  readonly operation: OperationOf<Kind>;
}

export type Evaluations = { readonly [Kind in OperationKind]: (at: EvaluationAt<Kind>) => Float64Array };
