// What parts of a program threads can take whole: they must have nothing in common but scalars.

import { describe, expect, test } from "vitest";
import { lower } from "../../src/tensor/compile/lower.ts";
import { owner, type KernelNode } from "../../src/tensor/compile/kernel-graph.ts";
import { stagesOf, type Stages } from "../../src/tensor/compile/stages.ts";
import { globalNorm } from "../../src/optimizers/index.ts";
import {
  add,
  gradients,
  input,
  matmul,
  mean,
  mul,
  reshape,
  square,
  sub,
  tanh,
  variable,
  type Tensor,
  type Variable,
} from "../../src/tensor/index.ts";

import { runReference } from "../../src/tensor/reference.ts";
import { engines, runOnEngine, wideEngines } from "./backends.ts";
import { createRandom, expectClose, uniform } from "./compare.ts";

const x = input("x", ["rows", 5]);

/** A network of two layers of a width, from `from` to a number for each row. */
function network(name: string, width: number, from: Tensor = x): { y: Tensor; weights: Variable[] } {
  const weights = [variable(`${name}.0`, [from.shape[1] as number, width]), variable(`${name}.1`, [width, width])];
  return { y: mean(square(tanh(matmul(tanh(matmul(from, weights[0])), weights[1])))), weights };
}

function stages(losses: readonly { y: Tensor; weights: Variable[] }[]): Stages {
  const loss = losses.map(({ y }) => y).reduce((a, b) => add(a, b));
  const weights = [...new Set(losses.flatMap((l) => l.weights))];
  const g = gradients(loss, weights);
  const outputs = Object.fromEntries([loss, globalNorm(g), ...g].map((t, i) => [`y${i}`, mul(t, 1)]));
  return stagesOf(lower({ outputs }).outputs.map(({ node }) => node));
}

/** The variables that the nodes of each strand read, over all stages. */
function readBy({ stages }: Stages): string[][] {
  const names: Set<string>[] = [];
  for (const { strands } of stages)
    strands.forEach((nodes, strand) => {
      names[strand] ??= new Set();
      for (const n of nodes)
        for (const { operation } of n.inputs.map(owner))
          if (operation.kind === "leaf" && operation.tensor.operation.kind === "variable")
            names[strand].add(operation.tensor.name ?? "");
    });
  return names.map((set) => [...set].sort());
}

describe("strands", () => {
  test("two networks over the same inputs are one each, with their transposes and the sums of their gradients", () => {
    const divided = stages([network("actor", 64), network("critic", 64)]);
    expect(readBy(divided).sort()).toEqual([
      ["actor.0", "actor.1"],
      ["critic.0", "critic.1"],
    ]);
    const heaviest = divided.stages.findIndex(({ rows, strands }) => rows && strands.length > 0);
    const kinds = (nodes: readonly KernelNode[]): string[] => nodes.map((n) => n.operation.kind);
    for (const strand of divided.stages[heaviest - 1].strands) expect(kinds(strand)).toContain("transpose");
    for (const strand of divided.stages[heaviest + 1].strands) expect(kinds(strand)).toContain("sum");
    expect(kinds(divided.stages[heaviest + 1].after)).toContain("sqrt"); // the norm is that of both
  });

  test("three networks are three; five share four", () => {
    const networks = (n: number) => Array.from({ length: n }, (_, i) => network(`n${i}`, 32));
    expect(readBy(stages(networks(3)))).toHaveLength(3);
    expect(readBy(stages(networks(5)))).toHaveLength(4);
  });

  test("there are none where a trunk is shared, or where one network has nearly all the work", () => {
    const trunk = variable("trunk", [5, 32]);
    const h = tanh(matmul(x, trunk));
    const [a, b] = [network("a", 32, h), network("b", 32, h)];
    a.weights.push(trunk);
    expect(readBy(stages([a, b]))).toEqual([]);
    expect(readBy(stages([network("large", 128), network("small", 16)]))).toEqual([]);
  });

  test("every node is in the order once, after what it reads", () => {
    for (const losses of [
      [network("a", 64), network("b", 64)],
      [network("a", 32), network("b", 48), network("c", 8)],
    ]) {
      const { order } = stages(losses);
      expect(new Set(order).size).toBe(order.length);
      const at = new Map(order.map((n, i) => [n, i]));
      for (const n of order) for (const i of n.inputs) expect(at.get(owner(i))!).toBeLessThan(at.get(n)!);
    }
  });
});

describe.each([...engines, ...wideEngines])("on the $name", ({ engine }) => {
  test("strands after sums over rows give what the reference gives", () => {
    const column = input("column", ["rows"]);
    const scale = mean(column); // complete before the networks begin
    const networks = [mul, sub].map((combine, i) => {
      const name = `n${i}`;
      const weights = [variable(`${name}.0`, [5, 24]), variable(`${name}.1`, [24, 24]), variable(`${name}.2`, [24, 1])];
      const y = weights.reduce((h: Tensor, w) => tanh(matmul(h, w)), combine(x, scale));
      return { y: mean(mul(reshape(y, ["rows"]), column)), weights };
    });
    const weights = networks.flatMap((n) => n.weights);
    const g = gradients(add(networks[0].y, networks[1].y), weights);
    const spec = { outputs: Object.fromEntries([globalNorm(g), ...g].map((t, i) => [`y${i}`, t])) };
    expect(readBy(stagesOf(lower(spec).outputs.map(({ node }) => node)))).toHaveLength(2);
    const random = createRandom(7);
    for (const rows of [1, 5, 63, 64, 65, 200, 1025]) {
      const feeds = new Map<Tensor, ArrayLike<number>>([
        [x, uniform(random, rows * 5)],
        [column, uniform(random, rows, -3, 8)],
        ...weights.map((w) => [w, uniform(random, (w.shape[0] as number) * (w.shape[1] as number))] as const),
      ]);
      const { outputs } = runOnEngine(engine, spec, feeds, rows);
      const wanted = runReference(spec, feeds, rows).outputs;
      for (const name of Object.keys(outputs)) expectClose(outputs[name], wanted[name], 1e-4, `${name}, ${rows} rows`);
    }
  });
});
