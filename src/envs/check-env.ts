// Plays an environment and reports everything that is wrong with it, before anybody trains on it.
import { isPromise, runToEnd, whenDone, type Awaitable } from "../awaitable.ts";
import { InputError } from "../errors.ts";
import { copyOf } from "../globals.ts";
import { createGenerator, type Generator as RandomGenerator } from "../random/index.ts";
import { elementSize, maskProblem, sample, type Space } from "../spaces/index.ts";
import { pack, unpack } from "../packing.ts";
import { messageOf, valueText } from "../text/values.ts";
import type { Action, AsyncEnv, Env, Info, Observation, Step } from "./env.ts";
import { envShapeProblems } from "./env-shape.ts";
import { observationProblem, resultProblem, stepProblems } from "./problems.ts";

const episodeCount = 3;
const maxSteps = 100; // of each episode, at most

/**
 * Checks the whole contract of {@link Env} by playing a few short episodes with random actions: spaces, observations
 * within their space, finite rewards, boolean flags, that a seed determines an episode, that `step(action, out)`
 * returns what `step(action)` returns whatever `out` held, that one which `stepsInPlace` keeps no action, that actions
 * are not changed, that a mask allows something (only allowed actions are played), that returned observations are not
 * modified later, and that `setState` restores what `getState` returned.
 *
 * @returns nothing or, of an environment that answers later, a promise: await it
 * @throws InputError that lists every problem found
 */
export function checkEnv<O, A>(env: Env<O, A>): void;
export function checkEnv(env: unknown): Awaitable<void>;
export function checkEnv(env: unknown): Awaitable<void> {
  return whenDone(envProblems(env), assertNone);
}

function assertNone(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const list = problems.map((problem) => `- ${problem}`).join("\n");
  throw new InputError(`the environment breaks the contract:\n${list}`);
}

/**
 * The problems that {@link checkEnv} finds, as a list of sentences; empty for a sound environment. A promise of it, if the
 * environment answers later.
 */
export function envProblems<O, A>(env: Env<O, A>): string[];
export function envProblems(env: unknown): Awaitable<string[]>;
export function envProblems(env: unknown): Awaitable<string[]> {
  return runToEnd(findProblems(env));
}

/** Yields what the environment answers, and gets back what that comes to. */
type Slices<T> = Generator<unknown, T>;

function* findProblems(env: unknown): Slices<string[]> {
  const shape = envShapeProblems(env);
  if (shape.length > 0) return shape;
  const check: Check = { env: env as AsyncEnv, problems: new Set(), doing: "" };
  const { problems } = check;
  try {
    // Reports the first problems alone: after them, comparing two episodes means nothing.
    for (let seed = 0; seed < episodeCount && problems.size === 0; seed++) {
      const rewind = yield* rewinder(check, seed);
      const episode = yield* play(check, seed);
      if (problems.size > 0) break;
      yield rewind();
      compare(check, episode, yield* play(check, seed), "reset(seed) with the same seed, then the same actions,");
      yield rewind();
      compare(check, episode, yield* play(check, seed, { withOut: true }), outIsAnother);
      if (check.env.stepsInPlace) {
        yield rewind();
        compare(check, episode, yield* play(check, seed, { reuseAction: true }), actionsAreOneArray);
      }
      if (check.env.getState) yield* checkState(check, seed);
    }
  } catch (error) {
    problems.add(`${check.doing} threw ${String(error)}`);
  }
  return [...problems];
}

const outIsAnother = "step(action, out) instead of step(action), with what another step left in out,";
const actionsAreOneArray =
  "stepsInPlace is true, but one array for all actions (a copy of what is kept, action.slice(), would do)";

/** Restores the current state of an environment that adapts; for others the seed alone determines an episode. */
function* rewinder(check: Check, seed: number): Slices<() => Awaitable<void>> {
  const { env } = check;
  if (!env.adapts) return () => {};
  check.doing = `reset(${seed}), getState() or setState(state)`;
  yield env.reset(seed);
  const state = env.getState!();
  return () => env.setState!(copyOf(state));
}

