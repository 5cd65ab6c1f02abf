// What plays in a training: a player, those on other threads, and what is counted and normalized over all of their
// environments together.

import { cannotWait, runAtOnce } from "../awaitable.ts";
import type { OwnValues, VectorEnv } from "../envs/index.ts";
import { assertEnds } from "../envs/endless.ts";
import { InputError } from "../errors.ts";
import { copyOf } from "../globals.ts";
import { restoreMoments, updateMoments, type Moments } from "../math/moments.ts";
import type { ActorCritic } from "../policies/index.ts";
import type { SeedSequence } from "../random/index.ts";
import type { RemotePlayers } from "./remote-players.ts";
import { createPlayer, resizedPlayerState, type Player, type PlayerState } from "./player.ts";
import { createRecorder, type EndedEpisode } from "./record.ts";
import { createRewardScaler, type RewardScalerState } from "./reward-scaler.ts";
import { createRollout, enlarged, firstSteps, type Rollout } from "./rollout.ts";

/** An episode that has ended: `step` counts the environment steps of the whole run up to its end. */
export interface FinishedEpisode {
  readonly return: number;
  readonly length: number;
  readonly step: number;
  /** What its environment reports of it: numbers, true and false of its last `info`, as 1 and 0. */
  readonly values?: OwnValues;
}

/** What {@link createAgent} makes an agent from. */
export interface AgentOptions {
  readonly vector: VectorEnv;
  readonly policy: ActorCritic;
  /** Where actions are drawn from: environment i has a stream of its own, child i. */
  readonly actions: SeedSequence;
  /** Discount of the return whose variance scales the rewards; undefined leaves rewards as they are. */
  readonly normalizeRewards?: { readonly gamma: number };
  /** How much is played before anything is normalized. Default: 1,000 steps. */
  readonly warmUp?: { readonly steps: number; readonly episodes: number };
  /** Players of further environments, behind those of `vector`; such an agent learns from rollouts alone. */
  readonly others?: RemotePlayers;
}

/** An agent learns from single steps (`step`) or from rollouts (`collect`). */
export interface Agent {
  /** What this thread plays: all environments, or the first ones. */
  readonly player: Player;
  /** `[n]`: rewards of the last `step`, normalized if asked for. */
  readonly rewards: Float64Array;
  /** Environment steps so far, over all environments. */
  steps: number;
  /** Episodes that have ended since the list was last emptied by its reader. */
  readonly finished: FinishedEpisode[];
  /** The mean reward of a step, as the environments gave it, since the last call; NaN where there was none. */
  takeReward(): number;
  /** Starts the environments. */
  reset(): void;
  /** The same; yields where it is time to pause, and promises to be waited for. */
  resetInSlices(): Generator<unknown, void>;
  /**
   * Before the first step of a run that normalizes: plays so many steps as normalizing well needs, and learns nothing
   * else from them. `collect` and `collectEpisode` see to it themselves.
   */
  warmUp(): Generator<unknown, void>;
  /** One step in each environment; the normalizer takes in what was observed. */
  step(): void;
  /**
   * The same, but it returns false where it is time to pause, or to wait for what is `pending`; called again it goes on,
   * and it returns true at the end.
   */
  stepSome(): boolean;
  /** What to wait for after `stepSome` returned false, or after `setState`: environments that answer later. */
  pending(): Promise<void> | undefined;
  /**
   * Takes `rollout.steps` steps in every environment and records them; yields where it is time to pause, and promises to
   * be waited for.
   *
   * The observation normalizer holds still meanwhile, and takes in what was observed at the end: so a rollout is of one
   * policy, and an environment's part in it does not depend on the others.
   */
  collect(rollout: Rollout): Generator<unknown, void>;
  /**
   * Plays to the end of the current episode of a single environment, at whose beginning it must be, and records it as a
   * rollout of its own length; yields as `collect` does. The normalizer takes in each observation.
   *
   * @param who needs whole episodes, for the message
   * @throws RunError if the episode does not end
   */
  collectEpisode(who: string): Generator<unknown, Rollout>;
  /** The rollout just collected with the rewards to learn from: normalized if asked for, else as they were given. */
  scaleRewards<T extends Rollout>(rollout: T): T;
  /** Everything needed to go on with the same bits. */
  getState(): AgentState;
  /** Waits until environments are where `setState` puts them: those that answer later, and those of other threads. */
  settle(): Generator<unknown, unknown>;
  /**
   * Goes on from a state, once `settle` has come to its end.
   *
   * @throws InputError if it is of another number of environments or was normalized differently
   */
  setState(state: AgentState): void;
}

