// polgrad generate <model> [prompt]: text from a language model.

import type { Command } from "commander";
import { generate, reviews, type LanguageModel } from "../language/index.ts";
import { samplingOf } from "../language/sampling.ts";
import { readGptFolder } from "../runs/gpt-folder.ts";
import { naturalNumber, number, positiveInteger } from "./arguments.ts";
import type { Context } from "./context.ts";

interface GenerateFlags {
  temperature: number;
  topK: number;
  topP: number;
  maxTokens?: number;
  count: number;
  seed: number;
  json?: true;
  debug?: true;
}

const temperature = number("--temperature", (value) => value >= 0, "of at least 0");
const topP = number("--top-p", (value) => value > 0 && value <= 1, "above 0 and at most 1");

/** Defines `polgrad generate`; `done` takes the exit code. */
export function defineGenerate(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      'Continue a prompt. The model is "reviews", the built-in one of the language that polgrad rlhf works with, a ' +
        "run of sft or rlhf, or a folder with a GPT-2: its config.json and model.safetensors, as Hugging Face keeps them.",
    )
    .argument("<model>")
    .argument("[prompt]")
    .option("--temperature <number>", "what logits are divided by; 0 takes the likeliest token", temperature, 1)
    .option("--top-k <integer>", "draw from so many of the likeliest tokens; 0 from all", naturalNumber("--top-k"), 0)
    .option("--top-p <number>", "draw from the fewest tokens whose probabilities add up to this", topP, 1)
    .option(
      "--max-tokens <integer>",
      "at most [default: as many as the model's context has room for]",
      positiveInteger("--max-tokens"),
    ) // prettier-ignore
    .option("--count <integer>", "how many texts", positiveInteger("--count"), 1)
    .option("--seed <integer>", "the same seed gives the same texts", naturalNumber("--seed"), 0)
    .option("--json", "one line of JSON on stdout")
    .option("--debug", "show where in the code an error arose")
    .action(async (name: string, prompt: string | undefined, flags: GenerateFlags) => {
      const { count, json, ...options } = flags;
      const wanted = samplingOf(options);
      const model = await modelNamed(name);
      const begin = prompt ?? (name === "reviews" ? "the service was" : "");
      const interruption = context.interruption();
      const { signal } = interruption;
      const isTold = !json && count === 1;
      let hasBegun = false;
      const onText = (text: string): void => {
        if (!isTold) return;
        context.stdout.write(`${hasBegun ? "" : begin}${spaced(model, text)}`);
        hasBegun = true;
      };
      const prompts = Array<string>(count).fill(begin);
      try {
        const texts = await generate(model, prompts, { ...options, ...wanted, onText, signal });
        if (json) context.stdout.write(`${JSON.stringify({ model: name, seed: flags.seed, texts })}\n`);
        else if (isTold) context.stdout.write(`${hasBegun ? "" : begin}\n`);
        else for (const { text } of texts) context.stdout.write(`${begin}${spaced(model, text)}\n`);
        done(0);
      } catch (error) {
        if (!signal.aborted) throw error;
        context.stdout.write("\n");
        done(interruption.exitCode);
      }
    });
}

/** Words are joined by a space, which the first one of a continuation lacks. */
const spaced = ({ tokenizer }: LanguageModel, text: string): string =>
  tokenizer.kind === "bytes" || text === "" || /^[\s.,;:!?]/.test(text) ? text : ` ${text}`;

async function modelNamed(name: string): Promise<LanguageModel> {
  return name === "reviews" ? (await reviews.reviewsModels()).sft : readGptFolder(name);
}