/** What a call comes to. */
function* answer<T extends First | Step>(given: Awaitable<T>): Slices<T> {
  return isPromise(given) ? ((yield given) as T) : given;
}

type First = { observation: Observation; info: Info };

interface Check {
  readonly env: AsyncEnv;
  readonly problems: Set<string>;
  /** What is being called, for errors that the environment throws. */
  doing: string;
}

interface Outcome {
  observation: Observation;
  /** What is allowed afterwards, where the environment has masks and the episode goes on. */
  mask: number[] | undefined;
  reward: number;
  terminated: boolean;
  truncated: boolean;
}

/**
 * Plays one episode from `seed`, checks each result on its own, and returns copies of all, that of reset first.
 *
 * @param how `withOut`: with an `out` that holds what another step might have left there; `reuseAction`: every action
 *   in the same array
 */
function* play(check: Check, seed: number, { withOut = false, reuseAction = false } = {}): Slices<Outcome[]> {
  const { env, problems } = check;
  const generator = createGenerator(seed);
  check.doing = `reset(${seed})`;
  const start = yield* answer(env.reset(seed));
  if (!isResult(check, start)) return [];
  checkObservation(check, start.observation);
  const outcomes: Outcome[] = [
    { observation: copy(start.observation), mask: readMask(check), reward: 0, terminated: false, truncated: false },
  ];
  const given = [start.observation];
  const leftovers = createGenerator(seed);
  const hand = reuseAction ? oneArray(env.actionSpace) : (action: Action) => action;
  for (let t = 1; t <= maxSteps && problems.size === 0; t++) {
    const action: Action = sample(env.actionSpace, generator, outcomes[t - 1].mask);
    const handed = hand(action);
    const text = valueText(action);
    check.doing = `step(${text}${withOut ? ", out" : ""}), number ${t} after reset(${seed}),`;
    const out = withOut ? leftover(env.observationSpace, leftovers) : undefined;
    const result = yield* answer(env.step(handed, out));
    if (valueText(handed) !== text) problems.add(`${check.doing} changed the action to ${valueText(handed)}`);
    if (!isResult(check, result)) break;
    checkObservation(check, result.observation);
    for (const problem of stepProblems(result)) problems.add(`${check.doing} went wrong: ${problem}`);
    outcomes.push(outcomeOf(check, result));
    if (!withOut) given.push(result.observation);
    if (result.terminated || result.truncated) break;
  }
  const reused = typeof given[0] === "object" && new Set(given).size < given.length;
  if (
    reused ||
    given.some((observation, t) => t < outcomes.length && !same(copy(observation), outcomes[t].observation))
  ) {
    problems.add(
      "a returned observation is written to again later: without out, each must be a fresh array " +
        "(observation.slice() will do)",
    );
  }
  return outcomes;
}

/** An `out` as another step might have left it. */
const leftover = (space: Space, generator: RandomGenerator): Step => ({
  observation: sample(space, generator),
  reward: 1 + generator.random(),
  terminated: true,
  truncated: true,
  info: {},
});

/** Copies each action into the same array. */
function oneArray(space: Space): (action: Action) => Action {
  const array = space.kind === "box" ? new Float32Array(elementSize(space)) : new Int32Array(elementSize(space));
  return (action) => {
    if (typeof action === "number") return action;
    array.set(action);
    return array;
  };
}

