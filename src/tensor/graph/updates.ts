// How a program changes variables once it has computed everything else: all new values are computed from the old ones.

import { formatShape, sameShape } from "./shape.ts";
import type { Tensor, Variable } from "./tensor.ts";

/** A change of variables at the end of a run. */
export type Update = Assign | AdamStep;

/** variable ← value. */
export interface Assign {
  readonly kind: "assign";
  readonly variable: Variable;
  readonly value: Tensor;
}

/**
 * One step of Adam (Kingma & Ba 2015, algorithm 1) in one pass over memory, with g = gradientScale · gradient:
 * m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  variable ← variable − stepSize · m / (correction · √v + ε),
 * where stepSize = α/(1−β₁ᵗ) and correction = 1/√(1−β₂ᵗ) are scalars.
 * If gradientScale is NaN or infinite, all three keep their values, so that a broken gradient does no damage.
 */
export interface AdamStep {
  readonly kind: "adam";
  readonly variable: Variable;
  readonly firstMoment: Variable;
  readonly secondMoment: Variable;
  readonly gradient: Tensor;
  readonly gradientScale: Tensor;
  readonly stepSize: Tensor;
  readonly correction: Tensor;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Sets a variable to a value at the end of each run. Throws a TypeError if their shapes differ. */
export function assign(target: Variable, value: Tensor): Assign {
  if (!sameShape(target.shape, value.shape))
    throw new TypeError(
      `assign: "${target.name}" has shape ${formatShape(target.shape)}, but the value has ${formatShape(value.shape)}`,
    );
  return { kind: "assign", variable: target, value };
}

/** A step of Adam. Throws if a moment or the gradient differs in shape from the variable, or if a scalar is not one. */
export function adamStep(step: Omit<AdamStep, "kind">): AdamStep {
  for (const t of [step.firstMoment, step.secondMoment, step.gradient])
    if (!sameShape(t.shape, step.variable.shape))
      throw new TypeError(
        `adam: "${step.variable.name}" has shape ${formatShape(step.variable.shape)}, ` +
          `but its gradient or a moment has ${formatShape(t.shape)}`,
      );
  for (const t of [step.gradientScale, step.stepSize, step.correction])
    if (t.shape.length !== 0) throw new TypeError(`adam: ${formatShape(t.shape)} is not the shape of a scalar`);
  return { kind: "adam", ...step };
}

/** The tensors that an update reads. */
export function updateInputs(update: Update): Tensor[] {
  if (update.kind === "assign") return [update.variable, update.value];
  const { variable, firstMoment, secondMoment, gradient, gradientScale, stepSize, correction } = update;
  return [variable, firstMoment, secondMoment, gradient, gradientScale, stepSize, correction];
}
