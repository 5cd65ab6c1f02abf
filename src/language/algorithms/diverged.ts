// What there is to say of a training that has diverged, where its losses are finite numbers still.

import { RunError } from "../../errors.ts";
import { log } from "../../math/index.ts";
import { decimal } from "../../text/numbers.ts";
import { LogitsError } from "../sampling.ts";

/** How far a training is that may have diverged. */
interface Where {
  readonly algorithm: string;
  /** 0 before the first update: what is broken then was so before. */
  readonly step: number;
  readonly learningRate: number;
}

/**
 * Carries out what draws tokens from a model in training.
 *
 * @param where asked once it fails
 * @throws RunError where its logits are no numbers any more
 */
export function* asDivergence<T>(slices: Generator<unknown, T>, where: () => Where): Generator<unknown, T> {
  try {
    return yield* slices;
  } catch (cause) {
    const { algorithm, step, learningRate } = where();
    if (!(cause instanceof LogitsError) || step === 0) throw cause;
    const error = new RunError(
      `${algorithm}: the training has diverged: with the weights of step ${step} the logits are not finite numbers, so ` +
        `that no token can be drawn. Lower the learning rate, which is ${learningRate}`,
      { cause },
    );
    error.recurs = true;
    throw error;
  }
}

/** How many times a loss may be as it was at first, or as that of guessing. */
const muchWorse = 2;

/** Warns once where a loss is much worse than it was, and than that of guessing evenly among all tokens. */
export function createDivergenceWarning(vocabulary: number, learningRate: number) {
  const guessing = log(vocabulary);
  let isTold = false;
  let first: number | undefined;
  return (loss: number, step: number): string[] => {
    first ??= loss;
    if (isTold || !(loss > muchWorse * Math.max(guessing, first))) return [];
    isTold = true;
    return [
      `the training has diverged: at step ${step} the loss is ${loss.toPrecision(3)}, and to guess evenly among the ` +
        `${vocabulary} tokens would have ${decimal(guessing, 2)}. Lower option "learningRate", which is ${learningRate}`,
    ];
  };
}
