// Prompts of the built-in language, for as long as they are asked for.

import { createGenerator, createStreams } from "../../random/index.ts";
import { samplePrompt } from "./language.ts";

/** The prompts of iteration 0, 1, …, the same whenever they are asked for. */
export function reviewPrompts(seed: number, episodes: number): (iteration: number) => readonly string[] {
  const generator = createGenerator(createStreams(seed)("environments"));
  const drawn: string[][] = [];
  return (iteration) => {
    while (drawn.length <= iteration)
      drawn.push(Array.from({ length: episodes }, () => samplePrompt(generator).join(" ")));
    return drawn[iteration];
  };
}
