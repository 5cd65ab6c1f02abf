// Initialization, networks, running moments.

import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { createMoments, rescale, standardize, updateMoments } from "../../src/math/moments.ts";
import { dense, hiddenLayers, mlp, orthogonal, sequence } from "../../src/nn/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { input, variable, type Tensor } from "../../src/tensor/index.ts";
import { createRandom, evaluate, expectClose, uniform } from "../tensor/compare.ts";

describe("orthogonal initialization", () => {
  test.each([
    [4, 4],
    [8, 3],
    [3, 8],
    [64, 64],
    [4, 64],
    [64, 2],
    [64, 1],
    [1, 5],
    [1, 1],
  ])("%i × %i: QᵀQ = gain² · I on the shorter side", (rows, columns) => {
    // prettier-ignore
    const gain = 1.7;
    const w = orthogonal(rows, columns, gain, createGenerator(3));
    const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
    const at = (v: number, i: number): number => (rows < columns ? w[v * columns + i] : w[i * columns + v]);
    for (let p = 0; p < count; p++)
      for (let q = 0; q <= p; q++) {
        let dot = 0;
        for (let i = 0; i < length; i++) dot += at(p, i) * at(q, i);
        expect(dot, `${p}, ${q}`).toBeCloseTo(p === q ? gain * gain : 0, 5);
      }
  });

  test("follows its generator, and nothing else", () => {
    expect(orthogonal(5, 3, 1, createGenerator(1))).toEqual(orthogonal(5, 3, 1, createGenerator(1)));
    expect(orthogonal(5, 3, 1, createGenerator(1))).not.toEqual(orthogonal(5, 3, 1, createGenerator(2)));
  });

  test("is uniform over rotations: the entries of a first column have mean 0 and variance 1/n", () => {
    const generator = createGenerator(4);
    let [mean, square] = [0, 0];
    const n = 2000;
    for (let i = 0; i < n; i++) {
      const x = orthogonal(3, 3, 1, generator)[4];
      mean += x / n;
      square += (x * x) / n;
    }
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(1 / 3 / n));
    expect(square).toBeCloseTo(1 / 3, 1);
  });
});

describe("networks", () => {
  const sizes = { observations: 3, outputs: 5 };
  const norm = (w: Float32Array): number => Math.sqrt(w.reduce((total, x) => total + x * x, 0));

  test("gains: √2 in hidden layers, 0.01 for the policy, 1 for the value; biases are 0", () => {
    const { actor, critic } = mlp({ hidden: [8, 6] })(sizes);
    const generator = createGenerator(1);
    for (const p of [...actor, ...critic]) {
      const value = p.initialize(generator);
      const { name, shape } = p.variable;
      if (name.endsWith("bias")) expect([...value]).toEqual(new Array(shape[0]).fill(0));
      else {
        const gain = name === "actor.output.weight" ? 0.01 : name === "critic.output.weight" ? 1 : Math.SQRT2;
        expect(norm(value), name).toBeCloseTo(gain * Math.sqrt(Math.min(...(shape as number[]))), 5);
      }
    }
  });

  test("names and shapes, separate", () => {
    const { actor, critic } = mlp({ hidden: [8, 6] })(sizes);
    const describe = (ps: typeof actor): string[] => ps.map((p) => `${p.variable.name} ${p.variable.shape.join("×")}`);
    expect(describe(actor)).toEqual(["actor.0.weight 3×8", "actor.0.bias 8", "actor.1.weight 8×6", "actor.1.bias 6", "actor.output.weight 6×5", "actor.output.bias 5"]); // prettier-ignore
    expect(describe(critic)).toEqual(["critic.0.weight 3×8", "critic.0.bias 8", "critic.1.weight 8×6", "critic.1.bias 6", "critic.output.weight 6×1", "critic.output.bias 1"]); // prettier-ignore
  });

  test("a shared trunk is the policy's, and both heads stand on it", () => {
    const { actor, critic } = mlp({ hidden: [8], sharedTrunk: true })(sizes);
    expect(actor.map((p) => p.variable.name)).toEqual(["trunk.0.weight", "trunk.0.bias", "actor.output.weight", "actor.output.bias"]); // prettier-ignore
    expect(critic.map((p) => p.variable.name)).toEqual(["critic.output.weight", "critic.output.bias"]);
  });

  test.each([
    ["tanh", false],
    ["relu", true],
    ["tanh", true],
    ["relu", false],
  ] as const)("forward by hand, %s, shared %s", (activation, sharedTrunk) => {
    // prettier-ignore
    const networks = mlp({ hidden: [2], activation, sharedTrunk })({ observations: 2, outputs: 3 });
    const x = input("x", ["rows", 2]);
    const { policy, value } = networks.forward(x);
    const random = createRandom(1);
    const feeds = new Map<Tensor, ArrayLike<number>>([[x, [0.5, -1, 2, 0.25]]]);
    const all = new Map([...networks.actor, ...networks.critic].map(({ variable: v }) => {
      const values = uniform(random, (v.shape as number[]).reduce((p, q) => p * q, 1));
      feeds.set(v, values);
      return [v.name, values];
    })); // prettier-ignore
    const act = activation === "tanh" ? Math.tanh : (z: number) => Math.max(z, 0);
    const layer = (name: string, h: number[]): number[] => {
      const [w, b] = [all.get(`${name}.weight`)!, all.get(`${name}.bias`)!];
      return [...b].map((bias, j) => h.reduce((total, v, i) => total + v * w[i * b.length + j], bias));
    };
    const rows = [[0.5, -1], [2, 0.25]]; // prettier-ignore
    const trunk = (part: string, r: number[]): number[] => layer(sharedTrunk ? "trunk.0" : `${part}.0`, r).map(act);
    expectClose(evaluate(policy, feeds), rows.flatMap((r) => layer("actor.output", trunk("actor", r))), 1e-12); // prettier-ignore
    expect(value.shape).toEqual(["rows"]);
    expectClose(evaluate(value, feeds), rows.flatMap((r) => layer("critic.output", trunk("critic", r))), 1e-12); // prettier-ignore
  });

  test("no hidden layer is a linear policy", () => {
    const { actor, critic } = mlp({ hidden: [] })(sizes);
    expect(actor.map((p) => p.variable.shape)).toEqual([[3, 5], [5]]);
    expect(critic.map((p) => p.variable.shape)).toEqual([[3, 1], [1]]);
  });

  test("an unknown activation is named", () => {
    expect(() => mlp({ activation: "gelu" as "relu" })).toThrow(InputError);
    expect(() => mlp({ activation: "toString" as "relu" })).toThrow(InputError);
  });

  test("an unknown memory is named, and so are sizes that are none", () => {
    expect(() => mlp({ memory: "lstm" as "gru" })).toThrow(
      new InputError('option "memory" must be "none" or "gru", not "lstm"'),
    );
    expect(() => mlp({ memory: "gru", memorySize: 0 })).toThrow(InputError);
    for (const size of [0, -1, 2.5, NaN]) expect(() => mlp({ hidden: [8, size] })).toThrow(InputError);
  });

  test("layers in a row", () => {
    const layers = sequence([dense("a", 2, 3, 1), hiddenLayers("b", 3, [4, 1], "relu")]);
    expect(layers.parameters.map((p) => p.variable.name)).toEqual(["a.weight", "a.bias", "b.0.weight", "b.0.bias", "b.1.weight", "b.1.bias"]); // prettier-ignore
    expect(layers.forward(variable("x", [5, 2])).shape).toEqual([5, 1]);
  });
});

