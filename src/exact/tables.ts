// The tables of a finite MDP, checked, with equal outcomes merged, and which states an episode can be in.
import type { Env, Mdp, Outcome } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { describeSpace } from "../spaces/index.ts";
import { isList, lengthOf, messageOf, typeName, valueText } from "../text/values.ts";

/** An MDP as computations read it. */
export interface Tables {
  readonly states: number;
  readonly actions: number;
  readonly start: Float64Array;
  /** Entry s · actions + a: outcomes of positive probability, no two of them equal in all else. */
  readonly outcomes: readonly (readonly Outcome[])[];
  /** The states in which an episode can be while it goes on, whatever is done, in order. */
  readonly open: readonly number[];
}

/** How far a sum of probabilities may be from 1. */
const tolerance = 1e-9;

/**
 * The tables of an environment: those of FrozenLake, CliffWalking, TwoStep and Terraces, or of one of your own that has
 * `mdp`. They know no time limit.
 *
 * @throws InputError if it has none, or they do not fit its spaces
 */
export function mdpOf(env: Pick<Env, "mdp">): Mdp {
  const { mdp, observationSpace, actionSpace } = (env ?? {}) as Partial<Env>;
  if (mdp === undefined || observationSpace === undefined || actionSpace === undefined)
    throw new InputError(
      "the environment has no tables: exact results need a finite MDP, as FrozenLake-v1, CliffWalking-v1, TwoStep-v0 and " +
        "Terraces-v0 are, or an environment of your own with a member `mdp`",
    );
  const { states, actions } = readTables(mdp);
  const fits = (space: typeof actionSpace, n: number): boolean =>
    space.kind === "discrete" && space.n === n && space.start === 0;
  if (!fits(observationSpace, states) || !fits(actionSpace, actions))
    throw new InputError(
      `the environment's tables have ${states} states and ${actions} actions, but its spaces are ` +
        `${describeSpace(observationSpace)} and ${describeSpace(actionSpace)}: observations must be the states' numbers`,
    );
  return mdp;
}

/** Tables do not change, and are read once. */
const known = new WeakMap<Mdp, Tables>();

/** @throws InputError that says what is wrong with the MDP, and where */
export function readTables(mdp: Mdp): Tables {
  const tables = known.get(mdp) ?? read(mdp);
  known.set(mdp, tables);
  return tables;
}

function read(mdp: Mdp): Tables {
  const { states, actions, start, outcomes } = (mdp ?? {}) as Partial<Mdp>;
  for (const [name, count] of Object.entries({ states, actions }))
    if (!Number.isSafeInteger(count) || count! < 1)
      throw new InputError(`the MDP's ${name} is ${valueText(count)}, but must be a whole number of at least 1`);
  if (lengthOf(start) !== states)
    throw new InputError(`the MDP's start must have ${states} probabilities, one a state`);
  if (typeof outcomes !== "function")
    throw new InputError(`the MDP's outcomes is ${typeName(outcomes)}, but must be a function of state and action`);
  assertProbabilities(start!, "the MDP's start");
  const rows = Array.from({ length: states! * actions! }, (_, row) => {
    const [state, action] = [Math.floor(row / actions!), row % actions!];
    return readRow(() => mdp.outcomes(state, action), states!, `the MDP's outcomes(${state}, ${action})`);
  });
  const tables = { states: states!, actions: actions!, start: Float64Array.from(start!), outcomes: rows };
  return { ...tables, open: openStates(tables) };
}

function readRow(given: () => readonly Outcome[], states: number, where: string): Outcome[] {
  let row: readonly Outcome[];
  try {
    row = given();
  } catch (error) {
    throw new InputError(`${where} threw ${messageOf(error)}`, { cause: error });
  }
  if (!isList(row)) throw new InputError(`${where} is ${typeName(row)}, but must be a list of outcomes`);
  const merged = new Map<string, Outcome>();
  for (const outcome of row) {
    const { probability, next, reward, terminated } = outcome ?? ({} as Outcome);
    if (!Number.isInteger(next) || next < 0 || next >= states)
      throw new InputError(`${where} leads to state ${valueText(next)}, but states are 0 … ${states - 1}`);
    if (!Number.isFinite(reward)) throw new InputError(`${where} has the reward ${valueText(reward)}`);
    if (typeof terminated !== "boolean")
      throw new InputError(`${where} has terminated ${valueText(terminated)}, but it must be true or false`);
    const key = `${next} ${reward} ${terminated}`;
    const equal = merged.get(key);
    if (equal) equal.probability += probability;
    else merged.set(key, { probability, next, reward, terminated });
  }
  assertProbabilities(
    row.map(({ probability }) => probability),
    where,
  );
  return [...merged.values()].filter(({ probability }) => probability > 0);
}

/** @throws InputError unless those from `first` to before `end` are probabilities that sum to 1 */
export function assertProbabilities(
  probabilities: ArrayLike<number>,
  where: string | (() => string),
  first = 0,
  end = probabilities.length,
): void {
  const place = (): string => (typeof where === "string" ? where : where());
  let sum = 0;
  for (let i = first; i < end; i++) {
    const p: unknown = probabilities[i];
    if (!(typeof p === "number" && p >= 0 && p <= 1 + tolerance))
      throw new InputError(`${place()}: probability ${i - first} is ${valueText(p)}`);
    sum += p;
  }
  if (!(Math.abs(sum - 1) <= tolerance)) throw new InputError(`${place()}: the probabilities sum to ${sum}, not to 1`);
}

function openStates({ states, actions, start, outcomes }: Omit<Tables, "open">): number[] {
  const found = new Set<number>();
  for (let s = 0; s < states; s++) if (start[s] > 0) found.add(s);
  for (const s of found)
    for (let a = 0; a < actions; a++)
      for (const { next, terminated } of outcomes[s * actions + a]) if (!terminated) found.add(next); // comes to it too
  return [...found].sort((a, b) => a - b);
}

/** @throws InputError unless it is a discount factor */
export function assertGamma(gamma: number): void {
  if (!(typeof gamma === "number" && gamma >= 0 && gamma <= 1))
    throw new InputError(`gamma is ${valueText(gamma)}, but must be within 0 … 1`);
}

/** @throws InputError unless it is an array of `size` finite numbers */
export function assertNumbers(numbers: ArrayLike<number>, size: number, what: string): void {
  const length = lengthOf(numbers);
  if (length !== size)
    throw new InputError(
      `${what} must be an array of ${size} numbers, not ${length === undefined ? typeName(numbers) : length}`,
    );
  for (let i = 0; i < size; i++)
    if (!Number.isFinite(numbers[i])) throw new InputError(`${what}: entry ${i} is ${valueText(numbers[i])}`);
}
