// Values in messages, whatever they are: brief, and without a way to throw.

/** "a string", "an array", "a Map", "undefined": what kind of value `x` is. */
export function typeName(x: unknown): string {
  if (x === null || x === undefined) return String(x);
  const name = typeof x === "object" ? className(x) : typeof x;
  return `${/^[aeio]/i.test(name) ? "an" : "a"} ${name}`;
}

/** "array", "Map"; "object" for plain objects, and for those that do not tell. */
function className(x: object): string {
  try {
    if (Array.isArray(x)) return "array";
    const name: unknown = x.constructor?.name;
    return typeof name === "string" && /^[\p{L}\p{N}_$]{1,60}$/u.test(name) && name !== "Object" ? name : "object";
  } catch {
    return "object"; // a getter or a proxy that throws
  }
}

/** Whether `x` is an array that lets itself be read. */
export function isList(x: unknown): boolean {
  try {
    return Array.isArray(x);
  } catch {
    return false; // a revoked proxy of one
  }
}

/** The length of an array or of what is like one; undefined of anything else. */
export function lengthOf(x: unknown): number | undefined {
  try {
    const length: unknown = typeof x === "object" ? (x as ArrayLike<unknown> | null)?.length : undefined;
    return typeof length === "number" ? length : undefined;
  } catch {
    return undefined; // a getter or a proxy that throws
  }
}

/** Characters, items of a list and levels of a value that a message quotes at most. */
const [mostCharacters, mostItems, mostLevels] = [120, 24, 4];

/** `text`, with "…" for what is beyond the first `most` characters. */
export const shortened = (text: string, most = mostCharacters): string =>
  text.length > most ? `${text.slice(0, most)}…` : text;

/**
 * `x` as a program has it: `[64, 0]`, `"relu"`, `{"n":3}`, `10n`; by its kind where that is not brief or cannot be read,
 * as "a function", "a Date".
 */
export function valueText(x: unknown): string {
  try {
    return shortened(written(x, mostLevels));
  } catch {
    return typeName(x); // a getter or a proxy that throws
  }
}

function written(x: unknown, levels: number): string {
  if (typeof x === "string") return JSON.stringify(shortened(x));
  if (typeof x === "function") return "a function";
  if (typeof x === "bigint") return BigInt.asIntN(128, x) === x ? `${x}n` : "a bigint"; // a longer one takes long to write
  if (typeof x !== "object" || x === null) return Object.is(x, -0) ? "-0" : String(x);
  const isList = Array.isArray(x) || (ArrayBuffer.isView(x) && "length" in x);
  if (!isList && typeName(x) !== "an object") return typeName(x);
  if (levels === 0) return isList ? "[…]" : "{…}";
  if (isList) {
    const { length } = x as ArrayLike<unknown>;
    const items = Array.from({ length: Math.min(length, mostItems) }, (_, i) =>
      written((x as ArrayLike<unknown>)[i], levels - 1),
    );
    return `[${[...items, ...(length > mostItems ? ["…"] : [])].join(", ")}]`;
  }
  const keys = Object.keys(x);
  const members = keys
    .slice(0, mostItems)
    .map((key) => `${JSON.stringify(shortened(key))}:${written((x as Record<string, unknown>)[key], levels - 1)}`);
  return `{${[...members, ...(keys.length > mostItems ? ["…"] : [])].join(",")}}`;
}

/** `x` and, where it might be taken for another, its kind: NaN, null, true, `a string ("1")`, `an array ([0.5])`. */
export function describedValue(x: unknown): string {
  if (typeof x === "string" || typeof x === "bigint" || isList(x) || ArrayBuffer.isView(x))
    return `${typeName(x)} (${shortened(valueText(x), 60)})`;
  return typeof x === "number" || typeof x === "boolean" ? String(x) : typeName(x);
}

/** What was thrown, as the message of another error quotes it. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : typeof thrown === "string" ? thrown : valueText(thrown);

/** What an environment threw, as its user may read it, and why, where it says: `fetch failed` alone tells little. */
export function thrownText(thrown: unknown): string {
  const { cause } = (typeof thrown === "object" && thrown !== null ? thrown : {}) as { cause?: unknown };
  return `it threw ${String(thrown)}${cause instanceof Error && cause.message !== "" ? ` (${cause.message})` : ""}`;
}
