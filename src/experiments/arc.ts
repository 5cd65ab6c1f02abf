// How the index leads from one experiment to the next: the lecture's arc, one change at a time.

/** By the names of experiments: what has changed since the one before, and why. */
export const arc: Readonly<Record<string, string>> = {
  "policy-gradient-theorem":
    "The return cannot be differentiated through the environment, and need not be: only the policy's own terms are left.",
  "gaussian-score":
    "The theorem asks for nothing but the score of the policy. For actions that are numbers the policy is a bell curve, and its score says how far the mean moves.",
  "reinforce-variance":
    "REINFORCE is that theorem applied to one episode at a time: right on average, and the noisier the longer the episode.",
  baselines:
    "What makes it noisy can be taken off without a trace in the mean: how good an action is counts, not how good things were anyway.",
  "advantage-estimators":
    "A baseline needs a critic anyway; now the critic also stands in for rewards that are still to come, and its errors reach the gradient.",
  "entropy-bonus":
    "Less noise is not enough: a policy that has become certain tries nothing else. A bonus for entropy keeps it from becoming so too early, at a price.",
  "td-or-monte-carlo":
    "Until here learning waits for the end of an episode. A critic can stand in for the rest of it, so that every step teaches: the first estimate that is quiet and wrong.",
  "critic-underestimates":
    "Bootstrapping makes the critic part of what is learned from: what if it is wrong to one side?",
  "gae-lambda":
    "Between one step of bootstrapping and none lies a dial: $\\lambda$ weighs errors of the critic against noise of the returns.",
  "a2c-or-a3c":
    "One actor becomes many. They may wait for each other or not; who does not wait learns from gradients of yesterday's parameters.",
  "destructive-updates":
    "Good advantages do not make every step a good one: a policy that has stepped too far collects its own bad data. So steps get a limit, which TRPO measures in KL divergence.",
  "importance-ratios":
    "More steps from the same rollout are steps from another policy's data. Ratios $\\rho$ correct for it, at the price of a variance that grows exponentially with the divergence.",
  "ppo-objective":
    "Instead of bounding the step, PPO bounds what a step can gain: clipped ratios, and a min that leaves the way back open.",
  "ppo-epochs":
    "With the clip one rollout can be learned from many times. How many, and whether the clip is a bound, the divergence after each epoch tells.",
  "gaussian-control":
    "Nothing of this asked for discrete actions. With a bell curve for the actions the same PPO holds a pendulum upright and lands; only the bonus for entropy is another.",
  "ppo-details":
    "What is run as PPO is the clipped objective and a dozen habits around it. Left out one at a time, they show which of them carry it.",
  "rlhf-penalty":
    "A language model becomes the policy, a reward model the environment; what is new is a reference to stay near, and $\\beta$, the price of leaving it.",
  "rlhf-drift":
    "The same case, taken apart: what the ratio sees, what it does not, and where the reward model stops being right.",
};
