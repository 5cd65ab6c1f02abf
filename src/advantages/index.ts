// Advantage estimators: the weights of ∇log π in the policy gradient. Plain float64 numbers in, plain numbers out.
export { constantBaseline, updateBaseline, type ConstantBaseline } from "./baselines.ts";
export { explainedVariance } from "./explained-variance.ts";
export { gae, lambdaReturns } from "./gae.ts";
export { nStepAdvantages } from "./n-step.ts";
export { normalize } from "./normalize.ts";
export { multiplyByTimeDiscount, rewardToGo, totalReturn, type Rewards } from "./returns.ts";
export { tdAdvantages } from "./td.ts";
export type { Trajectories } from "./trajectories.ts";
export { vtrace, type VTrace, type VTraceOptions } from "./vtrace.ts";
