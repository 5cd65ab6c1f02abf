// What a run of a language model will take, by the files that it would learn from. Nothing is written.

import { defaultsOf } from "../../learning/option-schema.ts";
import { estimateRewardModel, estimateRlhf, estimateSft, rlhfOptions } from "../../language/index.ts";
import type { LanguageEstimate, OptionsOfRewardModel, OptionsOfSft } from "../../language/index.ts";
import { openRewardModel, openRlhf, openSft, type RewardModelSources, type RlhfSources, type SftSources } from "./inputs.ts"; // prettier-ignore
import type { RlhfRunOptions, SharedOptions } from "./train.ts";

/** What `trainSftToRun` would take. @throws InputError as that does */
export async function estimateSftRun({
  model,
  texts,
  heldOut,
  byLine,
  ...options
}: SftSources & OptionsOfSft & SharedOptions): Promise<LanguageEstimate> {
  const { data } = await openSft({ model, texts, heldOut, byLine });
  return estimateSft({ ...options, model: data.model, texts: data.texts, heldOut: data.heldOut, cut: data.cut });
}

/** What `trainRewardModelToRun` would take. @throws InputError as that does */
export async function estimateRewardModelRun({
  model,
  pairs,
  heldOut,
  ...options
}: RewardModelSources & OptionsOfRewardModel & SharedOptions): Promise<LanguageEstimate> {
  const { data } = await openRewardModel({ model, pairs, heldOut });
  return estimateRewardModel({ ...options, model: data.model, pairs: data.pairs, heldOut: data.heldOut });
}

/** What `trainRlhfToRun` would take. @throws InputError as that does */
export async function estimateRlhfRun({
  model,
  reward,
  prompts,
  ...options
}: RlhfSources & RlhfRunOptions & SharedOptions): Promise<LanguageEstimate> {
  const { seed = 1, episodes = defaultsOf(rlhfOptions).episodes } = options;
  const { data } = await openRlhf({ model, reward, prompts }, { seed, episodes });
  return estimateRlhf({ ...options, model: data.model, reward: data.reward, prompts: data.prompts });
}
