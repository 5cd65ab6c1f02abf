// A number for each token: the head of reward models and of critics.

import type { Generator } from "../random/index.ts";
import { add, matmul, reshape, variable, type Engine, type Tensor, type Variable } from "../tensor/index.ts";
import type { Gpt } from "./gpt.ts";

/** A linear map from what a GPT's last layer gives to a number. */
export interface ScalarHead {
  readonly weights: readonly Variable[];
  /** [rows, width] → [rows] */
  score(hidden: Tensor): Tensor;
}

/** @param name prefix of the weights' names, `<name>score.weight` [width, 1] and `<name>score.bias` [1] */
export function createHead({ config }: Gpt, name = ""): ScalarHead {
  const weight = variable(`${name}score.weight`, [config.width, 1]);
  const bias = variable(`${name}score.bias`, [1]);
  return {
    weights: [weight, bias],
    score: (hidden) => reshape(add(matmul(hidden, weight), bias), ["rows"]),
  };
}

/**
 * Initial weights: normal with a deviation of 1/√(width + 1) (Ziegler et al. 2019), or zero, as a value function begins.
 */
export function initializeHead(engine: Engine, head: ScalarHead, generator?: Generator): void {
  const [weight, bias] = head.weights;
  const width = weight.shape[0] as number;
  const scale = 1 / Math.sqrt(width + 1);
  engine.write(
    weight,
    Float32Array.from({ length: width }, () => (generator ? scale * generator.standardNormal() : 0)),
  );
  engine.write(bias, [0]);
}
