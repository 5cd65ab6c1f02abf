// The network of the exercises, from the operations of the tensor engine alone: two layers of 64 units, with a head for the
// policy and one for the value.
import { createGenerator, tensor } from "polgrad";

const { add, matmul, reshape, tanh, variable } = tensor;

/** What a network computes, and what of it is learned. */
export interface Network {
  /** [rows, outputs]: logits, or the means of a Gaussian. */
  readonly policy: tensor.Tensor;
  /** [rows]: V(s). */
  readonly value: tensor.Tensor;
  readonly variables: readonly tensor.Variable[];
  /** Gives the variables their first values. */
  initialize(engine: tensor.Engine, seed: number): void;
}

/** @param observations [rows, size] */
export function network(observations: tensor.Tensor, outputs: number): Network {
  const layers: { weights: tensor.Variable; bias: tensor.Variable; gain: number }[] = [];
  const dense = (name: string, x: tensor.Tensor, size: number, gain: number) => {
    const weights = variable(`${name}.weights`, [x.shape[1] as number, size]);
    const bias = variable(`${name}.bias`, [size]);
    layers.push({ weights, bias, gain });
    return add(matmul(x, weights), bias);
  };
  const features = tanh(dense("second", tanh(dense("first", observations, 64, 1)), 64, 1));
  const policy = dense("policy", features, outputs, 0.01); // at first every action is as likely
  const value = reshape(dense("value", features, 1, 1), ["rows"]);
  return {
    policy,
    value,
    variables: layers.flatMap(({ weights, bias }) => [weights, bias]),
    initialize(engine, seed) {
      const generator = createGenerator(seed);
      for (const { weights, bias, gain } of layers) {
        const [inputs, size] = weights.shape as number[];
        const random = Float32Array.from({ length: inputs * size }, () =>
          generator.normal(0, gain / Math.sqrt(inputs)),
        );
        engine.write(weights, random);
        engine.write(bias, new Float32Array(size));
      }
    },
  };
}
