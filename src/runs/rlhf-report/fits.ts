// The laws of over-optimization of Gao et al., "Scaling Laws for Reward Model Overoptimization" (2022), fitted to a run:
// with d = √KL, what the truth has gained is d(α − β log d) under reinforcement learning and d(α − βd) for the best of n.

/** A point to fit: how far from the reference, and what was gained by it. */
export interface GainPoint {
  /** In nats. */
  readonly kl: number;
  /** Above that of the reference. */
  readonly gain: number;
}

/** A law with its coefficients. */
export interface Fit {
  readonly alpha: number;
  readonly beta: number;
  /** 1 − Σ(error²)/Σ(deviation from the mean²): 1 where the law says it all, 0 or less where a mean says as much. */
  readonly rSquared: number;
  /** The KL at which the law has its peak; null where it has none, and rises as far as it goes. */
  readonly peakKl: number | null;
  /** The gain that the law has at a KL. */
  readonly at: (kl: number) => number;
}

/** Fits d(α − β log d), of reinforcement learning, by least squares; null for fewer than three points to fit. */
export const fitReinforcementLearning = (points: readonly GainPoint[]): Fit | null =>
  fit(
    points,
    (d) => -d * Math.log(d),
    (alpha, beta) => (beta > 0 ? Math.exp(2 * (alpha / beta - 1)) : null),
  );

/** Fits d(α − βd), of the best of n, likewise. */
export const fitBestOfN = (points: readonly GainPoint[]): Fit | null =>
  fit(
    points,
    (d) => -d * d,
    (alpha, beta) => (beta > 0 && alpha > 0 ? (alpha / (2 * beta)) ** 2 : null),
  );

/** Least squares of gain = α d + β second(d), by the normal equations. A KL of 0 or less says nothing. */
function fit(
  points: readonly GainPoint[],
  second: (d: number) => number,
  peakKl: (alpha: number, beta: number) => number | null,
): Fit | null {
  const rows = points
    .filter(({ kl, gain }) => kl > 0 && Number.isFinite(kl) && Number.isFinite(gain))
    .map(({ kl, gain }) => ({ x: Math.sqrt(kl), y: second(Math.sqrt(kl)), gain }));
  if (rows.length < 3) return null;
  const sum = (f: (row: (typeof rows)[number]) => number): number => rows.reduce((total, row) => total + f(row), 0);
  const [xx, xy, yy] = [sum(({ x }) => x * x), sum(({ x, y }) => x * y), sum(({ y }) => y * y)];
  const [xg, yg] = [sum(({ x, gain }) => x * gain), sum(({ y, gain }) => y * gain)];
  const determinant = xx * yy - xy * xy;
  if (!(determinant > 1e-12 * xx * yy)) return null; // all at one distance
  const alpha = (xg * yy - yg * xy) / determinant;
  const beta = (yg * xx - xg * xy) / determinant;
  const mean = sum(({ gain }) => gain) / rows.length;
  const spread = sum(({ gain }) => (gain - mean) ** 2);
  const rest = sum(({ x, y, gain }) => (gain - alpha * x - beta * y) ** 2);
  return {
    alpha,
    beta,
    rSquared: spread > 0 ? 1 - rest / spread : 0,
    peakKl: peakKl(alpha, beta),
    at(kl) {
      const d = Math.sqrt(kl);
      return d === 0 ? 0 : alpha * d + beta * second(d);
    },
  };
}

/** The R² below which a law does not fit. */
export const poorFit = 0.7;

/** R² in words. */
export const fitWords = ({ rSquared }: Fit): string =>
  rSquared >= 0.9 ? "fits" : rSquared >= poorFit ? "fits roughly" : "does not fit";
