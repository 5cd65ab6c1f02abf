// Fusion on the kernel graph: bias, activation and the derivative of an activation become part of a matrix product, and
// the derivatives of activations a single operation. It comes after differentiation, so that no fused operation needs a
// derivative.

import { hasRows, sameShape, staticSize } from "../graph/shape.ts";
import { binaryGrid } from "./counts.ts";
import { Epilogue } from "./instructions.ts";
import { kernelOrder, makeNode, reducesRows, type KernelNode, type MatmulShape } from "./kernel-graph.ts";

/** The same roots in the same order, with everything fused that can be. */
export function fuse(roots: readonly KernelNode[]): KernelNode[] {
  const order = kernelOrder(roots);
  const uses = new Int32Array(order.length);
  for (const r of roots) uses[r.position]++;
  for (const n of order) for (const i of n.inputs) uses[i.position]++;

  const result: KernelNode[] = [];
  for (const n of order) {
    const inputs = n.inputs.map((i) => result[i.position]);
    const plain = inputs.every((i, k) => i === n.inputs[k]) ? n : makeNode(n.operation, inputs, n.shape, n.source);
    /** Input k, if it is a matrix product that only this node reads and that has no epilogue yet. */
    const onlyMine = (k: number, needsWide = true): KernelNode | undefined => {
      const x = inputs[k];
      if (x.operation.kind !== "matmul" || (needsWide && x.operation.narrow)) return undefined;
      const free = x.operation.epilogue === Epilogue.None && !reducesRows(x);
      return free && uses[n.inputs[k].position] === 1 && sameShape(x.shape, n.shape) ? x : undefined;
    };
    result.push(
      fuseBias(plain, onlyMine) ?? fuseActivation(plain, onlyMine) ?? fuseDerivative(plain, onlyMine) ?? plain,
    );
  }
  return roots.map((r) => result[r.position]);
}

type OnlyMine = (k: number, needsWide?: boolean) => KernelNode | undefined;

function withEpilogue(product: KernelNode, n: KernelNode, epilogue: Epilogue, extra: KernelNode[] = []): KernelNode {
  const operation = { ...(product.operation as { kind: "matmul" } & MatmulShape), epilogue };
  return makeNode(operation, [...product.inputs, ...extra], n.shape, n.source);
}

/** x·W + b */
function fuseBias(n: KernelNode, onlyMine: OnlyMine): KernelNode | undefined {
  if (n.operation.kind !== "add") return undefined;
  const product = onlyMine(0, false);
  const bias = n.inputs[1];
  if (
    !product ||
    hasRows(bias.shape) ||
    staticSize(bias.shape) !== n.shape.at(-1) ||
    bias.shape.at(-1) !== n.shape.at(-1)
  )
    return undefined;
  const operation = product.operation as { kind: "matmul" } & MatmulShape;
  if (operation.hasBias) return undefined;
  return makeNode({ ...operation, hasBias: true }, [...product.inputs, bias], n.shape, n.source);
}

function fuseActivation(n: KernelNode, onlyMine: OnlyMine): KernelNode | undefined {
  const kind = n.operation.kind;
  if (kind !== "tanh" && kind !== "relu") return undefined;
  const product = onlyMine(0);
  return product && withEpilogue(product, n, kind === "tanh" ? Epilogue.Tanh : Epilogue.Relu);
}

/** g·(1 − y²) after tanh and g·(y > 0) after relu. */
function fuseDerivative(n: KernelNode, onlyMine: OnlyMine): KernelNode | undefined {
  if (n.operation.kind !== "mul") return undefined;
  const [g, factor] = n.inputs as [KernelNode, KernelNode];
  const activation = tanhFactor(factor) ?? reluFactor(factor);
  if (!activation || !sameShape(g.shape, n.shape) || !sameShape(activation.y.shape, n.shape)) return undefined;
  const product = onlyMine(0);
  if (product) return withEpilogue(product, n, activation.epilogue, [activation.y]);
  const kind = activation.epilogue === Epilogue.TanhGradient ? "tanhGradient" : "reluGradient";
  const grid = binaryGrid(n.shape, n.shape, n.shape)!;
  return makeNode({ kind, grid }, [g, activation.y], n.shape, n.source);
}

function tanhFactor(n: KernelNode): { y: KernelNode; epilogue: Epilogue } | undefined {
  const [one, squared] = n.inputs;
  if (n.operation.kind !== "sub" || !isConstant(one, 1) || squared?.operation.kind !== "square") return undefined;
  return { y: squared.inputs[0], epilogue: Epilogue.TanhGradient };
}

function reluFactor(n: KernelNode): { y: KernelNode; epilogue: Epilogue } | undefined {
  const [y, zero] = n.inputs;
  if (n.operation.kind !== "greater" || !y || !isConstant(zero, 0)) return undefined;
  return { y, epilogue: Epilogue.ReluGradient };
}

const isConstant = (n: KernelNode | undefined, value: number): boolean =>
  n?.operation.kind === "leaf" &&
  n.operation.tensor.operation.kind === "constant" &&
  n.operation.tensor.operation.value === value;
