// Names like the one that was typed, for messages about unknown names.
import { distance } from "fastest-levenshtein";

/** At most `count` of `names` that look like `name`, the nearest first; case does not matter. */
export function nearestNames(name: string, names: readonly string[], count = 3): string[] {
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
  const near = nearestNames(name, names).map((candidate) => `"${candidate}"`);
  return near.length === 0 ? "" : ` Did you mean ${near.join(" or ")}?`;
}

/**
 * The message about a name that is not one of `names`: `unknown suite "quik". Did you mean "quick"? There are quick,
 * full`.
 *
 * @param listed the names in the list; default: all
 */
export const unknownName = (
  kind: string,
  name: string,
  names: readonly string[],
  listed: readonly string[] = names,
): string => `unknown ${kind} "${name}".${didYouMean(name, names)} There are ${listed.join(", ")}`;
