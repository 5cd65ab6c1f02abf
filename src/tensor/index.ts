// Symbolic tensors: write a loss as mathematics, differentiate it, compile it once, run it many times.

export { formatShape, type Dimension, type Shape } from "./graph/shape.ts";
export {
  constant,
  input,
  named,
  rowCount,
  topologicalOrder,
  variable,
  type BinaryKind,
  type Operation,
  type Tensor,
  type UnaryKind,
  type Variable,
} from "./graph/tensor.ts";
export * from "./graph/operations.ts";
export {
  appendRows,
  attention,
  layerNorm,
  likelihood,
  lookup,
  normalize,
  scatter,
  type AttentionCache,
  type Likelihood,
} from "./graph/sequences.ts";
export { layOut, spanOf, type SequenceLayout } from "./sequence-layout.ts";
export { gradients } from "./graph/gradients.ts";
export { adamStep, assign, type AdamStep, type Assign, type Update } from "./graph/updates.ts";
export {
  attachEngine,
  createEngine,
  type ArrayKind,
  type ArrayOf,
  type AttachedEngine,
  type CompileOptions,
  type Engine,
  type EngineHandle,
  type EngineOptions,
  type SharedMemory,
} from "./wasm/engine.ts";
export { allowWideVectors, vectorSupport, type VectorSupport } from "./wasm/vectors.ts";
export { type MemoryUse } from "./compile/places.ts";
export { createDryEngine, type DryEngine } from "./wasm/dry-engine.ts";
export { explanations, loadExplanations } from "./explanations.ts";
export type { Program } from "./wasm/program.ts";
export type { ProgramSpec } from "./compile/lower.ts";
export {
  firstNonFinite,
  runReference,
  type Feeds,
  type NonFinite,
  type ReferenceResult,
  type ReferenceSpec,
} from "./reference.ts";
