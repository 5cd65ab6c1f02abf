// Actions and observations as messages show them.

/** `x` in text: arrays in brackets, so that [1] is not taken for 1. */
export const shown = (x: unknown): string =>
  Array.isArray(x) || (ArrayBuffer.isView(x) && "length" in x)
    ? `[${Array.from(x as ArrayLike<unknown>).join(", ")}]`
    : String(x);
