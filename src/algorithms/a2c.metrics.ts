// What A2C reports, in the order of the report.

import {
  entropy,
  explainedVariance,
  gradientNorm,
  learningRate,
  policyLoss,
  standardDeviation,
  valueLoss,
  type MetricFigure,
} from "./metric-figures.ts";

/** Figures of A2C's metrics. */
export const a2cMetrics: readonly MetricFigure[] = [
  entropy,
  standardDeviation,
  explainedVariance,
  valueLoss,
  policyLoss,
  gradientNorm,
  learningRate,
];
