// The derivative of a trajectory's probability, measured rather than derived.

import type { Mdp } from "../envs/index.ts";
import { policyOf, trajectories } from "../exact/index.ts";

/** ∇_θ log p(τ; θ) of all trajectories, by central differences of fourth order of the whole probability, transitions included. */
export function scoresByDifferences(mdp: Mdp, theta: Float64Array): number[][] {
  const step = 1e-3;
  const logs = (k: number, distance: number) => {
    const moved = theta.map((value, i) => (i === k ? value + distance : value));
    return trajectories(mdp, policyOf(moved, mdp)).map(({ probability }) => Math.log(probability));
  };
  const columns = Array.from(theta, (_, k) => {
    const [far, near, back, farBack] = [2, 1, -1, -2].map((n) => logs(k, n * step));
    return near.map((value, i) => (8 * (value - back[i]) - (far[i] - farBack[i])) / (12 * step));
  });
  return columns[0].map((_, i) => columns.map((column) => column[i]));
}