/** The state of an agent in a checkpoint; it survives JSON. */
export interface AgentState {
  readonly steps: number;
  readonly player: PlayerState;
  readonly observationMoments?: Moments;
  readonly rewards?: RewardScalerState;
}

/**
 * Steps, over all environments, that moments are of before the first observation or reward is normalized by them: 1,000,
 * or a twentieth of a shorter run. The first observations alone know little: most of what follows is far from them.
 */
export const warmUpSteps = ({ totalSteps }: { readonly totalSteps: number | null }): number =>
  Math.ceil(totalSteps === null ? 1000 : Math.min(1000, totalSteps / 20));

/** A policy at work in its environments; call `reset` before the first step. */
export function createAgent(options: AgentOptions): Agent {
  const { vector, policy, actions, normalizeRewards, others } = options;
  const { warmUp = { steps: warmUpSteps({ totalSteps: null }), episodes: Infinity } } = options;
  const n = others?.environments ?? vector.size;
  const player = createPlayer(vector, policy, actions.spawn(vector.size));
  const { normalizer } = policy;
  const scaler = normalizeRewards && createRewardScaler(n, normalizeRewards.gamma);
  const rewards = scaler ? new Float64Array(n) : vector.rewards;
  let episode: Rollout | undefined; // reused by each

  const normalizeBy = (observations: Float32Array, rows: number): void => {
    if (!normalizer) return;
    updateMoments(normalizer, observations, rows);
    player.observe();
  };

  const finish = (t: number, e: Omit<EndedEpisode, "t">): number =>
    agent.finished.push({
      return: e.return,
      length: e.length,
      step: agent.steps + t * n + e.environment + 1,
      ...(e.values && { values: e.values }),
    });

  let [rewardSum, rewardSteps] = [0, 0];
  const count = (given: Float64Array): void => {
    for (let k = 0; k < given.length; k++) rewardSum += given[k];
    rewardSteps += given.length;
  };

  /** Whether anything is to be normalized, and nothing is known yet. */
  const isCold = (): boolean => agent.steps === 0 && (normalizer !== undefined || scaler !== undefined);

  function* play(rollout: Rollout): Generator<unknown, void> {
    others?.play(rollout, normalizer);
    const recorder = createRecorder(player, rollout);
    for (let t = 0; t < rollout.steps; yield player.pending()) t = recorder.record(t, rollout.steps);
    recorder.finish();
    const ended = [...recorder.ended, ...(others ? yield* others.played() : [])];
    // By time and, within a step, by environment, so that it does not matter who played which.
    ended.sort((a, b) => a.t - b.t || a.environment - b.environment);
    for (const episode of ended) finish(episode.t, episode);
    agent.steps += rollout.steps * n;
    count(rollout.rewards);
    if (rollout.rawObservations) normalizeBy(rollout.rawObservations, rollout.steps * n);
  }

  function* playEpisode(who: string): Generator<unknown, Rollout> {
    let recorder = createRecorder(player, (episode ??= createRollout(512, 1, policy)));
    let t = 0;
    do {
      if (t === episode.steps) recorder = createRecorder(player, (episode = enlarged(episode, policy)));
      while (recorder.record(t, t + 1) === t) yield player.pending();
      t++;
      normalizeBy(vector.observations, 1);
      if (t % 256 === 0) assertEnds(t, who);
    } while (!vector.terminated[0] && !vector.truncated[0]);
    const played = firstSteps(episode, t);
    // V of the final observation, as the normalizer sees it now.
    if (!vector.terminated[0])
      player.evaluate(player.finalObservations, 1, played.nextValues.subarray(t - 1), player.finalStates);
    for (const ended of recorder.ended) finish(ended.t, ended);
    agent.steps += t;
    return played;
  }

  const agent: Agent = {
    player,
    rewards,
    steps: 0,
    finished: [],
    takeReward() {
      const reward = rewardSum / rewardSteps;
      rewardSum = rewardSteps = 0;
      return reward;
    },
    reset() {
      runAtOnce(agent.resetInSlices(), "reset()", "resetInSlices()");
    },
    *resetInSlices() {
      others?.reset();
      yield* player.resetInSlices();
      const first = others
        ? Float32Array.from([...vector.observations, ...(yield* others.resets())])
        : vector.observations;
      normalizeBy(first, n);
    },
    step() {
      while (!agent.stepSome()) if (agent.pending()) throw cannotWait("step()", "stepSome() and pending()");
    },
    stepSome() {
      if (!player.stepSome()) return false;
      for (const episode of vector.finished) finish(0, episode);
      agent.steps += n;
      count(vector.rewards);
      scaler?.scale(vector.rewards, vector.terminated, vector.truncated, rewards);
      normalizeBy(vector.observations, n);
      return true;
    },
    pending: player.pending,
    *warmUp() {
      if (!isCold()) return;
      const rollout = createRollout(Math.ceil(warmUp.steps / n), n, policy);
      yield* play(rollout);
      scaler?.scaled(rollout);
    },
    *collect(rollout) {
      if (isCold()) yield* agent.warmUp();
      yield* play(rollout);
    },
    *collectEpisode(who) {
      if (isCold())
        for (let episodes = 0; agent.steps < warmUp.steps && episodes < warmUp.episodes; episodes++)
          agent.scaleRewards(yield* playEpisode(who));
      return yield* playEpisode(who);
    },
    scaleRewards: (rollout) => (scaler ? scaler.scaled(rollout) : rollout),
    getState: () => ({
      steps: agent.steps,
      player: others ? others.joinState(player.getState()) : player.getState(),
      observationMoments: normalizer && copyOf(normalizer),
      rewards: scaler?.getState(),
    }),
    *settle() {
      yield player.pending();
      if (others) yield* others.settle();
    },
    setState(state) {
      assertSameNormalization({ normalizeObservations: !!normalizer, normalizeRewards: !!scaler }, state);
      agent.steps = state.steps;
      if (normalizer) restoreMoments(normalizer, state.observationMoments!);
      const played = state.player.actions.length === n ? state.player : resizedPlayerState(state.player, n);
      player.setState(others ? others.splitState(played) : played);
      if (state.rewards) scaler?.setState(state.rewards);
    },
  };
  return agent;
}

/** @throws InputError if a state comes from a training that normalized otherwise */
export function assertSameNormalization(
  options: { readonly normalizeObservations: boolean; readonly normalizeRewards: boolean },
  state: { readonly observationMoments?: unknown; readonly rewards?: unknown },
): void {
  for (const [option, kept] of [
    ["normalizeObservations", state.observationMoments],
    ["normalizeRewards", state.rewards],
  ] as const)
    if (options[option] !== (kept !== undefined))
      throw new InputError(
        `the checkpoint was trained ${kept === undefined ? "without" : "with"} ${option}, and this training goes ` +
          `${options[option] ? "with" : "without"} it` +
          (option === "normalizeObservations" ? " (only a Box is normalized)" : ""),
      );
}
