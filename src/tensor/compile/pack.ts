// Matrices that products read in panels: where a weight has long rows, a column of tiles would read a line of cache here and
// one there, again for each block of rows. So it is packed once for a whole run.

import { hasRows, staticSize } from "../graph/shape.ts";
import { packedSpan, panelColumns } from "./instructions.ts";
import { kernelOrder, makeNode, type KernelNode } from "./kernel-graph.ts";

/**
 * Fewer rows than this do not make up for packing: of a matrix that stays in the second cache, and of one that goes
 * through memory three times for it.
 */
const [leastRows, leastRowsOfLarge] = [64, 256];
const largeBytes = 1 << 20;
/** A program's panels have at most so many bytes: they come on top of the weights. */
const mostBytes = 1 << 26;

/** The same roots in the same order, where products of up to `capacity` rows read large static matrices in panels. */
export function packOperands(roots: readonly KernelNode[], capacity: number): KernelNode[] {
  const panels = new Map<KernelNode, KernelNode>(); // by the matrix, transposed or not
  let room = mostBytes;
  const result: KernelNode[] = [];
  for (const n of kernelOrder(roots)) {
    const inputs = n.inputs.map((i) => result[i.position]);
    let { operation } = n;
    if (operation.kind === "matmul" && isWorthPacking(n, capacity)) {
      const [, b] = n.inputs;
      if (!panels.has(b) && room >= bytesOf(b)) {
        panels.set(b, packed(b, result));
        room -= bytesOf(b);
      }
      const panel = panels.get(b);
      if (panel) {
        inputs[1] = panel;
        operation = { ...operation, packed: true };
      }
    }
    const isSame = inputs.every((x, k) => x === n.inputs[k]);
    result.push(isSame ? n : makeNode(operation, inputs, n.shape, n.source));
  }
  return roots.map((r) => result[r.position]);
}

const bytesOf = ({ shape }: KernelNode): number => 4 * staticSize(shape);

function isWorthPacking({ operation, inputs: [, b], shape: [rows] }: KernelNode, capacity: number): boolean {
  if (operation.kind === "matmul" && operation.narrow) return false;
  if (hasRows(b.shape) || (b.shape[1] as number) < panelColumns) return false;
  const bytes = bytesOf(b);
  const least = bytes > largeBytes ? leastRowsOfLarge : leastRows;
  return bytes > packedSpan && (rows === "rows" ? capacity : rows) >= least;
}

function packed(b: KernelNode, result: readonly KernelNode[]): KernelNode {
  const transposed = b.operation.kind === "transpose";
  const [k, n] = b.shape as number[];
  const matrix = result[(transposed ? b.inputs[0] : b).position];
  return makeNode({ kind: "pack", transposed }, [matrix], [Math.ceil(n / panelColumns), k, panelColumns], b.source);
}
