// The trainings of language models into run folders, from files: what they learn from is named in config.json, so that
// `resumeRun` finds it again.

import type { Algorithm } from "../../algorithms/index.ts";
import { rlhfOptions, type OptionsOfRewardModel, type OptionsOfRlhf, type OptionsOfSft } from "../../language/index.ts";
import { defaultsOf } from "../../learning/option-schema.ts";
import { plainOptions } from "../../text/plain-options.ts";
import { trainToRun, type RunResult, type TrainToRunSettings } from "../train-run.ts";
import { openRewardModel, openRlhf, openSft, type Opened, type RewardModelSources, type RlhfSources, type SftSources } from "./inputs.ts"; // prettier-ignore

/** Options of every run. */
export interface SharedOptions {
  /** Default 1. */
  readonly seed?: number;
  /** The same bits on every machine. Default false. */
  readonly strict?: boolean;
}

/** Options of RLHF's runs; all may be left out. */
export interface RlhfRunOptions extends OptionsOfRlhf {
  /** How many times texts are written and learned from. Default 100. */
  readonly iterations?: number;
}

/** Settings of runs from files: their notes, as of records that are left out, are warnings. */
export type LanguageRunSettings = Omit<TrainToRunSettings, "from">;

async function trainOpened(
  { algorithm, inputs, notes }: Opened<object>,
  options: object,
  settings: LanguageRunSettings,
): Promise<RunResult> {
  for (const note of notes) (settings.onWarning ?? console.warn)(note);
  return trainToRun(algorithm as Algorithm, { ...options }, settings, undefined, inputs);
}

/**
 * Supervised fine-tuning into a run folder, with the model in `model/` and texts that it writes on the way in texts.jsonl.
 *
 * @throws InputError for sources or options that are wrong; RunError for what fails while training, with the last good
 *   checkpoint kept
 */
export async function trainSftToRun(
  given: SftSources & OptionsOfSft & SharedOptions,
  settings: LanguageRunSettings = {},
): Promise<RunResult> {
  const { model, texts, heldOut, byLine, ...options } = plainOptions(given, "the options of trainSftToRun");
  return trainOpened(await openSft({ model, texts, heldOut, byLine }), options, settings);
}

/** A reward model into a run folder, with the model and its head in `model/`. @throws likewise */
export async function trainRewardModelToRun(
  given: RewardModelSources & OptionsOfRewardModel & SharedOptions,
  settings: LanguageRunSettings = {},
): Promise<RunResult> {
  const { model, pairs, heldOut, ...options } = plainOptions(given, "the options of trainRewardModelToRun");
  return trainOpened(await openRewardModel({ model, pairs, heldOut }), options, settings);
}

/** RLHF into a run folder, with the model in `model/` and what it wrote in texts.jsonl. @throws likewise */
export async function trainRlhfToRun(
  given: RlhfSources & RlhfRunOptions & SharedOptions,
  settings: LanguageRunSettings = {},
): Promise<RunResult> {
  const { model, reward, prompts, ...options } = plainOptions(given, "the options of trainRlhfToRun");
  const { seed = 1, episodes = defaultsOf(rlhfOptions).episodes } = options;
  return trainOpened(await openRlhf({ model, reward, prompts }, { seed, episodes }), options, settings);
}
