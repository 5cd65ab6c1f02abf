// polgrad reward-model <pairs>: a reward model from preferences.

import type { Command } from "commander";
import { InputError } from "../errors.ts";
import { estimateRewardModelRun } from "../runs/language/estimate.ts";
import { trainRewardModelToRun } from "../runs/language/train.ts";
import type { Context } from "./context.ts";
import { tellEstimate } from "./language-estimate.ts";
import { addLanguageFlags, givenOptions, sourceAt, watchLanguageRun, type LanguageFlags } from "./language.ts";

interface RewardModelFlags extends LanguageFlags {
  model?: string;
  heldOut?: string;
}

/** Defines `polgrad reward-model`; `done` takes the exit code. */
export function defineRewardModel(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Train a model to give the preferred of two answers the larger number. The file has JSON lines of {prompt, chosen, " +
        "rejected}, or hh-rlhf's dialogues. Numbers have mean 0 and variance 1 on all answers of the file.",
    )
    .argument("<pairs>", "a file in UTF-8")
    .option("--model <model>", 'what it begins as: a folder of a GPT-2, a run of sft, or "reviews"')
    .option("--held-out <file>", "pairs on which accuracy, margin and calibration are measured");
  addLanguageFlags(command, "reward-model");
  command.action(async (pairs: string, flags: RewardModelFlags) => {
    if (flags.model === undefined)
      throw new InputError(
        `which model does it begin as? For example: polgrad reward-model ${pairs} --model runs/<run>`,
      );
    const options = givenOptions("reward-model", flags, context);
    const sources = {
      model: sourceAt(flags.model, context, ["reviews"]),
      pairs: sourceAt(pairs, context),
      heldOut: flags.heldOut === undefined ? undefined : sourceAt(flags.heldOut, context),
    };
    if (flags.estimate)
      return done(tellEstimate(context, flags, await estimateRewardModelRun({ ...options, ...sources })));
    done(await watchLanguageRun(context, flags, (settings) => trainRewardModelToRun({ ...options, ...sources }, settings))); // prettier-ignore
  });
}
