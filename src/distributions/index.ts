// Distributions over actions: one for each kind of action space.

import type { Space } from "../spaces/index.ts";
import { bernoulliHead } from "./bernoulli.ts";
import { categoricalHead } from "./categorical.ts";
import type { ActionHead } from "./distribution.ts";
import { gaussianHead, type GaussianOptions } from "./gaussian.ts";

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

export type { ActionHead, Distribution } from "./distribution.ts";
export { bernoulli } from "./bernoulli.ts";
export { categorical, categoricals, modeIndex, sampleIndex } from "./categorical.ts";
export { gaussian, stdOfEntropy, type GaussianOptions } from "./gaussian.ts";
