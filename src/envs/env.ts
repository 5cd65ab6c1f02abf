// The contract between an environment and everything that learns from it: Gymnasium's, in TypeScript.
import type { Awaitable } from "../awaitable.ts";
import { elementSize, type ActionMask, type Space } from "../spaces/index.ts";
import type { Drawing } from "./drawing.ts";
import type { Mdp } from "./mdp.ts";

/**
 * What an agent sees: for a Box space a flat (row-major) array of its components, for Discrete a whole number, for
 * MultiDiscrete and MultiBinary an array of whole numbers. Environments of this library give Float32Array and
 * Int32Array; a plain array of numbers does as well.
 */
export type Observation = Float32Array | Int32Array | readonly number[] | number;

/**
 * What an agent does: for a Discrete space one of its whole numbers, for a Box a flat Float32Array within its bounds,
 * for MultiDiscrete and MultiBinary an Int32Array.
 */
export type Action = number | Float32Array | Int32Array;

/**
 * Anything else that an environment reports; no algorithm reads it. Numbers, true and false in the info of the step that
 * ends an episode (success, a score) are logged, and their means are among a training's metrics: of `success` as
 * "info.success", the share of episodes that had it true.
 */
export type Info = Record<string, unknown>;

/** The result of one step. */
export interface Step<O = Observation> {
  /** The observation that follows the action, also where the episode ends with it. */
  observation: O;
  /** A finite number. */
  reward: number;
  /** The episode ended in a state whose value is 0 by definition: a goal, a crash. */
  terminated: boolean;
  /** The episode was cut off, for example by a time limit: its last state still has a value. */
  truncated: boolean;
  /** Diagnostics of the environment, {} if there are none. */
  info: Info;
}

/** What every environment has, however it answers. */
export interface EnvParts {
  /** The observations that it can return; always the same object, or an equal one. */
  readonly observationSpace: Space;
  /** The actions that it accepts. */
  readonly actionSpace: Space;
  /**
   * True if nothing needs to be allocated to step it: whoever steps it may hand it one and the same array for every
   * action, because it keeps none (it copies what it remembers), and one and the same `out`, because it writes all of it,
   * `truncated: false` too. Default false.
   */
  readonly stepsInPlace?: boolean;
  /**
   * The actions that are allowed now, after `reset` or a step that did not end the episode: 1 or true where allowed, `n`
   * entries for a Discrete space, Σ counts for MultiDiscrete (one component after the other), with at least one allowed
   * choice in each component. Read it at once: the array may be reused. Optional; without it all actions are allowed.
   */
  actionMask?(): ActionMask;
  /**
   * The whole state between two steps, as an object that survives JSON. Optional, together with `setState`: without
   * them a checkpoint replays the episode from its seed, which takes a little longer and requires only determinism.
   */
  getState?(): unknown;
  /**
   * True if observations or rewards also depend on earlier episodes, as with running normalization. An episode is then
   * determined by seed and state together, not by the seed alone, and there must be a `getState`.
   */
  readonly adapts?: boolean;
  /** A picture of the current state. Optional; `polgrad watch` shows it. */
  draw?(): Drawing;
  /**
   * The environment as tables, where it is a finite Markov decision process whose observations are its states: what
   * `exact` computes with. A time limit is no part of them.
   */
  readonly mdp?: Mdp;
  /** Frees what the environment holds outside the JavaScript heap. */
  close?(): void;
}

/**
 * An environment: a world of one agent, with discrete time.
 *
 * An episode begins with `reset` and continues with `step` until a step returns `terminated` or `truncated`.
 *
 * Both spaces, `reset` and `step` are required. The rest is optional.
 *
 * @example
 * ```ts
 * // Guess the parity: observe 0 or 1, answer with the same.
 * import { createGenerator, discrete, type Env } from "polgrad";
 *
 * export default function parity(): Env<number, number> {
 *   let generator = createGenerator(0);
 *   let state = 0;
 *   return {
 *     observationSpace: discrete(2),
 *     actionSpace: discrete(2),
 *     reset(seed) {
 *       if (seed !== undefined) generator = createGenerator(seed);
 *       state = generator.random() < 0.5 ? 0 : 1;
 *       return { observation: state, info: {} };
 *     },
 *     step(action) {
 *       return { observation: state, reward: action === state ? 1 : 0, terminated: true, truncated: false, info: {} };
 *     },
 *   };
 * }
 * ```
 */