/** Plays with an interruption: the way on from a saved state must be the same a second time. */
function* checkState(check: Check, seed: number): Slices<void> {
  const { env, problems } = check;
  const generator = createGenerator(seed);
  check.doing = "stepping before getState()";
  yield env.reset(seed);
  let mask = readMask(check);
  for (let t = 0; t < 5; t++) {
    const { terminated, truncated } = yield* answer(env.step(sample(env.actionSpace, generator, mask)));
    if (terminated || truncated) yield env.reset();
    mask = readMask(check);
  }
  check.doing = "getState()";
  const kept = keptState(env.getState!());
  if (kept instanceof InputError) {
    problems.add(`getState() returns what a checkpoint cannot keep: ${kept.message}`);
    return;
  }
  const actions: Action[] = [];
  function* goOn(): Slices<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let t = 0; t < 25; t++) {
      actions[t] ??= sample(env.actionSpace, generator, t === 0 ? mask : outcomes[t - 1].mask);
      outcomes.push(outcomeOf(check, yield* answer(env.step(actions[t]))));
      if (outcomes[t].terminated || outcomes[t].truncated) break;
    }
    return outcomes;
  }
  check.doing = "step(action) after getState()";
  const expected = yield* goOn();
  check.doing = "setState(state), or a step after it,";
  yield env.setState!(kept());
  if (!same(mask, readMask(check))) {
    problems.add("setState(state) with a state of getState() leads to a different action mask");
  }
  compare(check, expected, yield* goOn(), "setState(state) with a state of getState()");
}

/** Makes copies of a state as a checkpoint gives them back; an error if it cannot keep the state. */
function keptState(state: unknown): (() => unknown) | InputError {
  try {
    const { tree, arrays } = pack(copyOf(state) ?? null, "state");
    return () => copyOf(unpack(tree, arrays));
  } catch (error) {
    return new InputError(messageOf(error), { cause: error });
  }
}

function isResult(check: Check, result: unknown): boolean {
  const problem = resultProblem(check.doing, result);
  if (problem !== null) {
    check.problems.add(problem);
  } else if (typeof (result as { info?: unknown }).info !== "object") {
    check.problems.add(`${check.doing} returned no info: it must be an object, {} if there is nothing to report`);
  } else {
    return true;
  }
  return false;
}

function checkObservation({ env, problems, doing }: Check, observation: unknown): void {
  const problem = observationProblem(env.observationSpace, observation);
  if (problem) problems.add(`${doing} went wrong: ${problem}`);
}

/** A copy of the current mask; undefined if the environment has none, or returns a wrong one. */
function readMask({ env, problems, doing }: Check): number[] | undefined {
  if (!env.actionMask) return undefined;
  const mask = env.actionMask();
  const problem = maskProblem(env.actionSpace, mask);
  if (problem === null) return Array.from(mask, (entry) => (entry ? 1 : 0));
  problems.add(`${doing} left the environment in a wrong state: ${problem}`);
  return undefined;
}

function compare({ problems }: Check, a: readonly Outcome[], b: readonly Outcome[], what: string): void {
  for (let t = 0; t < Math.min(a.length, b.length); t++) {
    const part = (["observation", "mask", "reward", "terminated", "truncated"] as const).find(
      (key) => !same(a[t][key], b[t][key]),
    );
    if (part !== undefined) {
      problems.add(
        `${what} leads to a different ${part === "mask" ? "action mask" : part} (${valueText(a[t][part])}, then ${valueText(b[t][part])})`,
      );
      return;
    }
  }
  if (a.length !== b.length)
    problems.add(`${what} leads to an episode of a different length (${a.length}, then ${b.length})`);
}

function outcomeOf(check: Check, { observation, reward, terminated, truncated }: Step): Outcome {
  const mask = terminated || truncated ? undefined : readMask(check);
  return { observation: copy(observation), mask, reward, terminated, truncated };
}

/** An observation as learners see it, and out of the environment's reach. */
const copy = (observation: Observation): Observation =>
  typeof observation === "object" && observation !== null
    ? Float32Array.from(observation as ArrayLike<number>)
    : observation;

/** Deep equality of plain data. 0 and −0 are equal, which JSON confuses. */
function same(a: unknown, b: unknown): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const keys = Object.keys(a);
  const [left, right] = [a, b] as { [key: string]: unknown }[];
  return keys.length === Object.keys(b).length && keys.every((key) => key in right && same(left[key], right[key]));
}
