// Distributions over actions: one for each kind of action space.

import { log } from "../math/index.ts";
import type { Space } from "../spaces/index.ts";
import { bernoulliHead } from "./bernoulli.ts";
import { categoricalHead } from "./categorical.ts";
import type { ActionHead } from "./distribution.ts";
import { gaussianHead, type GaussianOptions } from "./gaussian-head.ts";

/** The head for the actions of a space. */
export function actionHead(space: Space, gaussian: GaussianOptions = {}): ActionHead {
  switch (space.kind) {
    case "discrete":
    case "multiDiscrete":
      return categoricalHead(space);
    case "multiBinary":
      return bernoulliHead(space);
    case "box":
      return gaussianHead(space, gaussian);
  }
}

/** The entropy of the uniform distribution over the actions of a space, in nats; Infinity for a Box. */
export function largestEntropy(space: Space): number {
  switch (space.kind) {
    case "discrete":
      return log(space.n);
    case "multiDiscrete":
      return space.counts.reduce((total, n) => total + log(n), 0);
    case "multiBinary":
      return space.n * Math.LN2;
    case "box":
      return Infinity;
  }
}

export type { ActionHead, Distribution } from "./distribution.ts";
export { bernoulli } from "./bernoulli.ts";
export { categorical, categoricals, modeIndex, sampleIndex } from "./categorical.ts";
export { gaussian, stdOfEntropy, type GaussianDistribution } from "./gaussian.ts";
export { gaussianKinds, unitsOf, type GaussianKind, type GaussianOptions } from "./gaussian-head.ts";
