// What a policy needs that only acts: the kernels of one row, without the interpreter. Every number has the bits that a
// compiled program gives it.

import { madd } from "../vector";

export { unary } from "../elementwise";
export { matmulNarrow } from "../matmul";
export { logSoftmax, sum } from "../reductions";

/** c[n] = a[k] · B[k, n] (+ bias[n]), each sum in the order of the tiles: the bias, then k = 0, 1, … */
export function product(c: usize, a: usize, b: usize, bias: usize, n: i32, k: i32): void {
  const stride = (<usize>n) << 2;
  for (let j = 0; j < n; j += 4) {
    const at = (<usize>j) << 2;
    let total = bias ? v128.load(bias + at) : f32x4.splat(0);
    let p = a;
    let q = b + at;
    for (let i = 0; i < k; i++, p += 4, q += stride) total = madd(v128.load32_splat(p), v128.load(q), total);
    v128.store(c + at, total);
  }
}
