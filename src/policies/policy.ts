// What a policy is: as a user acts with it, and as algorithms train it.

import type { ActionHead, Distribution, GaussianOptions } from "../distributions/index.ts";
import type { Action, ActionOf, Observation, ObservationOf } from "../envs/index.ts";
import type { Moments } from "../math/moments.ts";
import type { MlpOptions, Parameter } from "../nn/index.ts";
import type { ActionMask, Space } from "../spaces/index.ts";
import { input, type Engine, type Tensor, type Variable } from "../tensor/index.ts";

/** What a policy is asked along with an observation. */
export interface PolicyQuery {
  /** Which choices are allowed (1 or true), for a policy that was trained with action masks. Default: all. */
  readonly mask?: ActionMask;
}

/**
 * A trained (or training) policy, as a user acts with it. `O` and `A` are the observations and actions of the
 * environment that it was trained on, as types: see {@link PolicyOf}.
 */
export interface Policy<O = Observation, A = Action> {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /**
   * The action for one observation of the environment (not normalized: the policy does that): sampled from π(·|s), or
   * its mode if `deterministic` (default false); of a Gaussian, the action that its mean stands for. It lies in the
   * action space: what a Gaussian draws beyond a bound is clipped, unless it is squashed. An array is fresh in each call.
   *
   * @throws InputError when the observation is not one of the observation space (what lies a rounding beyond a bound is
   *   clipped), the mask does not fit or leaves no
   *   choice, or the policy was trained without masks
   */
  act(observation: O, options?: { deterministic?: boolean } & PolicyQuery): A;
  /** Numbers that the policy remembers from one `act` to the next: 0 without memory. */
  readonly stateSize: number;
  /**
   * V(s), the critic's estimate of the discounted return from the observation on (of normalized rewards, if they were).
   */
  value(observation: O): number;
  /**
   * π(·|s) of all choices, in the order of the action space: those of a MultiDiscrete space one component after
   * another, for a MultiBinary one the probability of each 1.
   *
   * @throws InputError for a Box of actions, where there are densities: see `gaussian`
   */
  probabilities(observation: O, options?: PolicyQuery): Float32Array;
  /**
   * μ and σ of each component, for a Box of actions: of the draw that becomes an action, in its own units (see `kind`
   * of {@link GaussianOptions}).
   *
   * @throws InputError for the other spaces: see `probabilities`
   */
  gaussian(observation: O): { mean: Float32Array; std: Float32Array };
  /** Fixes the numbers that `act` draws. */
  seed(seed: number): void;
  /**
   * Forgets what a policy with memory has seen: to be called when an episode begins. Without memory it does nothing.
   */
  reset(): void;
}

/** Observations of what a source makes; a vector may come as a plain array too. */
type Seen<Source, O = ObservationOf<Source>> = O extends Float32Array | Int32Array ? O | readonly number[] : O;

/**
 * The policy for an environment: `PolicyOf<"CartPole-v1">` acts on a Float32Array and answers a number; `PolicyOf<typeof
 * snake>` takes what the factory `snake` makes.
 */
export type PolicyOf<Source> = Policy<Seen<Source>, ActionOf<Source>>;

/** A policy as algorithms train it: with its networks, its variables and the engine that holds them. */
export interface ActorCritic<O = Observation, A = Action> extends Policy<O, A> {
  /** Where the weights are kept and programs are compiled. */
  readonly engine: Engine;
  /** How its networks were made; "custom" if by a function of the user. */
  readonly architecture: MlpOptions | "custom";
  /** How draws become actions and how log σ is learned, for a Box of actions. */
  readonly gaussianOptions: GaussianOptions;
  /** All trained parameters: the actor's, then the critic's. */
  readonly parameters: readonly Parameter[];
  /** The parameters' variables. */
  readonly weights: readonly Variable[];
  /** Variables of the policy, including those of a shared trunk and of log σ. */
  readonly actorVariables: readonly Variable[];
  /** Variables that only the value function uses. */
  readonly criticVariables: readonly Variable[];
  /** Numbers per encoded observation. */
  readonly observationSize: number;
  /** Numbers per stored action: see {@link ActionHead}. */
  readonly actionSize: number;
  /** Numbers that give π(·|s): see {@link Distribution}. */
  readonly distributionSize: number;
  /** Choices that the environment's masks can forbid; 0 if it has no masks. */
  readonly maskSize: number;
  /** Turns network outputs into a distribution over actions. */
  readonly head: ActionHead;
  /** Moments of the observations, where they are normalized. */
  readonly normalizer: Moments | undefined;
  /**
   * Observations as the network sees them [rows, observationSize] → π and V. Masks [rows, maskSize] where there are
   * any; with a memory, its state before the step [rows, stateSize].
   */
  forward(observations: Tensor, masks?: Tensor, state?: Tensor): Forward;
}

/** {@link PolicyOf}, as algorithms train it. */
export type ActorCriticOf<Source> = ActorCritic<Seen<Source>, ActionOf<Source>>;

/** What a policy says of rows of observations. */
export interface Forward {
  readonly distribution: Distribution;
  /** [rows] */
  readonly value: Tensor;
  /** What it remembers after the step, where it has a memory: [rows, stateSize]. */
  readonly state: Tensor | undefined;
}

/**
 * The inputs that {@link ActorCritic.forward} takes besides observations; undefined if the policy has no masks, or no
 * memory.
 */
export const maskInput = ({ maskSize }: ActorCritic): Tensor | undefined =>
  maskSize > 0 ? input("mask", ["rows", maskSize]) : undefined;
/** The input for the state of a policy with memory; undefined without memory. */
export const stateInput = ({ stateSize }: ActorCritic): Tensor | undefined =>
  stateSize > 0 ? input("state", ["rows", stateSize]) : undefined;
