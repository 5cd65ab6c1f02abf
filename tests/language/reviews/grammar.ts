// The grammar of reviews a second time, as a regular expression and as the least faults over all readings of a text.
import { adjectives, subjects } from "../../../src/language/reviews/index.ts";

const clause = `the (?:${subjects.join("|")}) was (?:not )?(?:very )?(?:${adjectives.join("|")})`;
const review = new RegExp(`^${clause}(?: (?:\\.|and|but) ${clause})* \\.$`);
const oneClause = new RegExp(`^${clause}$`);

/** Whether the whole text is a review. */
export const isReview = (text: readonly string[]): boolean => review.test(text.join(" "));

/** What has been read: no clause yet; a clause; a clause and a join, so that another clause must come; the ending. */
type State = "start" | "clause" | "join" | "end";

/**
 * The least number of faults over all ways to take some stretches of a text as clauses, some words as what follows them,
 * and the rest as stray, which is a fault a word. What is missing after a clause costs `missing`.
 */
export function leastFaults(text: readonly string[], { missing }: { missing: number }): number {
  const known = new Map<string, number>();
  const from = (at: number, state: State): number => {
    const key = `${at} ${state}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    if (at === text.length) return { start: 0, clause: missing, join: Infinity, end: 0 }[state];
    const ways = [1 + from(at + 1, state)];
    if (state === "clause" && [".", "and", "but"].includes(text[at])) ways.push(from(at + 1, "join"));
    if (state === "clause" && text[at] === ".") ways.push(from(at + 1, "end"));
    for (let end = at + 1; state !== "end" && end <= Math.min(at + 8, text.length); end++)
      if (oneClause.test(text.slice(at, end).join(" ")))
        ways.push((state === "clause" ? missing : 0) + from(end, "clause"));
    const least = Math.min(...ways);
    known.set(key, least);
    return least;
  };
  return from(0, "start");
}
