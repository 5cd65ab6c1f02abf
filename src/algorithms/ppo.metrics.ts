// What PPO reports, in the order of the report.

import {
  entropy,
  exactKl,
  explainedVariance,
  fromZero,
  gradientNorm,
  learningRate,
  policyLoss,
  standardDeviation,
  valueLoss,
  type MetricFigure,
} from "./metric-figures.ts";

/** Figures of PPO's metrics. */
export const ppoMetrics: readonly MetricFigure[] = [
  entropy,
  standardDeviation,
  {
    title: "KL divergence",
    note: "from the old policy, by both estimators",
    metrics: { approxKl: "k3", approxKlK1: "k1" },
  },
  exactKl,
  {
    title: "KL coefficient",
    note: "β of the penalty; doubled or halved where the divergence is far from desiredKl",
    metrics: { klCoefficient: "β" },
  },
  { title: "Clip fraction", note: "samples whose ratio left 1 ± ε", metrics: { clipFraction: "clipped" } },
  { title: "Clip range", note: "ε, as scheduled", metrics: { clip: "ε" }, setting: true },
  {
    title: "Epochs",
    note: "over each rollout; fewer where targetKl stopped them",
    metrics: { epochs: "epochs" },
    axis: fromZero,
    setting: true,
  },
  explainedVariance,
  valueLoss,
  policyLoss,
  gradientNorm,
  learningRate,
];
