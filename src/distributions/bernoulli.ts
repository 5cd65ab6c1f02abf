// Independent Bernoulli distributions: each component of a MultiBinary action has its own probability of being 1.

import type { MultiBinary } from "../spaces/index.ts";
import { add, exp, log, maximum, mul, neg, sigmoid, stopGradient, sub, sum, type Tensor } from "../tensor/index.ts";
import type { ActionHead, Distribution } from "./distribution.ts";

/** p = σ(logits), logits [rows, n]; the components are independent, so logs add up. */
export function bernoulli(logits: Tensor): Distribution {
  const logOf1 = neg(softplus(neg(logits)));
  const logOf0 = neg(softplus(logits));
  const probabilities = sigmoid(logits);
  return {
    parameters: logits,
    probabilities,
    // log p(a) = a·z − log(1 + eᶻ)
    logProb: (actions) => sum(sub(mul(actions, logits), softplus(logits)), -1),
    entropy: () => neg(sum(add(mul(probabilities, logOf1), mul(sub(1, probabilities), logOf0)), -1)),
    klFrom(oldLogits) {
      const old = stopGradient(oldLogits);
      const p = sigmoid(old);
      const gain1 = sub(neg(softplus(neg(old))), logOf1);
      const gain0 = sub(neg(softplus(old)), logOf0);
      return sum(add(mul(p, gain1), mul(sub(1, p), gain0)), -1);
    },
  };
}

/** log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|), which does not overflow. */
const softplus = (x: Tensor): Tensor => add(maximum(x, 0), log(add(1, exp(neg(maximum(x, neg(x)))))));

/** A MultiBinary space's head: one logit for each component. */
export function bernoulliHead({ n }: MultiBinary): ActionHead {
  return {
    outputs: n,
    actionSize: n,
    distributionSize: n,
    maskSize: 0,
    trained: [],
    distribution: (logits) => bernoulli(logits),
    fromParameters: bernoulli,
    sample(probabilities, at, generator, actions, to) {
      for (let i = 0; i < n; i++) actions[to + i] = generator.random() < probabilities[at + i] ? 1 : 0;
    },
    mode(probabilities, at, actions, to) {
      for (let i = 0; i < n; i++) actions[to + i] = probabilities[at + i] > 0.5 ? 1 : 0;
    },
    toAction: (actions, at) => Int32Array.from({ length: n }, (_, i) => actions[at + i]),
  };
}
