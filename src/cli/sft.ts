// polgrad sft <texts>: fine-tunes a language model on texts, or trains a new one.

import type { Command } from "commander";
import { estimateSftRun } from "../runs/language/estimate.ts";
import { trainSftToRun } from "../runs/language/train.ts";
import type { Context } from "./context.ts";
import { tellEstimate } from "./language-estimate.ts";
import { addLanguageFlags, givenOptions, sourceAt, watchLanguageRun, type LanguageFlags } from "./language.ts";

interface SftFlags extends LanguageFlags {
  model: string;
  heldOut?: string;
  lines?: true;
}

/** Defines `polgrad sft`; `done` takes the exit code. */
export function defineSft(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Train a language model to write as the texts of a file. A file of JSON lines (.jsonl) has {text} or {prompt, " +
        "completion} in each line, whose completions are learned, and records that are longer than the model's context " +
        "are refused. Any other is plain text: whole, or several between <|endoftext|>, cut to the context where it is " +
        "longer; with --lines each line is a text.",
    )
    .argument("<texts>", "a file in UTF-8")
    .option("--model <model>", 'a folder of a GPT-2 or a run to go on from, "reviews", or "mini": a new one', "mini")
    .option("--held-out <file>", "texts whose loss and perplexity are measured on the way")
    .option("--lines", "each line of a plain text is a text of its own");
  addLanguageFlags(command, "sft");
  command.action(async (texts: string, flags: SftFlags) => {
    const options = givenOptions("sft", flags, context);
    const sources = {
      model: sourceAt(flags.model, context, ["mini", "reviews"]),
      texts: sourceAt(texts, context),
      heldOut: flags.heldOut === undefined ? undefined : sourceAt(flags.heldOut, context),
      byLine: flags.lines,
    };
    if (flags.estimate) return done(tellEstimate(context, flags, await estimateSftRun({ ...options, ...sources })));
    done(await watchLanguageRun(context, flags, (settings) => trainSftToRun({ ...options, ...sources }, settings)));
  });
}
