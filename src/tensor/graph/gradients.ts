// Reverse-mode differentiation from graph to graph: a gradient is itself a graph, so it can be differentiated again.

import { derivatives, type DerivativeAt } from "./derivatives.ts";
import { add, broadcastTo } from "./operations.ts";
import { formatShape } from "./shape.ts";
import { constant, topologicalOrder, type Tensor } from "./tensor.ts";

/**
 * The gradients of a scalar with respect to the tensors `wrt` (inputs, variables or any tensors in between), each of
 * the same shape as its tensor. A gradient is zero if the scalar does not depend on the tensor, or only through
 * operations whose derivative is zero (comparisons, `stopGradient`).
 * Throws a TypeError if the scalar depends on one of them through an input that has no derivative, such as the index of
 * `pick`; with `stopGradient` such an input counts as a constant.
 */
export function gradients(scalar: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (scalar.shape.length !== 0)
    throw new TypeError(`gradients: the first argument must be a scalar, not of shape ${formatShape(scalar.shape)}`);
  const order = topologicalOrder([scalar]);
  const targets = new Set(wrt);
  // Only tensors on a path from a target carry a gradient.
  const active = new Uint8Array(order.length);
  order.forEach((t, i) => {
    const leads = derivatives[t.operation.kind] !== "zero" && t.inputs.some((x) => active[x.position] === 1);
    if (leads || targets.has(t)) active[i] = 1;
  });

  const gradient: (Tensor | undefined)[] = new Array<undefined>(order.length);
  gradient[scalar.position] = constant(1);
  for (let k = order.length - 1; k >= 0; k--) {
    const y = order[k];
    const g = gradient[k];
    if (!g || !active[k]) continue;
    y.inputs.forEach((x, i) => {
      if (!active[x.position]) return;
      const product = vectorJacobianProduct(y, g, i);
      if (!product) return;
      const earlier = gradient[x.position];
      gradient[x.position] = earlier ? add(earlier, product) : product;
    });
  }
  const isReached = (t: Tensor): boolean => order[t.position] === t;
  return wrt.map((t) => (isReached(t) && gradient[t.position]) || broadcastTo(constant(0), t.shape));
}

/** For y = f(x₁, …) and g = ∂L/∂y: the tensor ∂L/∂xᵢ, or undefined where it is zero by definition. */
function vectorJacobianProduct(y: Tensor, g: Tensor, i: number): Tensor | undefined {
  const rule = derivatives[y.operation.kind];
  if (rule === "zero") return undefined;
  const [a, b] = y.inputs as [Tensor, Tensor];
  const derivative = (typeof rule === "function" ? rule : rule[i]) as (at: DerivativeAt) => Tensor;
  return derivative({ operation: y.operation, y, g, a, b, x: y.inputs[i], i });
}
