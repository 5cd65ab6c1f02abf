// Advantage normalization: mean 0, standard deviation 1.

const epsilon = 1e-8;

/**
 * (A − mean A) / (std A + 1e-8), with the standard deviation of n − 1, as PyTorch's `std()`.
 *
 * A single advantage has no standard deviation and is left as it is (Stable-Baselines3 does the same).
 *
 * @param out to write into, default `advantages` itself
 * @returns `out`
 */
export function normalize(advantages: Float64Array, out: Float64Array = advantages): Float64Array {
  const n = advantages.length;
  if (n < 2) {
    out.set(advantages);
    return out;
  }
  let mean = 0;
  for (let k = 0; k < n; k++) mean += advantages[k];
  mean /= n;
  let squares = 0;
  for (let k = 0; k < n; k++) squares += (advantages[k] - mean) * (advantages[k] - mean);
  const scale = Math.sqrt(squares / (n - 1)) + epsilon;
  for (let k = 0; k < n; k++) out[k] = (advantages[k] - mean) / scale;
  return out;
}
