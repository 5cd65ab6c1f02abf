// Plain stochastic gradient descent.

import { assign, constant, finite, input, mul, select, sub } from "../tensor/index.ts";
import type { Optimizer, OptimizerSetup } from "./optimizer.ts";

/** θ ← θ − lr · g. */
export function sgd(setup: OptimizerSetup): Optimizer {
  const { variables, gradients, gradientScale = constant(1), name = "optimizer" } = setup;
  const learningRate = input(`${name}.learningRate`, []);
  const isFinite = finite(gradientScale);
  return {
    updates: variables.map((v, i) => {
      const step = mul(mul(gradients[i], gradientScale), learningRate);
      return assign(v, select(isFinite, sub(v, step), v));
    }),
    state: [],
    steps: 0,
    prepare(program, rate) {
      this.steps++;
      program.write(learningRate, rate);
    },
  };
}
