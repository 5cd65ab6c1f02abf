// The exponent of a power law, from points on it.

/**
 * The slope of the least-squares line through the logarithms of points: of y ≈ c·xᵏ it is k.
 *
 * @param x above 0, at least two different ones
 * @param y above 0; NaN comes out where one is not
 */
export function logSlope(x: readonly number[], y: readonly number[]): number {
  const [u, v] = [x.map(Math.log), y.map(Math.log)];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [center, level] = [mean(u), mean(v)];
  const spread = u.reduce((sum, value) => sum + (value - center) * (value - center), 0);
  return u.reduce((sum, value, i) => sum + (value - center) * (v[i] - level), 0) / spread;
}
