// What an environment reports of an episode besides its return: success, a score, a distance to the goal.

/** Values of an episode by name: those of true and false are 1 and 0. */
export type OwnValues = Readonly<Record<string, number>>;

/** How many of them are taken, and of what length a name may be. */
const [mostValues, longestName] = [16, 64];

/** Gymnasium's: the probability of the last transition of a table, and a flag of a wrapper. Neither tells of an outcome. */
const noOutcomes = new Set(["prob", "TimeLimit.truncated"]);

/**
 * The numbers, true and false of an `info`, the first 16 of them; undefined if there are none.
 *
 * @param info of the step that ended an episode
 */
export function ownValues(info: unknown): OwnValues | undefined {
  if (typeof info !== "object" || info === null) return undefined;
  let values: Record<string, number> | undefined;
  let count = 0;
  for (const [name, given] of Object.entries(info)) {
    if (typeof given !== "boolean" && !Number.isFinite(given)) continue;
    if (noOutcomes.has(name) || name.length > longestName) continue;
    if (++count > mostValues) break;
    (values ??= {})[name] = Number(given);
  }
  return values;
}

/** The mean of each value over the episodes that have it. */
export function meansOfOwnValues(episodes: readonly { readonly values?: OwnValues }[]): OwnValues {
  const sums = new Map<string, { total: number; count: number }>();
  for (const { values } of episodes) {
    if (!values) continue;
    for (const [name, value] of Object.entries(values)) {
      const sum = sums.get(name) ?? { total: 0, count: 0 };
      sums.set(name, { total: sum.total + value, count: sum.count + 1 });
    }
  }
  return Object.fromEntries([...sums].map(([name, { total, count }]) => [name, total / count]));
}