export interface Env<O = Observation, A = Action> extends EnvParts {
  /**
   * Begins an episode, whether or not the last one has ended.
   *
   * @param seed determines everything random from here on: the same seed and the same actions give the same episode.
   *   Without it, the environment's generator continues from its current state.
   */
  reset(seed?: number): { observation: O; info: Info };
  /**
   * Takes one action.
   *
   * @param action an element of `actionSpace`, which the environment does not change. An array is fresh in each call,
   *   so that it may be kept, unless the environment `stepsInPlace`.
   * @param out only of an environment that `stepsInPlace`: an object of an earlier step (or of {@link createStep}) to
   *   write into and return. It may be ignored. Without it, the result and its observation are fresh objects that are
   *   never written to again.
   */
  step(action: A, out?: Step<O>): Step<O>;
  /** Restores a state that `getState` returned, of this environment or of another one with the same options. */
  setState?(state: unknown): void;
}

/**
 * An environment whose `reset` or `step` may answer later, with a promise: a game server, a simulator in another process,
 * a page in a browser. Whatever trains, evaluates or checks an environment takes it too; of several, all are at work at
 * once. With the same answers a seed gives the same bits, however long each takes.
 *
 * All else is as in {@link Env}. A checkpoint asks `getState` between steps, and needs the answer at once: where the state
 * lies elsewhere, leave `getState` and `setState` out, and a resumed run replays the open episodes from their seeds.
 *
 * @example
 * ```ts
 * import { box, discrete, type AsyncEnv } from "polgrad";
 *
 * export default function game(): AsyncEnv<number[], number> {
 *   const call = async (path: string, body: object) =>
 *     (await fetch(`http://localhost:8080/${path}`, { method: "POST", body: JSON.stringify(body) })).json();
 *   return {
 *     observationSpace: box(-1, 1, [8]),
 *     actionSpace: discrete(4),
 *     reset: (seed) => call("reset", { seed }),
 *     step: (action) => call("step", { action }),
 *   };
 * }
 * ```
 */
export interface AsyncEnv<O = Observation, A = Action> extends EnvParts {
  /** As in {@link Env}, or a promise of it. */
  reset(seed?: number): Awaitable<{ observation: O; info: Info }>;
  /** As in {@link Env}, or a promise of it. */
  step(action: A, out?: Step<O>): Awaitable<Step<O>>;
  /** As in {@link Env}, or a promise for when it is done. */
  setState?(state: unknown): Awaitable<void>;
}

/** What registers an environment under a name. */
export interface EnvSpec {
  /** The name with its version, as in "CartPole-v1". */
  id: string;
  /**
   * Makes one. May be asynchronous, so that the code of a large environment loads when it is first made. The options
   * come from the user unchecked: throw InputError for invalid ones.
   */
  make(options: Record<string, unknown>): AsyncEnv | Promise<AsyncEnv>;
  /** Steps after which an episode is truncated. Default: never. */
  maxEpisodeSteps?: number;
  /** The mean return over 100 episodes at which the environment counts as solved. Default: none. */
  rewardThreshold?: number;
  /** One line that describes it. */
  summary: string;
  /** True for environments that only test algorithms; lists show them separately. */
  forTests?: boolean;
}

/** An object for `step(action, out)` to write into: its observation has the size and type of the space. */
export function createStep(observationSpace: Space): Step {
  return {
    observation: emptyObservation(observationSpace),
    reward: 0,
    terminated: false,
    truncated: false,
    info: {},
  };
}

function emptyObservation(space: Space): Observation {
  if (space.kind === "discrete") return space.start;
  return space.kind === "box" ? new Float32Array(elementSize(space)) : new Int32Array(elementSize(space));
}
