// The losses of PPO over tokens, of which some count and others, such as a prompt's, do not.

import {
  add,
  clip,
  exp,
  greater,
  input,
  maximum,
  minimum,
  mul,
  neg,
  select,
  square,
  sub,
  sum,
  type Tensor,
} from "../tensor/index.ts";
import { klTerm } from "./kl-penalty.ts";
import type { RlhfOptions } from "./options.ts";

/** What models make of tokens: [rows] each. */
interface Seen {
  readonly logProb: Tensor;
  readonly entropy: Tensor;
  readonly value: Tensor;
}

/**
 * Losses and metrics: sums over the rows whose weight is not 0, weighed by it, and the inputs that they are of. What the
 * inputs hold in other rows changes nothing, neither the losses nor their gradients, and be it NaN.
 */
export function ppoLosses(
  { logProb, entropy, value }: Seen,
  options: Pick<RlhfOptions, "clip" | "valueClip" | "klPenalty">,
) {
  const column = (name: string): Tensor => input(name, ["rows"]);
  const inputs = {
    weight: column("weights"),
    oldLogProb: column("old log π"),
    referenceLogProb: column("log π_ref"),
    advantage: column("advantages"),
    target: column("targets"),
    oldValue: column("old values"),
  };
  const { weight } = inputs;
  // A gradient is multiplied by what an operation was given: a NaN must not get as far as an operation.
  const counted = (x: Tensor): Tensor => select(weight, x, 0);
  const [oldLogProb, referenceLogProb, advantage, target, oldValue] = [
    inputs.oldLogProb,
    inputs.referenceLogProb,
    inputs.advantage,
    inputs.target,
    inputs.oldValue,
  ].map(counted) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const over = (x: Tensor): Tensor => sum(counted(mul(weight, x)));

  const logRatio = counted(sub(logProb, oldLogProb));
  const ratio = exp(logRatio);
  const clipped = clip(ratio, 1 - options.clip, 1 + options.clip);
  const nearOld = add(oldValue, clip(sub(value, oldValue), -options.valueClip, options.valueClip));
  const penalty = klTerm(options.klPenalty, counted(logProb), referenceLogProb, ratio);
  const error = square(sub(value, target));
  return {
    inputs,
    policyLoss: neg(over(minimum(mul(ratio, advantage), mul(clipped, advantage)))),
    valueLoss: mul(over(options.valueClip > 0 ? maximum(error, square(sub(nearOld, target))) : error), 0.5),
    entropy: over(entropy),
    clipFraction: over(greater(maximum(sub(ratio, 1), sub(1, ratio)), options.clip)),
    approxKl: over(sub(sub(ratio, 1), logRatio)),
    ...(penalty && { klLoss: over(penalty) }),
  };
}
