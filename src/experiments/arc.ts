// How the index leads from one experiment to the next: the lecture's arc, one change at a time.

/** By the names of experiments: what has changed since the one before, and why. */
export const arc: Readonly<Record<string, string>> = {
  "policy-gradient-theorem":
    "The return cannot be differentiated through the environment, and need not be: only the policy's own terms are left.",
  "gaussian-score":
    "The theorem asks for nothing but the score of the policy. For actions that are numbers the policy is a bell curve, and its score says how far the mean moves.",
  "entropy-bonus":
    "Less noise is not enough: a policy that has become certain tries nothing else. A bonus for entropy keeps it from becoming so too early, at a price.",
  "td-or-monte-carlo":
    "Until here learning waits for the end of an episode. A critic can stand in for the rest of it, so that every step teaches: the first estimate that is quiet and wrong.",
  "a2c-or-a3c":
    "One environment gives one step after another, each like the one before. Several give more of a mixture, together or each in its own time: waiting costs time, not waiting makes gradients stale.",
  "gae-lambda":
    "Between one step of bootstrapping and none lies a dial: $\\lambda$ weighs errors of the critic against noise of the returns.",
  "gaussian-control":
    "Nothing of this asked for discrete actions. With a bell curve for the actions the same PPO holds a pendulum upright and lands; only the bonus for entropy is another.",
};
