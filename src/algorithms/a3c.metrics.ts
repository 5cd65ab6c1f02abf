// What A3C reports, in the order of the report.

import {
  entropy,
  explainedVariance,
  fromZero,
  gradientNorm,
  learningRate,
  policyLoss,
  standardDeviation,
  valueLoss,
  type MetricFigure,
} from "./metric-figures.ts";

/** Figures of A3C's metrics. */
export const a3cMetrics: readonly MetricFigure[] = [
  entropy,
  standardDeviation,
  explainedVariance,
  valueLoss,
  policyLoss,
  gradientNorm,
  {
    title: "Staleness",
    note: "updates by other workers while a gradient was made: mean, and most",
    metrics: { staleness: "mean", stalenessMax: "most" },
    axis: fromZero,
  },
  {
    title: "Pushes",
    note: "gradients of all workers in one report; the last report may be a shorter one",
    metrics: { pushes: "pushes" },
    axis: fromZero,
  },
  {
    title: "Pushes of each worker",
    note: "alike where the workers have threads of their own; by the worker's number",
    metrics: {},
    numbered: "pushesOfWorker",
    axis: fromZero,
  },
  learningRate,
];
