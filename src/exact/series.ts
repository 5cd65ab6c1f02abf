// J of a policy as the sum of a series, by doubling: a second way beside the linear equations of values.ts.
import type { Mdp } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { readTables } from "./tables.ts";

/** What is left of the series once no state has more of it. */
const rest = 1e-18;
/** Doublings after which episodes count as endless: 2^50 steps. */
const mostDoublings = 50;

/**
 * J = Σ_t γ^t E[r_{t+1}]: with M = γP, the first 2n terms are S₂ₙ = Sₙ + Mⁿ Sₙ, and M²ⁿ = Mⁿ Mⁿ.
 *
 * @throws InputError where the terms do not go to 0
 */
export function objective(mdp: Mdp, policy: ArrayLike<number>, gamma: number): number {
  const { actions, start, outcomes, open } = readTables(mdp);
  const n = open.length;
  const place = new Int32Array(mdp.states);
  open.forEach((s, i) => (place[s] = i));
  let power = new Float64Array(n * n);
  const sum = new Float64Array(n);
  open.forEach((s, i) => {
    for (let a = 0; a < actions; a++)
      for (const outcome of outcomes[s * actions + a]) {
        const weight = policy[s * actions + a] * outcome.probability;
        sum[i] += weight * outcome.reward;
        if (!outcome.terminated) power[i * n + place[outcome.next]] += gamma * weight;
      }
  });
  for (let doubling = 0; largestRow(power, n) > rest; doubling++) {
    if (doubling === mostDoublings)
      throw new InputError("the expected rewards add up to no end: take a gamma below 1, or a policy that ends");
    const later = Float64Array.from(sum, (_, i) =>
      sum.reduce((total, value, k) => total + power[i * n + k] * value, 0),
    );
    later.forEach((value, i) => (sum[i] += value));
    power = squared(power, n);
  }
  return open.reduce((total, s, i) => total + start[s] * sum[i], 0);
}

function largestRow(matrix: Float64Array, n: number): number {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    let total = 0;
    for (let k = 0; k < n; k++) total += matrix[i * n + k];
    largest = Math.max(largest, total);
  }
  return largest;
}

function squared(matrix: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = matrix[i * n + k];
      if (factor !== 0) for (let j = 0; j < n; j++) product[i * n + j] += factor * matrix[k * n + j];
    }
  return product;
}
