// How reports show the metrics of an algorithm: figures that each algorithm lists in a file of its own, and those that
// several of them share.

/** A figure of one metric, or of several on one scale, and what a reader should know about it. */
export interface MetricFigure {
  readonly title: string;
  /** Unit or meaning, in one line. */
  readonly note: string;
  /** The label of each metric, by the metric's name. */
  readonly metrics: Readonly<Record<string, string>>;
  /** The vertical axis, where it does not follow the values. */
  readonly axis?: MetricAxis;
  /** Metrics with this name and a number after it are lines of the figure too; one alone is not worth a figure. */
  readonly numbered?: string;
  /** An option, scheduled or adapted: where it never changes, the configuration tells as much. */
  readonly setting?: boolean;
}

/** The vertical axis of a figure. */
export interface MetricAxis {
  /** Values outside are drawn at the edge, so that a wild beginning does not flatten the rest. */
  readonly range?: readonly [low: number, high: number];
  /** Starts at 0: for counts, whose differences are magnified otherwise. */
  readonly zero?: boolean;
  /** Logarithmic where all values are above 0 and the largest is a hundred times the smallest or more. */
  readonly wide?: boolean;
}

/** The axis of what may change by orders of magnitude. */
export const wide: MetricAxis = { wide: true };

/** The axis of counts. */
export const fromZero: MetricAxis = { zero: true };

/** The policy's entropy. */
export const entropy: MetricFigure = {
  title: "Entropy",
  note: "of the policy, in nats",
  metrics: { entropy: "entropy" },
};

/** Of every training with Box actions. */
export const standardDeviation: MetricFigure = {
  title: "Standard deviation",
  note: "σ of the Gaussian policy, geometric mean",
  metrics: { std: "σ" },
};

/** The KL divergence of an update, exact over actions. */
export const exactKl: MetricFigure = {
  title: "KL divergence, exact",
  note: "mean KL(π_old ‖ π) over the rollout, once the update is done",
  metrics: { kl: "KL" },
};

/** How much of the returns' variance the critic explains. */
export const explainedVariance: MetricFigure = {
  title: "Explained variance",
  note: "1 is perfect, 0 no better than a constant, cut off at −1; means little where returns hardly vary",
  metrics: { explainedVariance: "explained" },
  axis: { range: [-1, 1] },
};

/** The critic's loss. */
export const valueLoss: MetricFigure = {
  title: "Value loss",
  note: "½ mean squared error of the critic",
  metrics: { valueLoss: "value loss" },
  axis: wide,
};

/** The policy's loss. */
export const policyLoss: MetricFigure = {
  title: "Policy loss",
  note: "its jumps tell more than its size",
  metrics: { policyLoss: "policy loss" },
};

/** The gradient's norm. */
export const gradientNorm: MetricFigure = {
  title: "Gradient norm",
  note: "before clipping, where there is any",
  metrics: { gradientNorm: "norm" },
  axis: wide,
};

/** The norm of the critic's own gradient. */
export const criticGradientNorm: MetricFigure = {
  title: "Gradient norm of the critic",
  note: "which has an optimizer of its own",
  metrics: { criticGradientNorm: "norm" },
  axis: wide,
};

/** The learning rate. */
export const learningRate: MetricFigure = {
  title: "Learning rate",
  note: "as scheduled or adapted",
  metrics: { learningRate: "learning rate" },
};
