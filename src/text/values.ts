// Values in messages.

/** "a string", "an array", "a Map", "undefined": what kind of value `x` is. */
export function typeName(x: unknown): string {
  if (x === null || x === undefined) return String(x);
  if (Array.isArray(x)) return "an array";
  const name = typeof x === "object" ? x.constructor?.name || "object" : typeof x;
  return `${/^[aeio]/i.test(name) ? "an" : "a"} ${name === "Object" ? "object" : name}`;
}

/** `x` itself; arrays and typed arrays in brackets, so that [1] is not taken for 1. */
export const valueText = (x: unknown): string =>
  Array.isArray(x) || (ArrayBuffer.isView(x) && "length" in x)
    ? `[${Array.from(x as ArrayLike<unknown>).join(", ")}]`
    : String(x);

/** What was thrown, as the message of another error quotes it. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
