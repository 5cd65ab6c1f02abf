// What learns: a player, and what is counted and normalized over all of its environments together.

import type { VectorEnv } from "../envs/index.ts";
import { updateMoments, type Moments } from "../math/moments.ts";
import type { ActorCritic } from "../policies/index.ts";
import type { SeedSequence } from "../random/index.ts";
import type { EndedEpisode } from "./collect.ts";
import type { Crew } from "./crew.ts";
import { createPlayer, type Player, type PlayerState } from "./player.ts";
import { createRewardScaler, type RewardScalerState } from "./reward-scaler.ts";
import type { Rollout } from "./rollout.ts";

/** An episode that has ended: `step` counts the environment steps of the whole run up to its end. */
export interface FinishedEpisode {
  readonly return: number;
  readonly length: number;
  readonly step: number;
}

export interface AgentOptions {
  readonly vector: VectorEnv;
  readonly policy: ActorCritic;
  /** Where actions are drawn from: environment i has a stream of its own, child i. */
  readonly actions: SeedSequence;
  /** Discount of the return whose variance scales the rewards; undefined leaves rewards as they are. */
  readonly normalizeRewards?: { readonly gamma: number };
  /**
   * Other threads that play further environments, behind those of `vector`; such an agent learns from rollouts alone.
   */
  readonly crew?: Crew;
}

/** An agent learns from single steps (`step`) or from rollouts (see `collect`). */
export interface Agent {
  /** What this thread plays: all environments, or the first ones. */
  readonly player: Player;
  readonly crew: Crew | undefined;
  /** `[n]`: rewards of the last `step`, normalized if asked for. */
  readonly rewards: Float64Array;
  /** Environment steps so far, over all environments. */
  steps: number;
  /** Episodes that ended since the list was last emptied by whoever reads it. */
  readonly finished: FinishedEpisode[];
  /** Starts the environments. */
  reset(): void;
  /** One step in each environment; the normalizer takes in what was observed. */
  step(): void;
  /**
   * After a rollout: counts its steps and episodes, normalizes its rewards, and lets the normalizer take in what was
   * observed.
   */
  takeIn(rollout: Rollout, ended: readonly EndedEpisode[]): void;
  getState(): AgentState;
  setState(state: AgentState): void;
}

export interface AgentState {
  readonly steps: number;
  readonly player: PlayerState;
  readonly observationMoments?: Moments;
  readonly rewards?: RewardScalerState;
}

export function createAgent({ vector, policy, actions, normalizeRewards, crew }: AgentOptions): Agent {
  const n = crew?.environments ?? vector.size;
  const player = createPlayer(vector, policy, actions.spawn(vector.size));
  const { normalizer } = policy;
  const scaler = normalizeRewards && createRewardScaler(n, normalizeRewards.gamma);
  const rewards = scaler ? new Float64Array(n) : vector.rewards;

  const takeInObservations = (observations: Float32Array, rows: number): void => {
    if (!normalizer) return;
    updateMoments(normalizer, observations, rows);
    player.observe();
  };

  const finish = (t: number, e: Omit<EndedEpisode, "t">): number =>
    agent.finished.push({ return: e.return, length: e.length, step: agent.steps + t * n + e.environment + 1 });

  const agent: Agent = {
    player,
    crew,
    rewards,
    steps: 0,
    finished: [],
    reset() {
      player.reset();
      const first = crew ? Float32Array.from([...vector.observations, ...crew.reset()]) : vector.observations;
      takeInObservations(first, n);
    },
    step() {
      player.step();
      for (const episode of vector.finished) finish(0, episode);
      agent.steps += n;
      scaler?.scale(vector.rewards, vector.terminated, vector.truncated, rewards);
      takeInObservations(vector.observations, n);
    },
    takeIn(rollout, ended) {
      for (const episode of ended) finish(episode.t, episode);
      agent.steps += rollout.steps * n;
      scaler?.scaleAll(rollout);
      if (rollout.rawObservations) takeInObservations(rollout.rawObservations, rollout.steps * n);
    },
    getState: () => ({
      steps: agent.steps,
      player: crew ? crew.joinState(player.getState()) : player.getState(),
      observationMoments: normalizer && structuredClone(normalizer),
      rewards: scaler?.getState(),
    }),
    setState(state) {
      agent.steps = state.steps;
      if (normalizer && state.observationMoments) Object.assign(normalizer, structuredClone(state.observationMoments));
      player.setState(crew ? crew.splitState(state.player) : state.player);
      if (state.rewards) scaler?.setState(state.rewards);
    },
  };
  return agent;
}
