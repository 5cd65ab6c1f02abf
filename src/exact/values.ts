// V, Q, A and J of a policy on a finite MDP, and how often it visits each state: linear equations, solved directly.
import type { Mdp } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { assertPolicy } from "./policy.ts";
import { assertGamma, readTables, type Tables } from "./tables.ts";

/** What a policy is worth. Arrays over states are in their order; over actions, entry s · actions + a. */
export interface Values {
  /** J = E[V(s₀)], the expected discounted return of an episode. */
  readonly j: number;
  /** V^π(s) [states]; 0 for states in which no episode can go on. */
  readonly v: Float64Array;
  /** Q^π(s, a) [states × actions]; 0 likewise. */
  readonly q: Float64Array;
  /** A^π = Q^π − V^π [states × actions]. */
  readonly advantage: Float64Array;
  /** d(s) = Σ_t γ^t P(s_t = s), the discounted number of visits [states]. */
  readonly occupancy: Float64Array;
}

/**
 * V^π by (I − γP)V = r, where P and r are those of the policy, and the occupancy by the transposed equations, by Gaussian
 * elimination; Q, A and J follow. A step that terminates leads to a value of 0. Sutton & Barto (2018), sections 3.5 and
 * 13.2.
 *
 * @param policy π(a|s) [states × actions], see `policyOf`
 * @param gamma γ, 0 to 1
 * @throws InputError where γ = 1 and an episode may go on for ever, or where something given is wrong
 */
export function values(mdp: Mdp, policy: ArrayLike<number>, gamma: number): Values {
  const tables = readTables(mdp);
  const { states, actions, start, outcomes, open } = tables;
  assertPolicy(policy, tables);
  assertGamma(gamma);
  if (gamma === 1) assertEnds(tables, policy);
  const index = new Map(open.map((s, i) => [s, i]));
  const n = open.length;
  const matrix = Array.from({ length: n }, () => new Float64Array(n)); // I − γP
  const rewards = new Float64Array(n);
  open.forEach((s, i) => {
    matrix[i][i] += 1;
    for (let a = 0; a < actions; a++)
      for (const { probability, next, reward, terminated } of outcomes[s * actions + a]) {
        const p = policy[s * actions + a] * probability;
        rewards[i] += p * reward;
        if (!terminated) matrix[i][index.get(next)!] -= gamma * p;
      }
  });
  const transposed = matrix.map((_, i) => Float64Array.from(matrix, (row) => row[i]));
  const spread = (solution: Float64Array): Float64Array => {
    const all = new Float64Array(states);
    open.forEach((s, i) => (all[s] = solution[i]));
    return all;
  };
  const v = spread(solve(matrix, rewards));
  const occupancy = spread(
    solve(
      transposed,
      Float64Array.from(open, (s) => start[s]),
    ),
  );
  const [q, advantage] = [new Float64Array(states * actions), new Float64Array(states * actions)];
  for (const s of open)
    for (let row = s * actions; row < (s + 1) * actions; row++) {
      for (const { probability, next, reward, terminated } of outcomes[row])
        q[row] += probability * (reward + (terminated ? 0 : gamma * v[next]));
      advantage[row] = q[row] - v[s];
    }
  return { j: open.reduce((sum, s) => sum + start[s] * v[s], 0), v, q, advantage, occupancy };
}

/** @throws InputError if there is a state from which an episode of the policy comes to no end */
export function assertEnds({ actions, outcomes, open }: Tables, policy: ArrayLike<number>): void {
  const ends = new Set<number>();
  for (let before = -1; before < ends.size;) {
    before = ends.size;
    for (const s of open)
      for (let a = 0; a < actions; a++)
        if (policy[s * actions + a] > 0 && outcomes[s * actions + a].some((o) => o.terminated || ends.has(o.next)))
          ends.add(s);
  }
  const endless = open.find((s) => !ends.has(s));
  if (endless !== undefined)
    throw new InputError(
      `with gamma 1 every episode must come to an end, but one in state ${endless} goes on for ever under this policy: ` +
        "take a gamma below 1, or a policy that ends",
    );
}

/** Solves A·x = b by Gaussian elimination with partial pivoting. A and b are overwritten. */
function solve(matrix: Float64Array[], b: Float64Array): Float64Array {
  const n = b.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(matrix[i][k]) > Math.abs(matrix[pivot][k])) pivot = i;
    [matrix[k], matrix[pivot]] = [matrix[pivot], matrix[k]];
    [b[k], b[pivot]] = [b[pivot], b[k]];
    if (matrix[k][k] === 0) throw new InputError("the values are not determined: use a gamma below 1");
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i][k] / matrix[k][k];
      if (factor === 0) continue;
      for (let j = k; j < n; j++) matrix[i][j] -= factor * matrix[k][j];
      b[i] -= factor * b[k];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) b[i] -= matrix[i][j] * b[j];
    b[i] /= matrix[i][i];
  }
  return b;
}
