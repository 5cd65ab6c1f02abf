// Parameters and layers of networks: a layer is its parameters and a function of tensors.

import type { Generator } from "../random/index.ts";
import { add, matmul, relu, tanh, variable, type Tensor, type Variable } from "../tensor/index.ts";
import { orthogonal } from "./orthogonal.ts";

/** A variable that is trained, and its initialization. */
export interface Parameter {
  /** The variable. */
  readonly variable: Variable;
  /** Its initial numbers, row-major. */
  initialize(generator: Generator): Float32Array;
}

/** A part of a network. */
export interface Layer {
  /** Everything in it that is trained. */
  readonly parameters: readonly Parameter[];
  /** [rows, inputs] → [rows, outputs]. */
  forward(x: Tensor): Tensor;
}

/** Activation functions by name. */
export const activations = { tanh, relu } as const;
/** "tanh" or "relu". */
export type Activation = keyof typeof activations;

/**
 * x·W + b, with W [inputs, outputs] orthogonal times `gain` and b zero, as variables `<name>.weight` and `<name>.bias`.
 * Gains of policy gradient networks: √2 for hidden layers, 0.01 for the policy's last, 1 for the value's.
 */
export function dense(name: string, inputs: number, outputs: number, gain: number): Layer {
  const weight = variable(`${name}.weight`, [inputs, outputs]);
  const bias = variable(`${name}.bias`, [outputs]);
  return {
    parameters: [
      { variable: weight, initialize: (generator) => orthogonal(inputs, outputs, gain, generator) },
      { variable: bias, initialize: () => new Float32Array(outputs) },
    ],
    forward: (x) => add(matmul(x, weight), bias),
  };
}

/** Layers one after another. */
export function sequence(layers: readonly Layer[]): Layer {
  return {
    parameters: layers.flatMap((l) => l.parameters),
    forward: (x) => layers.reduce((y, layer) => layer.forward(y), x),
  };
}

/** Dense layers `<name>.0`, `<name>.1`, …, each followed by the activation; no layer for no sizes. */
export function hiddenLayers(name: string, inputs: number, sizes: readonly number[], activation: Activation): Layer {
  const activate = activations[activation];
  return sequence(
    sizes.map((size, i) => {
      const layer = dense(`${name}.${i}`, sizes[i - 1] ?? inputs, size, Math.SQRT2);
      return { parameters: layer.parameters, forward: (x) => activate(layer.forward(x)) };
    }),
  );
}