describe("moments", () => {
  test("batch by batch is as all at once", () => {
    const random = createRandom(2);
    const values = uniform(random, 3 * 500, -100, 300);
    const moments = createMoments(3);
    for (let row = 0; row < 500;) {
      const rows = Math.min(1 + Math.floor(random() * 9), 500 - row);
      updateMoments(moments, values.slice(row * 3, (row + rows) * 3), rows);
      row += rows;
    }
    expect(moments.count).toBeCloseTo(500.0001, 8);
    for (let j = 0; j < 3; j++) {
      const column = values.filter((_, i) => i % 3 === j);
      const mean = column.reduce((a, b) => a + b) / 500;
      const variance = column.reduce((a, b) => a + (b - mean) ** 2, 0) / 500;
      // The prior of weight 1e-4 at mean 0 and variance 1 is in there.
      expect(Math.abs(moments.mean[j] / mean - 1)).toBeLessThan(1e-6);
      expect(Math.abs(moments.variance[j] / variance - 1)).toBeLessThan(1e-4);
    }
  });

  test("one row by hand, with the prior's weight", () => {
    const moments = createMoments(1);
    updateMoments(moments, [4], 1);
    const total = 1.0001;
    expect(moments.mean[0]).toBeCloseTo(4 / total, 12);
    expect(moments.variance[0]).toBeCloseTo((1e-4 + (16 * 1e-4) / total) / total, 12);
  });

  test("numbers far from 0 keep their variance", () => {
    const moments = createMoments(1);
    for (let i = 0; i < 10; i++) updateMoments(moments, [1e8 + 1, 1e8 - 1], 2);
    // The prior's share: 1e-4 · (1e8)² / 20
    const prior = (1e-4 * 1e16 * 20) / 20.0001 / 20.0001;
    expect(moments.variance[0] - prior).toBeCloseTo(1, 1);
  });

  test("standardize, also in place, and hold within ±10", () => {
    const moments = { count: 10, mean: [1, -2], variance: [4, 0] };
    const x = Float32Array.of(3, -2, -1e9, 5, 1, -2);
    const out = new Float32Array(6);
    standardize(moments, x, 3, out);
    expectClose(out, [1, 0, -10, 10, 0, 0], 1e-6);
    standardize(moments, x, 3, x);
    expect(x).toEqual(out);
  });

  test("rewards are scaled, not shifted", () => {
    const moments = { count: 10, mean: [100], variance: [4] };
    expect(rescale(moments, 3)).toBeCloseTo(1.5, 6);
    expect(rescale(moments, 0)).toBe(0);
    expect([rescale(moments, 1e9), rescale(moments, -1e9)]).toEqual([10, -10]);
  });
});
