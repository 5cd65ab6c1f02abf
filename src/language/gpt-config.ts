// The sizes of a GPT, and the names and shapes of its parameters, which are GPT-2's.

import { InputError } from "../errors.ts";
import { valueText } from "../text/values.ts";

/** The sizes of a GPT-2. */
export interface GptConfig {
  /** Number of token ids. */
  readonly vocabularySize: number;
  /** Tokens that it sees at once, at most: it has as many positions. */
  readonly context: number;
  /** Numbers by which a token is represented; a multiple of `heads`. */
  readonly width: number;
  /** Number of blocks, one after the other. */
  readonly layers: number;
  /** Heads of attention in each block. */
  readonly heads: number;
  /** What is added to the variance in layer normalization; GPT-2's is 1e-5. */
  readonly epsilon: number;
}

/** As many float32 numbers are the 4 GiB of a 32-bit memory. No GPT-2 has more than 48 layers. */
const [mostParameters, mostLayers] = [1 << 30, 1000];

/**
 * Refuses sizes that no GPT of polgrad's can have, before anything of such a size is made.
 *
 * @param name what the configuration is called in messages, such as the file's path
 * @param fieldName what its fields are called there; default: as here
 * @throws InputError naming the field
 */
export function checkGptConfig(
  config: GptConfig,
  name: string,
  fieldName: (field: keyof GptConfig) => string = (field) => field,
): void {
  const fail = (field: keyof GptConfig, needed: string): never => {
    throw new InputError(`${name}: ${fieldName(field)} is ${valueText(config[field])}, but must be ${needed}`);
  };
  for (const field of ["vocabularySize", "context", "width", "layers", "heads"] as const)
    if (!Number.isSafeInteger(config[field]) || config[field] < 1) fail(field, "a positive integer");
  if (config.layers > mostLayers) fail("layers", `at most ${mostLayers}`);
  if (config.width % config.heads !== 0) fail("width", `a multiple of ${fieldName("heads")}, which is ${config.heads}`);
  if (!(config.epsilon > 0 && config.epsilon < 1)) fail("epsilon", "a number between 0 and 1");
  const parameters = parameterCount(config);
  if (parameters > mostParameters)
    throw new InputError(
      `${name}: a GPT of these sizes has ${parameters.toPrecision(3)} parameters, and no more than ${mostParameters} ` +
        `(4 GiB) can be held: choose a smaller one`,
    );
}

/** How many numbers a GPT's parameters are. */
export const parameterCount = ({ vocabularySize, context, width: d, layers }: GptConfig): number =>
  (vocabularySize + context) * d + layers * (12 * d * d + 13 * d) + 2 * d;

/**
 * The shape of each parameter, by GPT-2's names and in its order: `wte.weight` [vocabulary, d], `wpe.weight` [context, d],
 * `h.0.ln_1.weight` [d], … `ln_f.bias` [d]. Weights of products are [inputs, outputs]. The output layer is `wte.weight`.
 */
export function gptShapes({ vocabularySize, context, width: d, layers }: GptConfig): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = { "wte.weight": [vocabularySize, d], "wpe.weight": [context, d] };
  const add = (name: string, bias: number, inputs: readonly number[] = []): void => {
    shapes[`${name}.weight`] = [...inputs, bias];
    shapes[`${name}.bias`] = [bias];
  };
  for (let i = 0; i < layers; i++) {
    add(`h.${i}.ln_1`, d);
    add(`h.${i}.attn.c_attn`, 3 * d, [d]);
    add(`h.${i}.attn.c_proj`, d, [d]);
    add(`h.${i}.ln_2`, d);
    add(`h.${i}.mlp.c_fc`, 4 * d, [d]);
    add(`h.${i}.mlp.c_proj`, d, [4 * d]);
  }
  add("ln_f", d);
  return shapes;
}
