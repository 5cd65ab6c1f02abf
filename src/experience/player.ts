// A policy in its environments: observes, acts, steps. Whatever a row holds follows from its environment alone (its
// seeds, its stream of action numbers), and never from how many others there are.

import { cannotWait, runAtOnce } from "../awaitable.ts";
import { resizedVectorState, type VectorEnv } from "../envs/index.ts";
import { standardize } from "../math/moments.ts";
import { createInference, type ActorCritic } from "../policies/index.ts";
import { createGenerator, type GeneratorState, type SeedSequence } from "../random/index.ts";

/** All arrays hold the current step's values, one row an environment, and are overwritten by the next step. */
export interface Player {
  readonly vector: VectorEnv;
  readonly policy: ActorCritic;
  /** `[n, observationSize]`: the observations to act on, as the network sees them. */
  readonly observations: Float32Array;
  /** `[n, observationSize]`: where an episode ended in the last step, its final observation as the network sees it. */
  readonly finalObservations: Float32Array;
  /** `[n, stateSize]`: what a policy with memory remembers of the current episodes; zeros where one begins. */
  readonly states: Float32Array;
  /** `[n, stateSize]`: the same where an episode ended in the last step, before its final observation. */
  readonly finalStates: Float32Array;
  /** `[n, maskSize]`: which choices are allowed now; undefined if the environment has no masks. */
  readonly masks: Uint8Array | undefined;
  /** `[n, actionSize]`: the actions of the last step, unclipped; `[n]`: log π of them, and V where they were chosen. */
  readonly actions: Float32Array;
  readonly logProbs: Float32Array;
  readonly values: Float32Array;
  /** `[n, distributionSize]`: what gave π(·|s) where they were chosen. */
  readonly distributions: Float32Array;
  /** Starts the environments. */
  reset(): void;
  /** The same; yields where it is time to pause, and promises to be waited for. */
  resetInSlices(): Generator<unknown, void>;
  /** Sees the current observations again, with the normalizer as it is now. */
  observe(): void;
  /** Chooses an action in each environment and steps them all. */
  step(): void;
  /**
   * The same, but it returns false where it is time to pause, or to wait for what is `pending`; called again it goes on,
   * and it returns true at the end.
   */
  stepSome(): boolean;
  /** What to wait for after `stepSome` returned false, or after `setState`: environments that answer later. */
  pending(): Promise<void> | undefined;
  /** V of rows of observations [rows, observationSize] as the network sees them, with states, rows ≤ n, into `out`. */
  evaluate(observations: Float32Array, rows: number, out: Float64Array, states: Float32Array): void;
  /** Everything needed to go on with the same bits. */
  getState(): PlayerState;
  /**
   * Goes on from a state.
   *
   * @throws InputError if it is of another number of environments
   */
  setState(state: PlayerState): void;
}

/** The state of a player in a checkpoint; it survives JSON. */
export interface PlayerState {
  /** One for each environment, but for those that are new. */
  readonly actions: readonly GeneratorState[];
  /** What a policy with memory remembers. */
  readonly states?: number[];
  readonly vector: unknown;
}

/**
 * A player's state for another number of environments: the last ones are left out, or new ones are added behind them.
 */
export function resizedPlayerState(state: PlayerState, environments: number): PlayerState {
  const { actions, vector, states } = state;
  const width = (states?.length ?? 0) / actions.length;
  return {
    actions: actions.slice(0, environments),
    vector: resizedVectorState(vector, environments),
    ...(states && { states: Array.from({ length: environments * width }, (_, k) => states[k] ?? 0) }),
  };
}

/** Waits until the environments of players are where `setState` puts them. */
export function* settle(players: readonly Player[]): Generator<unknown, void> {
  for (const player of players) yield player.pending();
}

/**
 * A policy in a vector of environments.
 *
 * @param actions the seed of each environment's actions
 */
export function createPlayer(vector: VectorEnv, policy: ActorCritic, actions: readonly SeedSequence[]): Player {
  const n = vector.size;
  const inference = createInference(policy, n);
  const generators = actions.map((seed) => createGenerator(seed));
  const { normalizer } = policy;
  // Without normalization these are the vector's own arrays.
  const observations = normalizer ? new Float32Array(vector.observations.length) : vector.observations;
  const finalObservations = normalizer ? new Float32Array(vector.observations.length) : vector.finalObservations;

  let isStepping = false; // the environments, and paused
  let pending: Promise<void> | undefined; // what setState waits for
  const { stateSize } = policy;
  const states = new Float32Array(n * stateSize);
  const finalStates = new Float32Array(n * stateSize);

  const remember = (): void => {
    states.set(inference.nextStates);
    for (let i = 0; i < n; i++)
      if (vector.terminated[i] || vector.truncated[i]) {
        finalStates.set(states.subarray(i * stateSize, (i + 1) * stateSize), i * stateSize);
        states.fill(0, i * stateSize, (i + 1) * stateSize);
      }
  };

  // Two ways of the same step: what asks for pauses costs quick environments one or two percent.
  const stepAtOnce = (): boolean => {
    inference.run(observations, n, { masks: vector.actionMasks, states });
    inference.sample(n, generators);
    isStepping = !vector.stepAtOnce(inference.environmentActions);
    if (isStepping) return false;
    if (stateSize > 0) remember();
    player.observe();
    return true;
  };
  const stepInParts = (): boolean => {
    if (!isStepping) {
      inference.run(observations, n, { masks: vector.actionMasks, states });
      inference.sample(n, generators);
    }
    isStepping = !vector.stepSome(inference.environmentActions);
    if (isStepping) return false;
    if (stateSize > 0) remember();
    player.observe();
    return true;
  };

  const player: Player = {
    vector,
    policy,
    observations,
    finalObservations,
    states,
    finalStates,
    masks: vector.actionMasks,
    actions: inference.actions,
    logProbs: inference.logProbs,
    values: inference.values,
    distributions: inference.distributions,
    reset() {
      runAtOnce(player.resetInSlices(), "reset()", "resetInSlices()");
    },
    *resetInSlices() {
      yield* vector.resetInSlices();
      states.fill(0);
      isStepping = false;
      player.observe();
    },
    observe() {
      if (!normalizer) return;
      standardize(normalizer, vector.observations, n, observations);
      standardize(normalizer, vector.finalObservations, n, finalObservations);
    },
    step() {
      while (!player.stepSome()) if (player.pending()) throw cannotWait("step()", "stepSome() and pending()");
    },
    stepSome() {
      return isStepping || !vector.isQuick() ? stepInParts() : stepAtOnce();
    },
    pending: () => pending ?? vector.pending(),
    evaluate: (batch, rows, out, before) => inference.runValues(batch, rows, out, before),
    getState: () => ({
      actions: generators.map((g) => g.getState()),
      vector: vector.getState(),
      ...(stateSize > 0 && { states: Array.from(states) }),
    }),
    setState(state) {
      vector.setState(state.vector); // which refuses another number of environments
      state.actions.forEach((of, i) => generators[i].setState(of));
      isStepping = false;
      if (state.states) states.set(state.states);
      player.observe();
      pending = vector
        .pending()
        ?.then(player.observe)
        .finally(() => (pending = undefined));
      pending?.catch(() => undefined); // who waits for it is told
    },
  };
  return player;
}
