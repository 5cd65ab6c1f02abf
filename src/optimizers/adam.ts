// Adam: Kingma & Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1.

import { pow } from "../math/index.ts";
import { adamStep, constant, input, variable } from "../tensor/index.ts";
import type { Optimizer, OptimizerSetup } from "./optimizer.ts";

/** Options of {@link adam}. */
export interface AdamOptions {
  /** Decay of the first moment. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default 0.999. */
  readonly beta2?: number;
  /** Added to √v̂. Default 1e-8. */
  readonly epsilon?: number;
  /**
   * What ε is added to: √v̂, the corrected second moment, as in the paper's algorithm 1 and in PyTorch; or √v, as in its
   * section 2 and in TensorFlow, where ε counts for more in the first steps. Default "corrected".
   */
  readonly epsilonIn?: "corrected" | "uncorrected";
}

/** Adam: steps of the first moment over the root of the second, both corrected for their bias. */
export function adam(setup: OptimizerSetup, options: AdamOptions = {}): Optimizer {
  const { variables, gradients, gradientScale = constant(1), name = "optimizer" } = setup;
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, epsilonIn = "corrected" } = options;
  const stepSize = input(`${name}.stepSize`, []);
  const correction = input(`${name}.correction`, []);
  const moments = (moment: string) =>
    variables.map((v) => variable(`${name}.${moment}.${v.name}`, v.shape as number[]));
  const first = moments("firstMoment");
  const second = moments("secondMoment");
  return {
    updates: variables.map((v, i) =>
      adamStep({
        variable: v,
        firstMoment: first[i],
        secondMoment: second[i],
        gradient: gradients[i],
        gradientScale,
        stepSize,
        correction,
        beta1,
        beta2,
        epsilon,
      }),
    ),
    state: [...first, ...second],
    steps: 0,
    prepare(program, learningRate) {
      this.steps++;
      // The bias corrections 1 − βᵗ, in float64.
      const rootOfCorrection = Math.sqrt(1 - pow(beta2, this.steps));
      const uncorrected = epsilonIn === "uncorrected";
      const rate = learningRate / (1 - pow(beta1, this.steps));
      program.write(stepSize, uncorrected ? rate * rootOfCorrection : rate);
      program.write(correction, uncorrected ? 1 : 1 / rootOfCorrection);
    },
  };
}
