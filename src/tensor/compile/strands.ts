// Strands: parts of a program that have nothing to do with each other but scalars, such as the actor and the critic in a
// joint loss. Threads that work on different ones leave each other's caches alone, where threads that share the rows of one
// have to fetch the same weights, and then add up each other's gradients.

import { owner, type KernelNode } from "./kernel-graph.ts";

/** A stage as strands divide it: its nodes in the order before, strands, after. */
export interface Divided {
  readonly before: readonly KernelNode[];
  readonly strands: readonly (readonly KernelNode[])[];
  readonly after: readonly KernelNode[];
}

/** More threads than that share rows. */
const mostStrands = 4;

/**
 * Divides the row stage that has the most to do, and the static stages on both sides of it.
 *
 * In the row stage a strand is what hangs together; before it, what only one strand needs; after it, what only one strand
 * gives. Elsewhere, and where most of the work hangs together, all nodes come before.
 *
 * @param stages the nodes of each stage, inputs before their users; odd stages are of rows
 * @param kept nodes that are needed in the end
 */
export function divide(
  stages: readonly (readonly KernelNode[])[],
  count: number,
  kept: readonly KernelNode[],
  workOf: (n: KernelNode) => number,
): Divided[] {
  const divided = stages.map((nodes): Divided => ({ before: nodes, strands: [], after: [] }));
  const work = stages.map((nodes, i) => (i % 2 === 1 ? nodes.reduce((sum, n) => sum + workOf(n), 0) : 0));
  const heaviest = work.indexOf(Math.max(...work));
  if (heaviest < 1) return divided;
  const strandOf = new Int32Array(count).fill(none);
  const strands = group(components(stages[heaviest]), workOf);
  if (strands.length < 2) return divided;
  strands.forEach((nodes, strand) => nodes.forEach((n) => (strandOf[n.position] = strand)));
  divided[heaviest] = { before: [], strands, after: [] };

  const users = usersOf(stages.flat(), count);
  for (const n of kept) users[owner(n).position].push(undefined);
  const before = stages[heaviest - 1];
  for (const n of before.toReversed()) {
    if (n.operation.kind === "leaf") continue;
    const of = new Set(users[n.position].map((user) => (user ? strandOf[user.position] : none)));
    if (of.size === 1) [strandOf[n.position]] = of;
  }
  divided[heaviest - 1] = {
    before: before.filter((n) => strandOf[n.position] === none),
    strands: strands.map((_, strand) => before.filter((n) => strandOf[n.position] === strand)),
    after: [],
  };

  const after = stages[heaviest + 1];
  const isHere = new Set([...stages[heaviest], ...after]);
  for (const n of after) {
    const of = new Set(n.inputs.map(owner).flatMap((i) => (isHere.has(i) ? [strandOf[i.position]] : [])));
    if (of.size === 1) [strandOf[n.position]] = of;
  }
  divided[heaviest + 1] = {
    before: [],
    strands: strands.map((_, strand) => after.filter((n) => strandOf[n.position] === strand)),
    after: after.filter((n) => strandOf[n.position] === none),
  };
  return divided;
}

const none = -1;

/** Those who read each node, by its position. */
function usersOf(nodes: readonly KernelNode[], count: number): (KernelNode | undefined)[][] {
  const users = Array.from({ length: count }, (): (KernelNode | undefined)[] => []);
  for (const n of nodes) for (const input of n.inputs) users[owner(input).position].push(n);
  return users;
}

/** Nodes that are connected among themselves, each group in the order of the nodes. */
function components(nodes: readonly KernelNode[]): KernelNode[][] {
  const parents = new Map(nodes.map((n) => [n, n]));
  const find = (n: KernelNode): KernelNode => {
    let root = n;
    while (parents.get(root) !== root) root = parents.get(root)!;
    while (parents.get(n) !== root) {
      const next = parents.get(n)!;
      parents.set(n, root);
      n = next;
    }
    return root;
  };
  for (const n of nodes)
    for (const input of n.inputs) {
      const source = owner(input);
      if (parents.has(source)) parents.set(find(source), find(n));
    }
  const groups = new Map<KernelNode, KernelNode[]>();
  for (const n of nodes) {
    const root = find(n);
    const group = groups.get(root);
    if (group) group.push(n);
    else groups.set(root, [n]);
  }
  return [...groups.values()];
}

/** Puts components together into strands that have about the same to do: as many as there are if none is much larger. */
function group(parts: readonly KernelNode[][], workOf: (n: KernelNode) => number): KernelNode[][] {
  const weighed = parts.map((nodes) => ({ nodes, work: nodes.reduce((sum, n) => sum + workOf(n), 0) }));
  weighed.sort((a, b) => b.work - a.work);
  const total = weighed.reduce((sum, { work }) => sum + work, 0);
  const fits = Math.min(mostStrands, Math.round(total / (weighed[0]?.work || 1)));
  const strands = Array.from({ length: Math.min(fits, parts.length) }, () => ({ nodes: [] as KernelNode[], work: 0 }));
  if (strands.length < 2) return [];
  for (const { nodes, work } of weighed) {
    const least = strands.reduce((a, b) => (b.work < a.work ? b : a));
    least.nodes.push(...nodes);
    least.work += work;
  }
  return strands.map(({ nodes }) => nodes);
}
