// Sequences for tests: a graph that uses every operation of transformers, and rows laid out with gaps and without.

import {
  add,
  attention,
  gelu,
  gradients,
  input,
  layerNorm,
  likelihood,
  lookup,
  matmul,
  mean,
  mul,
  square,
  variable,
  type SequenceLayout,
  type Tensor,
} from "../../src/tensor/index.ts";

const rows = "rows";

/** The position of each token of sequences of these lengths. */
export const positionsOf = (lengths: readonly number[]): number[] =>
  lengths.flatMap((n) => Array.from({ length: n }, (_, i) => i));

/** Packed rows with the gaps of a layout between them. */
export function spread(
  { span, first, lengths }: SequenceLayout,
  packed: ArrayLike<number>,
  width: number,
): Float32Array {
  const out = new Float32Array(span * width).fill(NaN); // what is in a gap must not matter
  let from = 0;
  lengths.forEach((n, s) => {
    for (let k = 0; k < n * width; k++) out[first[s] * width + k] = packed[from++];
  });
  return out;
}

/** The inverse of `spread`. */
export const gathered = ({ first, lengths }: SequenceLayout, out: Float32Array, width: number): number[] =>
  Array.from(lengths).flatMap((n, s) => Array.from(out.subarray(first[s] * width, (first[s] + n) * width)));

/** A graph over sequences that uses every operation, with all of its gradients. */
export function everything(width: number, heads: number, words: number) {
  const [token, position, next] = ["token", "position", "next"].map((name) => input(name, [rows])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const parameters = {
    embedding: variable("embedding", [words, width]),
    place: variable("place", [200, width]),
    gain: variable("gain", [width]),
    bias: variable("bias", [width]),
    mix: variable("mix", [width, 3 * width]),
  };
  const { embedding, place, gain, bias, mix } = parameters;
  const x = add(lookup(embedding, token), lookup(place, position));
  const qkv = matmul(layerNorm(x, gain, bias, 0.1), mix);
  const h = gelu(add(x, attention(qkv, position, heads)));
  const { logProb, entropy } = likelihood(h, embedding, next);
  const loss = add(mean(mul(logProb, -1)), mul(mean(square(entropy)), 0.1));
  const derivatives = gradients(loss, Object.values(parameters));
  const names = Object.keys(parameters);
  return {
    token,
    position,
    next,
    parameters,
    outputs: { h, logProb, entropy, loss, ...Object.fromEntries(derivatives.map((g, i) => [names[i], g])) } as Record<
      string,
      Tensor
    >,
  };
}
