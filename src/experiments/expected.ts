// What the trials of each experiment took: seconds of work on one processor of a virtual AMD EPYC (Zen 5), Node 24, two at a
// time. With a probe of the machine at hand they say how long it will take there.

/** By the names of experiments, both protocols. */
export const expectedSeconds: Readonly<Record<string, { readonly quick: number; readonly full: number }>> = {
  "policy-gradient-theorem": { quick: 1.3, full: 59 },
  "gaussian-score": { quick: 3, full: 266 },
  "reinforce-variance": { quick: 3.5, full: 61 },
  baselines: { quick: 5, full: 73 },
  "advantage-estimators": { quick: 3.6, full: 20 },
  "entropy-bonus": { quick: 8.4, full: 170 },
  "td-or-monte-carlo": { quick: 6.8, full: 82 },
  "critic-underestimates": { quick: 2.8, full: 240 },
  "gae-lambda": { quick: 3, full: 210 },
  "a2c-or-a3c": { quick: 11.8, full: 342 },
  "destructive-updates": { quick: 7.1, full: 202 },
  "importance-ratios": { quick: 3, full: 260 },
  "ppo-objective": { quick: 3.6, full: 100 },
  "ppo-epochs": { quick: 5, full: 356 },
  "gaussian-control": { quick: 2.1, full: 228 },
  "ppo-details": { quick: 3.8, full: 236 },
  "rlhf-penalty": { quick: 26.3, full: 2097 },
  "rlhf-drift": { quick: 26.9, full: 1184 },
};
