// Whether a training has the options of the checkpoint that it goes on from: what it may change, and what it cannot.

import { InputError } from "../errors.ts";
import { valueText } from "../text/values.ts";

/** What weights, states and random numbers are of: with other values the checkpoint would mean something else. */
const fixed = [
  ...["seed", "strict", "normalizeObservations", "normalizeRewards", "optimizer", "baseline"],
  ...["hidden", "activation", "sharedTrunk", "memory", "memorySize", "gaussian", "logStd", "initialLogStd"],
  ...["critic"],
  // How far a run is, is counted in these: with others a number of epochs or iterations would mean another.
  ...["batch", "episodes"],
];

/** Whether an option may become another in the course of a run, where that is meant. */
export const canChange = (name: string): boolean => !fixed.includes(name);

/**
 * @param kept the checkpoint's; an option that is not among them was not known when it was written
 * @param change names of options that may differ, of those that can
 * @throws InputError naming each option that differs, and what would be right
 */
export function assertSameOptions(
  kept: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
  change: readonly string[],
): void {
  const fixedToo = change.find((name) => !canChange(name) && differs(kept, options, name));
  if (fixedToo !== undefined)
    throw new InputError(
      `option "${fixedToo}" is ${valueText(kept[fixedToo])} in the checkpoint and cannot become ` +
        `${valueText(options[fixedToo])} in the course of a run: start a new one, from its weights where they fit`,
    );
  const different = Object.keys(kept).filter((name) => differs(kept, options, name) && !change.includes(name));
  if (different.length === 0) return;
  const all = different.map((name) => `option "${name}" = ${valueText(kept[name])}, and this training has ${valueText(options[name])}`); // prettier-ignore
  const changeable = different.filter(canChange);
  const advice =
    changeable.length < different.length
      ? "it is another training's"
      : `where that is meant, say so: { checkpoint, change: ${JSON.stringify(changeable)} }`;
  throw new InputError(`the checkpoint was trained with ${all.join("; with ")}: ${advice}`);
}

const differs = (a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>, name: string): boolean =>
  Object.hasOwn(a, name) && JSON.stringify(a[name]) !== JSON.stringify(b[name]);

/**
 * @param since when it was the same, for messages
 * @param sources where each lies, for messages
 * @throws InputError if what a training learns from is not what it was
 */
export function assertSameInputs(
  kept: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>>,
  since = "the checkpoint was made",
  sources: Readonly<Record<string, string>> = {},
): void {
  const changed = [...new Set([...Object.keys(kept), ...Object.keys(inputs)])].filter((name) => kept[name] !== inputs[name]); // prettier-ignore
  if (changed.length === 0) return;
  const [name] = changed;
  const state = (sha256: string | undefined): string => (sha256 === undefined ? "none" : `${sha256.slice(0, 12)}…`);
  throw new InputError(
    `the ${name}${Object.hasOwn(sources, name) ? ` (${sources[name]})` : ""} ${/[^s]s$/.test(name) ? "have" : "has"} changed since ${since} (SHA-256 then ${state(kept[name])}, ` +
      `now ${state(inputs[name])}): a run goes on with what it began with, ` +
      `and a new one, from this one's weights where they fit, begins with what there is now`,
  );
}
