// Optimizers as parts of programs, against arithmetic in float64 written out here, and Adam against PyTorch's numbers.

import { describe, expect, test } from "vitest";
import {
  adam,
  clipScale,
  globalNorm,
  rmsProp,
  scheduled,
  sgd,
  type Optimizer,
  type OptimizerSetup,
} from "../../src/optimizers/index.ts";
import { constant, input, variable, type Engine, type Program, type Tensor, type Variable } from "../../src/tensor/index.ts"; // prettier-ignore
import { engines } from "../tensor/backends.ts";
import { evaluate, expectClose, golden } from "../tensor/compare.ts";

const rate = 0.1;

/** A program of one optimizer over two variables whose gradients and scale are inputs. */
function setUp(engine: Engine, make: (setup: OptimizerSetup) => Optimizer, scaleOf?: (g: Tensor[]) => Tensor) {
  const variables = [variable("w", [3]), variable("b", [])];
  const [byW, byB] = [input("dw", [3]), input("db", [])];
  const gradients = [byW, byB];
  const scale = input("scale", []);
  const optimizer = make({ variables, gradients, gradientScale: scaleOf?.(gradients) ?? scale });
  const program = engine.compile({ outputs: {}, updates: optimizer.updates });
  engine.write(variables[0], [1, -2, 3]);
  engine.write(variables[1], [0.5]);
  const step = (dw: number[], db: number, gradientScale = 1, learningRate = rate): number[] => {
    program.write(byW, dw);
    program.write(byB, db);
    if (!scaleOf) program.write(scale, gradientScale);
    optimizer.prepare(program, learningRate);
    program.run();
    return variables.flatMap((v) => [...engine.read(v)]);
  };
  return { variables, optimizer, program, step };
}

const start = [1, -2, 3, 0.5];
const gradientSequence: [number[], number][] = [[[1, -2, 0.5], 3], [[-0.5, 1, 4], 0], [[0, 0, 0], -1], [[1e-4, 2, -3], 1e3]]; // prettier-ignore

