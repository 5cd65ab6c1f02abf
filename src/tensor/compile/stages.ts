// The order of execution. A node with rows runs block by block in a row stage, so that the values of a block stay in
// cache from the forward to the backward pass. A sum over rows leaves its stage through slots, and what depends on it
// runs in a later static stage.

import { staticSize } from "../graph/shape.ts";
import { isOfRows, kernelOrder, owner, reducesRows, type KernelNode } from "./kernel-graph.ts";
import { divide, type Divided } from "./strands.ts";

/** A part of a program that runs once, or once for each block of rows; inputs come before their users. */
export interface Stage extends Divided {
  readonly rows: boolean;
}

/** The nodes of a program in the order of their execution. */
export interface Stages {
  readonly stages: readonly Stage[];
  /** All nodes except aliases, stage by stage. */
  readonly order: readonly KernelNode[];
  /** The positions of all nodes are below this. */
  readonly count: number;
  stageOf(n: KernelNode): number;
  /** The strand that a node belongs to; −1 if to none. */
  strandOf(n: KernelNode): number;
}

/**
 * Static stages alternate with row stages. The last is static and empty: the final sums over rows and the updates go
 * there.
 */
export function stagesOf(roots: readonly KernelNode[]): Stages {
  const all = kernelOrder(roots);
  const nodes = all.filter((n) => n.operation.kind !== "alias");
  const assigned = assignStages(nodes, all.length);
  const stageOf = (n: KernelNode): number => assigned[n.position];
  const last = nodes.reduce((latest, n) => Math.max(latest, stageOf(n)), 0);
  const members = Array.from({ length: last % 2 === 1 ? last + 2 : last + 3 }, (): KernelNode[] => []);
  for (const n of nodes) members[stageOf(n)].push(n);
  const stages = divide(members, all.length, roots, workOf).map((divided, i): Stage => ({ rows: i % 2 === 1, ...divided })); // prettier-ignore
  const strands = new Int32Array(all.length).fill(-1);
  for (const stage of stages)
    stage.strands.forEach((nodes, strand) => nodes.forEach((n) => (strands[n.position] = strand)));
  return {
    stages,
    order: stages.flatMap(({ before, strands, after }) => [...before, ...strands.flat(), ...after]),
    count: all.length,
    stageOf,
    strandOf: (n) => strands[n.position],
  };
}

/**
 * The stage of each node, by position: even ones run once, odd ones block by block. A sum over rows belongs to the row stage of its
 * inputs, and can be read from the next static stage on.
 */
function assignStages(order: readonly KernelNode[], count: number): Int32Array {
  const stages = new Int32Array(count);
  for (const n of order) {
    let stage = 0;
    for (const input of n.inputs) {
      const source = owner(input);
      const inputStage = stages[source.position];
      // A sum over rows is complete one stage after it has run.
      stage = Math.max(stage, reducesRows(source) ? inputStage + 1 : inputStage);
    }
    const wantsRows = isOfRows(n);
    const isInput = n.operation.kind === "leaf";
    stages[n.position] = isInput ? 0 : (stage % 2 === 1) === wantsRows ? stage : stage + 1;
  }
  return stages;
}

/** What an element of anything but a matrix product counts as, in multiply-adds. */
export const workPerElement = 8;

/** The cost of a node, in multiply-adds: of a row, if it has or sums rows. */
export function workOf(n: KernelNode): number {
  const { kind } = n.operation;
  if (kind === "lookup" || kind === "scatter" || kind === "appendRows")
    return workPerElement * (n.inputs[kind === "appendRows" ? 1 : 0].shape.at(-1) as number);
  if (kind === "likelihood") return staticSize(n.inputs[1].shape);
  if (kind === "likelihoodGradient" || kind === "likelihoodWeightGradient") return 2 * staticSize(n.inputs[3].shape);
  const elements = n.inputs.reduce((most, i) => Math.max(most, staticSize(i.shape)), staticSize(n.shape));
  if (kind !== "matmul") return workPerElement * elements;
  return n.inputs[0].shape.reduce<number>(
    (product, d) => (d === "rows" ? product : product * d),
    n.shape.at(-1) as number,
  );
}
