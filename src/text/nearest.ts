// Names like the one that was typed, for messages about unknown names.
import { inOneLine } from "./printable.ts";
import { shortened, valueText } from "./values.ts";

/** A longer name is a mistake of another kind. */
const longest = 200;

/** Letters to insert, remove or change to make one name of the other (Levenshtein). */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + Number(a[i] !== b[j])));
    row = next;
  }
  return row[b.length];
}

/** At most `count` of `names` that look like `name`, the nearest first; case does not matter. */
export function nearestNames(name: string, names: readonly string[], count = 3): string[] {
  if (name.length > longest) return [];
  const typed = name.toLowerCase();
  const tolerance = Math.max(2, Math.floor(typed.length / 2));
  return names
    .map((candidate) => {
      const other = candidate.toLowerCase();
      // A missing end ("cartpole" for "CartPole-v1") counts less than a typing error.
      const prefix = typed.length >= 3 && other.startsWith(typed);
      return { candidate, edits: prefix ? 0 : distance(typed, other) };
    })
    .filter(({ edits }) => edits <= tolerance)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** ` Did you mean "a" or "b"?` with a leading space, or nothing if no name is near. */
export function didYouMean(name: string, names: readonly string[]): string {
  const near = nearestNames(name, names).map((candidate) => `"${inOneLine(candidate)}"`);
  return near.length === 0 ? "" : ` Did you mean ${near.join(" or ")}?`;
}

/**
 * The message about a name that is not one of `names`: `unknown suite "quik". Did you mean "quick"? There are quick,
 * full`.
 *
 * @param name what was given; it may be no name at all
 * @param listed the names in the list; default: all
 */
export function unknownName(
  kind: string,
  name: unknown,
  names: readonly string[],
  listed: readonly string[] = names,
): string {
  const [given, near] =
    typeof name === "string" ? [`"${inOneLine(shortened(name))}"`, didYouMean(name, names)] : [valueText(name), ""];
  return `unknown ${kind} ${given}.${near} There are ${listed.join(", ")}`;
}
