// How much of the returns' variance the value function accounts for.

/**
 * 1 − Var[R̂ − V] / Var[R̂]: 1 for a perfect critic, 0 for a constant one, negative for worse than constant.
 *
 * @returns NaN if the returns do not vary
 */
export function explainedVariance(values: ArrayLike<number>, returns: ArrayLike<number>): number {
  const n = returns.length;
  // Means are taken from the first element on, so that equal returns have a variance of exactly 0.
  const firstReturn = returns[0];
  const firstError = firstReturn - values[0];
  let meanReturn = 0;
  let meanError = 0;
  for (let k = 0; k < n; k++) {
    meanReturn += returns[k] - firstReturn;
    meanError += returns[k] - values[k] - firstError;
  }
  meanReturn = firstReturn + meanReturn / n;
  meanError = firstError + meanError / n;
  let squaredReturns = 0;
  let squaredErrors = 0;
  for (let k = 0; k < n; k++) {
    const ofReturn = returns[k] - meanReturn;
    const ofError = returns[k] - values[k] - meanError;
    squaredReturns += ofReturn * ofReturn;
    squaredErrors += ofError * ofError;
  }
  return squaredReturns === 0 ? NaN : 1 - squaredErrors / squaredReturns;
}
