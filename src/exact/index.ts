// Exact results on finite MDPs: what gradient and advantage estimates are compared with. Numbers in, numbers out.
export { estimate, estimators, type CriticOptions, type Estimator, type EstimatorOptions } from "./estimators.ts";
export { gradient, ways, type GradientOptions } from "./gradient.ts";
export { moments, momentsOf, type GradientMoments, type MomentsOfOptions, type StepMoments } from "./moments.ts";
export { policyOf, score, thetaOf } from "./policy.ts";
export { mdpOf } from "./tables.ts";
export { countTrajectories, sampleTrajectory, trajectories, type Limits, type Trajectory } from "./trajectories.ts";
export { values, type Values } from "./values.ts";
