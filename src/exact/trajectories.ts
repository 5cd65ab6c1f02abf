// All trajectories of a policy on a finite MDP whose episodes end, with their probabilities; and one drawn by chance.
import type { Mdp } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import type { Generator } from "../random/index.ts";
import { plainOptions } from "../text/plain-options.ts";
import { valueText } from "../text/values.ts";
import { assertPolicy } from "./policy.ts";
import { readTables, type Tables } from "./tables.ts";

/** One episode: s₀, a₀, r₁, s₁, … */
export interface Trajectory {
  /** P(τ) under the policy. */
  readonly probability: number;
  /** s_t of each step. */
  readonly states: readonly number[];
  /** a_t. */
  readonly actions: readonly number[];
  /** r_{t+1}. */
  readonly rewards: Float64Array;
  /** s_{t+1}. */
  readonly nextStates: readonly number[];
  /** Whether its last step ended it; false where it was only cut off, which no enumerated one is. */
  readonly terminated: boolean;
}

/** How far an enumeration goes. */
export interface Limits {
  /** Steps within which every episode must have ended. Default 100. */
  readonly longest?: number;
  /** Trajectories that there may be. Default 1,000,000. */
  readonly most?: number;
}

/**
 * All trajectories of positive probability.
 *
 * @param policy π(a|s) [states × actions]
 * @throws InputError if an episode can go on after `longest` steps, or there are more than `most`, with their number
 */
export function trajectories(mdp: Mdp, policy: ArrayLike<number>, limits: Limits = {}): Trajectory[] {
  const all: Trajectory[] = [];
  eachTrajectory(mdp, policy, limits, (trajectory) => all.push(trajectory));
  return all;
}

/** Calls `visit` with each of them, in the order of a depth-first search, and keeps none. */
export function eachTrajectory(
  mdp: Mdp,
  policy: ArrayLike<number>,
  limits: Limits,
  visit: (trajectory: Trajectory) => void,
): void {
  const tables = readTables(mdp);
  assertPolicy(policy, tables);
  assertFew(tables, policy, limits);
  const { start, outcomes } = tables;
  const [states, actions, rewards, nextStates]: number[][] = [[], [], [], []];
  const from = (state: number, reached: number): void => {
    const t = states.length;
    states.push(state);
    for (let action = 0; action < tables.actions; action++) {
      const row = state * tables.actions + action;
      if (!(policy[row] > 0)) continue;
      actions[t] = action;
      for (const { probability: p, next, reward, terminated } of outcomes[row]) {
        rewards[t] = reward;
        nextStates[t] = next;
        const probability = reached * policy[row] * p;
        if (terminated)
          visit({
            probability,
            states: states.slice(),
            actions: actions.slice(0, t + 1),
            rewards: Float64Array.from({ length: t + 1 }, (_, k) => rewards[k]),
            nextStates: nextStates.slice(0, t + 1),
            terminated: true,
          });
        else from(next, probability);
      }
    }
    states.pop();
  };
  for (let s = 0; s < tables.states; s++) if (start[s] > 0) from(s, start[s]);
}

/**
 * How many trajectories there are, counted without listing them.
 *
 * @param policy π(a|s) [states × actions]
 * @returns `ended`: those that end within `longest` steps; `open`: beginnings of that length that go on
 */
export function countTrajectories(
  mdp: Mdp,
  policy: ArrayLike<number>,
  { longest = 100 }: Pick<Limits, "longest"> = {},
): { ended: number; open: number } {
  const tables = readTables(mdp);
  assertPolicy(policy, tables);
  return count(tables, policy, longest);
}

function count({ start, actions, outcomes, open }: Tables, policy: ArrayLike<number>, longest: number) {
  let ended = 0;
  let going = Float64Array.from(start, (p) => (p > 0 ? 1 : 0));
  for (let t = 0; t < longest; t++) {
    const after = new Float64Array(going.length);
    for (const s of open)
      for (let row = s * actions; going[s] > 0 && row < (s + 1) * actions; row++)
        for (const { next, terminated } of policy[row] > 0 ? outcomes[row] : [])
          if (terminated) ended += going[s];
          else after[next] += going[s];
    going = after;
  }
  return { ended, open: going.reduce((sum, n) => sum + n, 0) };
}

function assertFew(tables: Tables, policy: ArrayLike<number>, limits: Limits): void {
  const { longest = 100, most = 1_000_000 } = plainOptions(limits, "the limits of an enumeration");
  for (const [name, value] of Object.entries({ longest, most }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new InputError(`option "${name}" is ${valueText(value)}, but must be a whole number of at least 1`);
  const { ended, open } = count(tables, policy, longest);
  if (open > 0)
    throw new InputError(
      `the trajectories cannot be enumerated: episodes need not end within ${longest} steps, by which ` +
        `${amount(ended)} trajectories have ended and ${amount(open)} go on`,
    );
  if (ended > most)
    throw new InputError(
      `the trajectories cannot be enumerated: there are ${amount(ended)}, and at most ${amount(most)} are allowed`,
    );
}

const amount = (n: number): string =>
  n < 1e9 ? String(n).replace(/\B(?=(\d{3})+$)/g, ",") : n.toExponential(1).replace("e+", "e");

/**
 * A trajectory drawn by chance. After `longest` steps (default 10,000) it is cut off, and not `terminated`.
 *
 * @param policy π(a|s) [states × actions]
 */
export function sampleTrajectory(
  mdp: Mdp,
  policy: ArrayLike<number>,
  generator: Generator,
  { longest = 10_000 }: Pick<Limits, "longest"> = {},
): Trajectory {
  const tables = readTables(mdp);
  const { states, actions: count, start, outcomes } = tables;
  assertPolicy(policy, tables);
  const trajectory = { states: [] as number[], actions: [] as number[], nextStates: [] as number[] };
  const rewards: number[] = [];
  let state = draw(states, (s) => start[s], generator);
  let probability = start[state];
  let terminated = false;
  while (!terminated && rewards.length < longest) {
    const action = draw(count, (a) => policy[state * count + a], generator);
    const row = outcomes[state * count + action];
    const outcome = row[draw(row.length, (i) => row[i].probability, generator)];
    probability *= policy[state * count + action] * outcome.probability;
    trajectory.states.push(state);
    trajectory.actions.push(action);
    trajectory.nextStates.push(outcome.next);
    rewards.push(outcome.reward);
    [state, terminated] = [outcome.next, outcome.terminated];
  }
  return { probability, ...trajectory, rewards: Float64Array.from(rewards), terminated };
}

/** One of 0 … n − 1 with these probabilities. */
function draw(n: number, probability: (i: number) => number, generator: Generator): number {
  const u = generator.random();
  let sum = 0;
  let last = 0;
  for (let i = 0; i < n; i++) {
    if (!(probability(i) > 0)) continue;
    sum += probability(i);
    last = i;
    if (sum > u) break;
  }
  return last;
}
