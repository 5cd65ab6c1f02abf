// RMSProp without momentum: Tieleman & Hinton (2012), with ε outside the root, as in PyTorch.

import {
  add,
  assign,
  constant,
  div,
  finite,
  input,
  mul,
  select,
  sqrt,
  square,
  sub,
  variable,
} from "../tensor/index.ts";
import type { Optimizer, OptimizerSetup } from "./optimizer.ts";

/** Options of {@link rmsProp}. */
export interface RmsPropOptions {
  /** Decay of the mean of squares. Default 0.99. */
  readonly decay?: number;
  /** Added to the root. Default 1e-5 (Stable-Baselines3's for A2C). */
  readonly epsilon?: number;
}

/** v ← αv + (1−α)g²;  θ ← θ − lr · g / (√v + ε). */
export function rmsProp(setup: OptimizerSetup, options: RmsPropOptions = {}): Optimizer {
  const { variables, gradients, gradientScale = constant(1), name = "optimizer" } = setup;
  const { decay = 0.99, epsilon = 1e-5 } = options;
  const learningRate = input(`${name}.learningRate`, []);
  const meanSquares = variables.map((v) => variable(`${name}.meanSquare.${v.name}`, v.shape as number[]));
  const isFinite = finite(gradientScale);
  return {
    updates: variables.flatMap((v, i) => {
      const gradient = mul(gradients[i], gradientScale);
      const meanSquare = add(mul(meanSquares[i], decay), mul(square(gradient), 1 - decay));
      const step = div(mul(gradient, learningRate), add(sqrt(meanSquare), epsilon));
      return [
        assign(v, select(isFinite, sub(v, step), v)),
        assign(meanSquares[i], select(isFinite, meanSquare, meanSquares[i])),
      ];
    }),
    state: meanSquares,
    steps: 0,
    prepare(program, rate) {
      this.steps++;
      program.write(learningRate, rate);
    },
  };
}
