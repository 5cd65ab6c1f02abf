// What Stable-Baselines3 and CleanRL call options, in camelCase: those that mean the same as one of ours, and those that
// are converted, with how.

/** Other names of an option that mean the same, of the same values. */
export const sameOptions: Readonly<Record<string, readonly string[]>> = {
  totalSteps: ["totalTimesteps"],
  envs: ["numEnvs", "nEnvs"],
  rollout: ["nSteps", "numSteps"],
  epochs: ["nEpochs", "updateEpochs"],
  minibatches: ["numMinibatches", "nMinibatches"],
  learningRate: ["lr"],
  lambda: ["gaeLambda"],
  clip: ["clipRange", "clipCoef"],
  entropyCoefficient: ["entCoef"],
  maxGradientNorm: ["maxGradNorm"],
  normalizeAdvantages: ["normalizeAdvantage", "normAdv"],
  evaluateEpisodes: ["nEvalEpisodes"],
};

/** Names of what is given in another way, in words; `option` stands in braces. */
const converted: Readonly<Record<string, string>> = {
  batchSize:
    "give the number of batches, {minibatches}: {rollout} × {envs} / batch size. 8 × 256 steps in batches of 64 are 32",
  minibatchSize: "give the number of batches, {minibatches}: {rollout} × {envs} / batch size",
  vfCoef:
    "it is {valueCoefficient}, the weight of ½(V − R̂)². Stable-Baselines3's loss has no ½: its 0.5 is 1 here. CleanRL's " +
    "has it: its 0.5 is 0.5",
  annealLr: "it is {learningRateSchedule}: linear, or constant",
  clipVloss: "it is {valueClip}: how far V may move in an update, 0 for any distance",
  clipRangeVf: "it is {valueClip}: how far V may move in an update, 0 for any distance",
  evalFreq: "it is {evaluateEvery}, which counts the steps of all environments together: calls of step × {envs}",
  netArch: "it is {hidden}, such as [64, 64], for policy and value alike",
  policyKwargs: "its parts are options: {hidden}, {activation}, {initialLogStd}",
  logStdInit: "it is {initialLogStd}",
  envId: "it is {env}",
  gymId: "it is {env}",
  device: "all is computed on the processor: leave it out",
  cuda: "all is computed on the processor: leave it out",
  torchDeterministic: "a seed fixes a run anyway: leave it out, or give {strict} for the same bits on every machine",
  useRms: "it is {optimizer}: rmsprop, or adam",
  useRmsProp: "it is {optimizer}: rmsprop, or adam",
  tensorboardLog: "each run's folder has a log for TensorBoard: leave it out",
  callback: 'give "onUpdate", which is called after each update',
};

/**
 * What to give instead of an option of another library; undefined if none is known by that name.
 *
 * @param name in camelCase
 * @param has whether there is an option of ours here
 * @param write an option of ours as it would be given
 */
export function insteadOf(
  name: string,
  has: (option: string) => boolean,
  write: (option: string) => string,
): string | undefined {
  const [same] = Object.entries(sameOptions).find(([option, others]) => others.includes(name) && has(option)) ?? [];
  if (same !== undefined) return `it is ${write(same)}`;
  const text = Object.hasOwn(converted, name) ? converted[name] : undefined;
  const options = Array.from(text?.matchAll(placeholder) ?? [], ([, option]) => option);
  return options.every(has) ? text?.replace(placeholder, (_, option: string) => write(option)) : undefined;
}

const placeholder = /\{(\w+)\}/g;
