// What REINFORCE reports, in the order of the report.

import {
  criticGradientNorm,
  entropy,
  explainedVariance,
  gradientNorm,
  learningRate,
  policyLoss,
  standardDeviation,
  valueLoss,
  type MetricFigure,
} from "./metric-figures.ts";

/** Figures of REINFORCE's metrics. */
export const reinforceMetrics: readonly MetricFigure[] = [
  entropy,
  standardDeviation,
  explainedVariance,
  { title: "Baseline", note: "mean return, taken off each return", metrics: { baseline: "baseline" }, setting: true },
  valueLoss,
  policyLoss,
  gradientNorm,
  criticGradientNorm,
  learningRate,
];
