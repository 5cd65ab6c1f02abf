// How the index leads from one experiment to the next: the lecture's arc, one change at a time.

/** By the names of experiments: what has changed since the one before, and why. */
export const arc: Readonly<Record<string, string>> = {
  "policy-gradient-theorem":
    "The return cannot be differentiated through the environment, and need not be: only the policy's own terms are left.",
  "gae-lambda":
    "Between one step of bootstrapping and none lies a dial: $\\lambda$ weighs errors of the critic against noise of the returns.",
  "destructive-updates":
    "Good advantages do not make every step a good one: a policy that has stepped too far collects its own bad data. So steps get a limit, which TRPO measures in KL divergence.",
  "importance-ratios":
    "More steps from the same rollout are steps from another policy's data. Ratios $\\rho$ correct for it, at the price of a variance that grows exponentially with the divergence.",
  "ppo-objective":
    "Instead of bounding the step, PPO bounds what a step can gain: clipped ratios, and a min that leaves the way back open.",
  "ppo-epochs":
    "With the clip one rollout can be learned from many times. How many, and whether the clip is a bound, the divergence after each epoch tells.",
  "ppo-details":
    "What is run as PPO is the clipped objective and a dozen habits around it. Left out one at a time, they show which of them carry it.",
};
