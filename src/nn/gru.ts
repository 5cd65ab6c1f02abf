// The gated recurrent unit: Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder" (2014), with the
// reset gate after the product with the state, as in PyTorch and cuDNN.

import { add, matmul, mul, sigmoid, slice, sub, tanh, variable, type Tensor } from "../tensor/index.ts";
import type { Parameter } from "./layers.ts";
import { orthogonal } from "./orthogonal.ts";

/** A layer with a state that is carried from step to step. */
export interface RecurrentLayer {
  /** Everything in it that is trained. */
  readonly parameters: readonly Parameter[];
  /** x [rows, inputs] and the state h [rows, size] → the next state, which is also the output. */
  forward(x: Tensor, state: Tensor): Tensor;
}

/**
 * r = σ(W_r x + U_r h + b_r), z = σ(W_z x + U_z h + b_z), n = tanh(W_n x + b_n + r ∘ (U_n h + c_n)),
 * h' = (1 − z) ∘ n + z ∘ h. Weights are orthogonal, gate by gate; biases are zero.
 */
export function gru(name: string, inputs: number, size: number): RecurrentLayer {
  const gates = 3 * size;
  const weight = variable(`${name}.inputWeight`, [inputs, gates]);
  const stateWeight = variable(`${name}.stateWeight`, [size, gates]);
  const bias = variable(`${name}.inputBias`, [gates]);
  const stateBias = variable(`${name}.stateBias`, [gates]);
  const initialize = (rows: number) => (generator: Parameters<Parameter["initialize"]>[0]) => {
    const matrix = new Float32Array(rows * gates);
    for (let gate = 0; gate < 3; gate++) {
      const part = orthogonal(rows, size, 1, generator);
      for (let i = 0; i < rows; i++) matrix.set(part.subarray(i * size, (i + 1) * size), i * gates + gate * size);
    }
    return matrix;
  };
  return {
    parameters: [
      { variable: weight, initialize: initialize(inputs) },
      { variable: stateWeight, initialize: initialize(size) },
      { variable: bias, initialize: () => new Float32Array(gates) },
      { variable: stateBias, initialize: () => new Float32Array(gates) },
    ],
    forward(x, state) {
      const fromInput = add(matmul(x, weight), bias);
      const fromState = add(matmul(state, stateWeight), stateBias);
      const gate = (of: Tensor, k: number): Tensor => slice(of, k * size, size);
      const reset = sigmoid(add(gate(fromInput, 0), gate(fromState, 0)));
      const update = sigmoid(add(gate(fromInput, 1), gate(fromState, 1)));
      const candidate = tanh(add(gate(fromInput, 2), mul(reset, gate(fromState, 2))));
      return add(mul(sub(1, update), candidate), mul(update, state));
    },
  };
}
