// How the index leads from one experiment to the next: the lecture's arc, one change at a time.

/** By the names of experiments: what has changed since the one before, and why. */
export const arc: Readonly<Record<string, string>> = {
  "policy-gradient-theorem":
    "The return cannot be differentiated through the environment, and need not be: only the policy's own terms are left.",
  "reinforce-variance":
    "REINFORCE is that theorem applied to one episode at a time: right on average, and the noisier the longer the episode.",
  baselines:
    "What makes it noisy can be taken off without a trace in the mean: how good an action is counts, not how good things were anyway.",
  "advantage-estimators":
    "A baseline needs a critic anyway; now the critic also stands in for rewards that are still to come, and its errors reach the gradient.",
  "critic-underestimates":
    "Bootstrapping makes the critic part of what is learned from: what if it is wrong to one side?",
  "gae-lambda":
    "Between one step of bootstrapping and none lies a dial: $\\lambda$ weighs errors of the critic against noise of the returns.",
  "rlhf-penalty":
    "A language model becomes the policy, a reward model the environment; what is new is a reference to stay near, and $\\beta$, the price of leaving it.",
  "rlhf-drift":
    "The same case, taken apart: what the ratio sees, what it does not, and where the reward model stops being right.",
};
