// The contract between an environment and everything that learns from it: Gymnasium's, in TypeScript.
import { elementSize, type Space } from "../spaces/index.ts";
import type { Drawing } from "./drawing.ts";

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

/** Whatever else an environment wants to tell; nothing learns from it. */
export type Info = Record<string, unknown>;

/** What one step gives. */
export interface Step<O = Observation> {
  /** The observation that follows the action, also where the episode ends with it. */
  observation: O;
  /** A finite number. */
  reward: number;
  /** The episode ended in a state whose value is 0 by definition: a goal, a crash. */
  terminated: boolean;
  /** The episode was cut off, by a time limit say: what would have followed still has a value. */
  truncated: boolean;
  info: Info;
}

/**
 * An environment: a world of one agent, with discrete time.
 *
 * An episode begins with `reset` and goes on by `step` until one gives `terminated` or `truncated`.
 *
 * Required: both spaces, `reset` and `step`. The rest is for speed and comfort.
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
export interface Env<O = Observation, A = Action> {
  /** Which observations there are; the same object, or an equal one, for the environment's whole life. */
  readonly observationSpace: Space;
  /** Which actions there are. */
  readonly actionSpace: Space;
  /**
   * Begins an episode, from any point.
   *
   * @param seed with it, everything random from here on follows from the seed alone: the same seed and the same actions
   *   give the same episode. Without it, the environment's generator goes on where it is.
   */
  reset(seed?: number): { observation: O; info: Info };
  /**
   * Acts.
   *
   * @param action an element of `actionSpace`; to be read, neither kept nor changed
   * @param out an object of an earlier step (or of {@link createStep}) to write into and return, so that nothing is
   *   allocated. An environment may ignore it. Without it, what is returned (its observation too) is fresh and never
   *   written to again.
   */
  step(action: A, out?: Step<O>): Step<O>;
  /**
   * Which actions are allowed now, after `reset` or a step that did not end the episode: non-zero where allowed, `n`
   * numbers for a Discrete space, Σ counts for MultiDiscrete (one component after the other), at least one of each
   * component allowed. To be read at once: the array may be reused. Optional; without it all are allowed.
   */
  actionMask?(): ArrayLike<number>;
  /**
   * The whole state between two steps, as an object that survives JSON. Optional, together with `setState`: without
   * them a checkpoint replays the episode from its seed, which takes a moment longer and asks for nothing but
   * determinism.
   */
  getState?(): unknown;
  /** Returns to a state that `getState` gave, of this environment or of another with the same options. */
  setState?(state: unknown): void;
  /**
   * True where observations or rewards also depend on earlier episodes, as running normalization makes them: then not
   * the seed alone decides an episode, but seed and state, and there must be a `getState`.
   */
  readonly adapts?: boolean;
  /** What the episode looks like now. Optional; `polgrad watch` shows it. */
  draw?(): Drawing;
  /** Frees what the environment holds outside of the JavaScript heap. */
  close?(): void;
}

/** How an environment enters the list of names. */
export interface EnvSpec {
  /** The name with its version, as in "CartPole-v1". */
  id: string;
  /**
   * Makes one. May be asynchronous, so that the code of a heavy environment loads when it is first made. The options
   * are the user's and unchecked: throw InputError about what is wrong with them.
   */
  make(options: Record<string, unknown>): Env | Promise<Env>;
  /** Steps after which an episode is truncated. Default: never. */
  maxEpisodeSteps?: number;
  /** The mean return over 100 episodes at which the environment counts as solved. Default: there is none. */
  rewardThreshold?: number;
  /** One line about it. */
  summary: string;
  /** True for the ones that only test algorithms: lists show them apart. */
  forTests?: boolean;
}

/** An environment in a module: its default export, or the named one, given `options` if it is a function or class. */
export interface EnvModule {
  /** An absolute URL, or a bare package name. */
  module: string | URL;
  /** Default: "default". */
  export?: string;
  options?: Record<string, unknown>;
}

/** Where environments come from: an id, a factory (no worker or resumed run can use that one), or a module. */
export type EnvSource = string | (() => Env | Promise<Env>) | EnvModule;

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
