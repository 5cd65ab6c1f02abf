// Language models as actors: GPT-2 and its generation, tokenizers, what is learned from, and the trainings of RLHF.

export { checkGptConfig, gptShapes, parameterCount, type GptConfig } from "./gpt-config.ts";
export { gptFiles, loadGpt, loadRewardModel, rewardModelFiles, type ModelFiles } from "./model-files.ts";
export {
  modelSizes,
  newLanguageModel,
  type LanguageModel,
  type ModelSizes,
  type RewardModel,
} from "./language-model.ts";
export { generate, type GeneratedText, type GenerateOptions } from "./generate-text.ts";
export { estimateRewardModel, estimateRlhf, estimateSft, type LanguageEstimate } from "./estimate.ts";
export {
  roomOfRewardModel,
  roomOfRlhf,
  roomOfSft,
  roomToGenerate,
  totalOf,
  type LanguageRoom,
  type RlhfConfigs,
} from "./room.ts";
export { type SamplingOptions } from "./sampling.ts";
export { sftAlgorithm, type SftAlgorithm, type SftData, type SftLearner } from "./algorithms/sft.ts";
export {
  rewardModelAlgorithm,
  type HeldOutPairs,
  type RewardModelAlgorithm,
  type RewardModelData,
  type RewardModelLearner,
} from "./algorithms/reward-model.ts";
export { rlhfRunOptions } from "./algorithms/descriptions.ts";
export { type NameOf } from "./algorithms/inputs.ts";
export { rlhfAlgorithm, type Judged, type RlhfAlgorithm, type RlhfData, type RlhfLearner } from "./algorithms/rlhf.ts";
export { bestOfN, type BestOfN, type ScoredText } from "./best-of-n.ts";
export { type TokenPair } from "./reward-model.ts";
export { type Lesson } from "./sft.ts";
export { type Calibration } from "./calibration.ts";
export {
  scoreTexts,
  trainRewardModel,
  trainRlhf,
  trainSft,
  type LanguageControls,
  type LanguageReport,
  type TrainRewardModelOptions,
  type TrainRlhfOptions,
  type TrainSftOptions,
} from "./train.ts";
export { lexiconReward } from "./lexicon-reward.ts";
export { type Reward, type RewardFunction, type WeightedReward } from "./rewards.ts";
export { klPenalties, type KlPenalty } from "./kl-penalty.ts";
export { type Episode as RlhfEpisode } from "./episodes.ts";
export { type Generated } from "./generate.ts";
export type * from "./given-options.generated.ts";
export { rewardModelOptions, rlhfOptions, sftOptions, type RlhfOptions, type SftOptions } from "./options.ts";
export {
  configFromHuggingFace,
  configToHuggingFace,
  weightsFromHuggingFace,
  weightsToHuggingFace,
} from "./hugging-face.ts";
export {
  leftOutText,
  readPairs,
  readPrompts,
  readTexts,
  type LeftOut,
  type PreferencePair,
  type Records,
  type TextRecord,
} from "./records.ts";
export * from "./tokenizers/index.ts";
export { decodeUtf8 } from "./utf8.ts";
export * as reviews from "./reviews/index.ts";