describe.each(engines)("on the $name", ({ engine }) => {
  test("SGD: θ ← θ − lr · scale · g", () => {
    const { step, optimizer } = setUp(engine, sgd);
    const expected = [...start];
    for (const [dw, db] of gradientSequence) {
      const actual = step(dw, db, 0.5);
      [...dw, db].forEach((g, i) => (expected[i] -= rate * 0.5 * g));
      expectClose(actual, expected, 1e-6);
    }
    expect(optimizer.steps).toBe(4);
    expect(optimizer.state).toEqual([]);
  });

  test("RMSProp: v ← αv + (1−α)g²; θ ← θ − lr · g/(√v + ε)", () => {
    const [decay, epsilon] = [0.9, 1e-3];
    const { step, optimizer } = setUp(engine, (setup) => rmsProp(setup, { decay, epsilon }));
    const expected = [...start];
    const v = [0, 0, 0, 0];
    for (const [dw, db] of gradientSequence) {
      const actual = step(dw, db, 0.5);
      [...dw, db].forEach((raw, i) => {
        const g = raw * 0.5;
        v[i] = decay * v[i] + (1 - decay) * g * g;
        expected[i] -= (rate * g) / (Math.sqrt(v[i]) + epsilon);
      });
      expectClose(actual, expected, 1e-5);
    }
    expectClose(optimizer.state.flatMap((s) => [...engine.read(s)]), v, 1e-5); // prettier-ignore
  });

  test("Adam: as in its paper, written with m̂ and v̂", () => {
    const [beta1, beta2, epsilon] = [0.8, 0.95, 1e-3];
    const { step, optimizer } = setUp(engine, (setup) => adam(setup, { beta1, beta2, epsilon }));
    const expected = [...start];
    const [m, v] = [[0, 0, 0, 0], [0, 0, 0, 0]]; // prettier-ignore
    gradientSequence.forEach(([dw, db], k) => {
      const t = k + 1;
      const actual = step(dw, db, 2, rate / t);
      [...dw, db].forEach((raw, i) => {
        const g = raw * 2;
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        const [mHat, vHat] = [m[i] / (1 - beta1 ** t), v[i] / (1 - beta2 ** t)];
        expected[i] -= ((rate / t) * mHat) / (Math.sqrt(vHat) + epsilon);
      });
      expectClose(actual, expected, 1e-5, `step ${t}`);
    });
    expect(optimizer.state).toHaveLength(4);
    expectClose(optimizer.state.flatMap((s) => [...engine.read(s)]), [...m, ...v], 1e-5); // prettier-ignore
  });

  test("Adam's first step is lr · sign(g), whatever the gradient's size", () => {
    const { step } = setUp(engine, adam);
    expectClose(step([1e-3, -5, 1000], -1e6), [1 - rate, -2 + rate, 3 - rate, 0.5 + rate], 1e-5);
  });

  test("defaults are those of the papers", () => {
    const { step } = setUp(engine, adam);
    step([1, 1, 1], 1);
    const second = step([2, 2, 2], 2); // m̂ = (0.9·0.1 + 0.1·2)/0.19, v̂ = (0.999·0.001 + 0.001·4)/0.001999
    const change = (rate * (0.29 / 0.19)) / Math.sqrt(0.004999 / 0.001999);
    expectClose(second, start.map((x) => x - rate - change), 1e-5); // prettier-ignore
    const rms = setUp(engine, rmsProp);
    expectClose(rms.step([1, 1, 1], 1), start.map((x) => x - rate / (Math.sqrt(0.01) + 1e-5)), 1e-5); // prettier-ignore
  });

  test.each([
    ["SGD", sgd],
    ["RMSProp", rmsProp],
    ["Adam", adam],
  ] as const)("%s: a scale that is not finite changes nothing", (_, make) => {
    // prettier-ignore
    const { step, optimizer } = setUp(engine, (setup) => make(setup));
    const before = step([1, 2, 3], 4);
    const state = optimizer.state.map((s) => [...engine.read(s)]);
    for (const scale of [NaN, Infinity, -Infinity]) {
      expect(step([1, 2, 3], 4, scale)).toEqual(before);
      expect(step([NaN, Infinity, -Infinity], NaN, scale)).toEqual(before);
      expect(optimizer.state.map((s) => [...engine.read(s)])).toEqual(state);
    }
    expect(step([1, 2, 3], 4)).not.toEqual(before);
  });

  test("clipping by the global norm of all gradients together", () => {
    const scaleOf = (g: Tensor[]): Tensor => clipScale(globalNorm(g), 2);
    const { step } = setUp(engine, sgd, scaleOf);
    // ‖(2, 4, 4, 8)‖ = 10 is brought to 2; ‖(0.2, 0.4, 0.4, 0.8)‖ = 1 stays.
    const first = step([2, 4, 4], 8);
    expectClose(first, start.map((x, i) => x - rate * 0.2 * [2, 4, 4, 8][i]), 1e-6); // prettier-ignore
    expectClose(step([0.2, 0.4, 0.4], 0.8), first.map((x, i) => x - rate * [0.2, 0.4, 0.4, 0.8][i]), 1e-6); // prettier-ignore
    const { step: broken } = setUp(engine, sgd, scaleOf);
    expect(broken([1, NaN, 1], 1)).toEqual(start);
    const unchanged = broken([3e38, 3e38, 1], 1); // the norm overflows: a step of (almost) nothing, or none
    expectClose(unchanged, start, 1e-6);
  });

  interface GoldenAdam {
    lr: number;
    eps: number;
    beta1: number;
    beta2: number;
    max_grad_norm: number;
    gradients: number[][];
    parameters: number[][];
  }
  const expected = golden<GoldenAdam>("adam");
  test.skipIf(!expected)("Adam with clipping, golden (skipped where ../shared/golden/losses.json is missing)", () => {
    const { lr, eps, beta1, beta2, max_grad_norm: maxNorm, gradients, parameters } = expected!;
    const w = variable("w", [10]);
    const g = input("g", [10]);
    const setup = { variables: [w], gradients: [g], gradientScale: clipScale(globalNorm([g]), maxNorm) };
    const optimizer = adam(setup, { beta1, beta2, epsilon: eps });
    const program = engine.compile({ outputs: {}, updates: optimizer.updates });
    engine.write(w, parameters[0]);
    gradients.forEach((gradient, t) => {
      program.write(g, gradient);
      optimizer.prepare(program, lr);
      program.run();
      expectClose(engine.read(w), parameters[t + 1], 1e-5, `parameters after step ${t + 1}`);
    });
  });

  test("a step count that is set goes on from there: resuming", () => {
    const one = setUp(engine, adam);
    for (const [dw, db] of gradientSequence) one.step(dw, db);
    const read = (vs: readonly Variable[]): Float32Array[] => vs.map((v) => engine.read(v));
    const other = setUp(engine, adam);
    other.optimizer.state.forEach((s, i) => engine.write(s, read(one.optimizer.state)[i]));
    other.variables.forEach((v, i) => engine.write(v, read(one.variables)[i]));
    other.optimizer.steps = one.optimizer.steps;
    expect(other.step([1, 2, 3], 4)).toEqual(one.step([1, 2, 3], 4));
  });

  test("two optimizers in one program keep their own rates", () => {
    const [a, b] = [variable("a", []), variable("b", [])];
    const of = (v: Variable, name: string) =>
      sgd({ name, variables: [v], gradients: [constant(1)], gradientScale: constant(1) });
    const [first, second] = [of(a, "first"), of(b, "second")];
    const program: Program = engine.compile({ outputs: {}, updates: [...first.updates, ...second.updates] });
    first.prepare(program, 0.5);
    second.prepare(program, 0.25);
    program.run();
    expect([engine.read(a)[0], engine.read(b)[0]]).toEqual([-0.5, -0.25]);
  });
});

describe("norm, scale, schedules", () => {
  test("globalNorm and clipScale by hand", () => {
    const [a, b] = [input("a", [2]), input("b", [])];
    const feeds = new Map([[a, [2, 3]], [b, [6]]]); // prettier-ignore
    expectClose(evaluate(globalNorm([a, b]), feeds), [7], 1e-12);
    expectClose(evaluate(clipScale(globalNorm([a, b]), 3.5), feeds), [0.5], 1e-6);
    expect([...evaluate(clipScale(globalNorm([a, b]), 7.1), feeds)]).toEqual([1]);
    expect([...evaluate(clipScale(globalNorm([a, b]), 1), new Map([[a, [0, 0]], [b, [0]]]))]).toEqual([1]); // prettier-ignore
  });

  test("schedules", () => {
    expect([1, 0.5, 0.25, 0, -0.1].map((left) => scheduled("linear", 0.4, left))).toEqual([0.4, 0.2, 0.1, 0, 0]);
    expect([1, 0.5, 0].map((left) => scheduled("constant", 0.4, left))).toEqual([0.4, 0.4, 0.4]);
  });
});
