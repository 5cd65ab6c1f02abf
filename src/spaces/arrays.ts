// Arrays as users give them: of JavaScript, or typed.

/** Whether `x` is an array or a typed array, of whatever. */
export const isArray = (x: unknown): x is ArrayLike<unknown> =>
  Array.isArray(x) || (ArrayBuffer.isView(x) && "length" in x);

/** Whether `x` is a typed array or an array of numbers (NaN is a number here). */
export function isNumberArray(x: unknown): x is ArrayLike<number> {
  if (Array.isArray(x)) return x.every((value) => typeof value === "number");
  return isArray(x) && !(x instanceof BigInt64Array || x instanceof BigUint64Array);
}
