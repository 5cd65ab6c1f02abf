// What the built-in algorithms have, in words alone: messages of one algorithm tell of the others, which a page that trains
// with it does not load. A test compares this with the algorithms themselves.

/** The names of the options of each algorithm. */
export const optionNames: Readonly<Record<string, string>> = {
  reinforce:
    "gamma entropyCoefficient normalizeObservations normalizeRewards hidden activation gaussian logStd initialLogStd sharedTrunk returns baseline learningRate criticLearningRate learningRateSchedule valueCoefficient discountTime maxGradientNorm adamEpsilon",
  "actor-critic":
    "gamma entropyCoefficient normalizeObservations normalizeRewards hidden activation gaussian logStd initialLogStd sharedTrunk learningRate criticLearningRate learningRateSchedule optimizer valueCoefficient discountTime maxGradientNorm reportEvery",
  a2c: "gamma entropyCoefficient normalizeObservations normalizeRewards hidden activation gaussian logStd initialLogStd sharedTrunk workers rollout lambda learningRate learningRateSchedule optimizer valueCoefficient normalizeAdvantages maxGradientNorm",
  a3c: "gamma entropyCoefficient normalizeObservations normalizeRewards hidden activation gaussian logStd initialLogStd sharedTrunk workers rollout lambda learningRate learningRateSchedule optimizer valueCoefficient maxGradientNorm vtrace reportEvery",
  ppo: "gamma entropyCoefficient normalizeObservations normalizeRewards hidden activation gaussian logStd initialLogStd sharedTrunk workers rollout epochs minibatches learningRate learningRateSchedule lambda clip clipSchedule klPenalty klCoefficient desiredKl valueCoefficient valueClip normalizeAdvantages maxGradientNorm adamEpsilon memory memorySize targetKl",
  trpo: "gamma entropyCoefficient normalizeObservations normalizeRewards hidden activation gaussian logStd initialLogStd workers rollout lambda maxKl cgIterations damping fisherFraction lineSearchTries lineSearchFactor criticLearningRate criticEpochs criticBatch normalizeAdvantages adamEpsilon",
};
