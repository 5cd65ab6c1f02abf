// What TRPO reports, in the order of the report.

import {
  criticGradientNorm,
  entropy,
  exactKl,
  explainedVariance,
  fromZero,
  gradientNorm,
  standardDeviation,
  valueLoss,
  type MetricFigure,
} from "./metric-figures.ts";

/** Figures of TRPO's metrics. */
export const trpoMetrics: readonly MetricFigure[] = [
  entropy,
  standardDeviation,
  exactKl,
  {
    title: "Rise of the surrogate",
    note: "E[(ρ − 1) A] after the step; 0 where it was refused",
    metrics: { surrogate: "rise" },
  },
  {
    title: "Steps accepted",
    note: "1 where the line search found a step, 0 where the policy stayed as it was",
    metrics: { accepted: "accepted" },
    axis: { range: [0, 1] },
  },
  {
    title: "Line search",
    note: "step lengths tried; 1 where the full step was good",
    metrics: { lineSearchTries: "tries" },
    axis: fromZero,
  },
  {
    title: "Conjugate gradient",
    note: "iterations until the direction was found, or given up",
    metrics: { cgIterations: "iterations" },
    axis: fromZero,
  },
  {
    title: "Conjugate gradient, residual",
    note: "‖g − F x‖² / ‖g‖²: what the direction leaves unsolved",
    metrics: { cgResidual: "residual" },
    axis: fromZero,
  },
  explainedVariance,
  valueLoss,
  gradientNorm,
  criticGradientNorm,
];
