// GPT-2's architecture (Radford et al. 2019) as a graph: pre-layer-norm blocks, learned positions, gelu_new, and a head
// that shares the weights of the embedding. Weights have the names and layouts of Hugging Face's GPT2LMHeadModel.

import type { Generator } from "../random/index.ts";
import {
  add,
  appendRows,
  assign,
  attention,
  gelu,
  layerNorm,
  lookup,
  matmul,
  slice,
  variable,
  type Tensor,
  type Update,
  type Variable,
} from "../tensor/index.ts";
import { gptShapes, type GptConfig } from "./gpt-config.ts";

/** Keys and values of tokens that were seen in earlier runs, in an engine's variables. */
export interface GptCache {
  /** One for each block: [sequences · context, 2 · width]. */
  readonly keysValues: readonly Variable[];
  /** [rows]: the row of the cache that a token's own go to: those of its sequence lie right before it. */
  readonly at: Tensor;
}

/** A GPT as symbolic tensors. It holds no numbers: an engine does. */
export interface Gpt {
  readonly config: GptConfig;
  /** All weights, in the order of `gptShapes`. */
  readonly weights: readonly Variable[];
  /** [vocabularySize, width]: what logits are products with. */
  readonly embedding: Variable;
  /**
   * (token [rows], position within its sequence [rows]) → what the head sees, [rows, width], of rows that are whole
   * sequences.
   */
  hidden(token: Tensor, position: Tensor): Tensor;
  /** The same of the newest tokens of sequences, whose earlier ones are in a cache; and the cache's updates. */
  hiddenWithCache(token: Tensor, position: Tensor, cache: GptCache): { hidden: Tensor; updates: Update[] };
}

/** @param name prefix of the weights' names, such as "reference.". Default: none */
export function createGpt(config: GptConfig, name = ""): Gpt {
  const shapes = gptShapes(config);
  const weights = Object.entries(shapes).map(([weight, shape]) => variable(name + weight, shape));
  const named = new Map(Object.keys(shapes).map((weight, i) => [weight, weights[i]]));
  const weight = (of: string): Variable => named.get(of)!;

  const linear = (x: Tensor, of: string): Tensor => add(matmul(x, weight(`${of}.weight`)), weight(`${of}.bias`));
  const norm = (x: Tensor, of: string): Tensor =>
    layerNorm(x, weight(`${of}.weight`), weight(`${of}.bias`), config.epsilon);

  type Attend = (qkv: Tensor, block: number) => Tensor;
  const forward = (token: Tensor, position: Tensor, attend: Attend): Tensor => {
    let x = add(lookup(weight("wte.weight"), token), lookup(weight("wpe.weight"), position));
    for (let i = 0; i < config.layers; i++) {
      const block = `h.${i}`;
      const attended = attend(linear(norm(x, `${block}.ln_1`), `${block}.attn.c_attn`), i);
      x = add(x, linear(attended, `${block}.attn.c_proj`));
      x = add(x, linear(gelu(linear(norm(x, `${block}.ln_2`), `${block}.mlp.c_fc`)), `${block}.mlp.c_proj`));
    }
    return norm(x, "ln_f");
  };

  return {
    config,
    weights,
    embedding: weight("wte.weight"),
    hidden: (token, position) => forward(token, position, (qkv) => attention(qkv, position, config.heads)),
    hiddenWithCache(token, position, { keysValues, at }) {
      const updates: Update[] = [];
      const hidden = forward(token, position, (qkv, block) => {
        const cache = keysValues[block];
        const appended = appendRows(cache, slice(qkv, config.width, 2 * config.width), at);
        updates.push(assign(cache, appended));
        return attention(qkv, position, config.heads, { keysValues: appended, at, longest: config.context });
      });
      return { hidden, updates };
    },
  };
}

/** The variables of a cache for so many sequences. */
export const cacheVariables = ({ config }: Gpt, sequences: number): Variable[] =>
  Array.from({ length: config.layers }, (_, i) =>
    variable(`cache.${i}`, [sequences * config.context, 2 * config.width]),
  );

/** Logits [rows, vocabularySize] of what `hidden` gives. */
export const logitsOf = (gpt: Gpt, hidden: Tensor): Tensor => matmul(hidden, gpt.embedding, { transposeB: true });

/**
 * Initial weights as GPT-2's: normal with a standard deviation of 0.02, the projections that are added to the residual
 * stream by 1/√(2 · layers) smaller; gains 1, biases 0.
 */
export function initialWeights({ config, weights }: Gpt, generator: Generator): Map<Variable, Float32Array> {
  const residual = 1 / Math.sqrt(2 * config.layers);
  return new Map(
    weights.map((v): [Variable, Float32Array] => {
      const values = new Float32Array(v.shape.reduce<number>((size, d) => size * (d as number), 1));
      if (v.name.endsWith(".bias")) return [v, values];
      if (/ln_\w\.weight$/.test(v.name)) return [v, values.fill(1)];
      const scale = 0.02 * (v.name.endsWith("c_proj.weight") ? residual : 1);
      return [v, values.map(() => scale * generator.standardNormal())];
    }),
  );
}
