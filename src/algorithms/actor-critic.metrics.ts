// What the one-step actor-critic reports, in the order of the report.

import {
  criticGradientNorm,
  entropy,
  gradientNorm,
  learningRate,
  policyLoss,
  standardDeviation,
  valueLoss,
  type MetricFigure,
} from "./metric-figures.ts";

/** Figures of the one-step actor-critic's metrics. */
export const actorCriticMetrics: readonly MetricFigure[] = [
  entropy,
  standardDeviation,
  valueLoss,
  policyLoss,
  gradientNorm,
  criticGradientNorm,
  learningRate,
];
