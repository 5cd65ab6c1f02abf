// Learners that play in environments: what they learn with, on one thread or several, and what a training sees of them.

import type { VectorEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import type { Learner, Setting, Stateful, Update } from "../learning/learner.ts";
import type { Minimizer } from "../learning/minimizer.ts";
import type { CreateNetworks } from "../nn/index.ts";
import { createPolicy, type ActorCritic, type PolicyOptions } from "../policies/index.ts";
import type { AttachedEngine } from "../tensor/index.ts";
import { answerCalls, type Pool } from "../threads/index.ts";
import { createAgent, warmUpSteps, type Agent, type FinishedEpisode } from "./agent.ts";
import { createPlayer } from "./player.ts";
import { playerCalls } from "./player-calls.ts";
import type { RemotePlayers } from "./remote-players.ts";

/** Options of all learners that play. */
export interface PlayingOptions extends PolicyOptions {
  readonly gamma: number;
  readonly normalizeRewards: boolean;
  readonly totalSteps: number | null;
  readonly totalEpisodes: number | null;
}

/** How a policy is made. */
interface PolicySetting<Options> extends Setting<Options> {
  /** Custom networks. */
  readonly networks?: CreateNetworks;
  /** Why a policy with a memory is refused; undefined if the algorithm can train one. */
  readonly noMemory?: string;
}

/** With environments that are stepped together. */
export interface PlayingSetting<Options> extends PolicySetting<Options> {
  /** The environments of this thread: all of them, or the first ones. */
  readonly vector: VectorEnv;
  /** How many environments there are, over all threads. */
  readonly environments: number;
  /** The players on other threads, where there are any. */
  readonly others?: RemotePlayers;
}

/** With workers that have their own environments and do not wait for each other. */
export interface AsynchronousSetting<Options> extends PolicySetting<Options> {
  /** The environments of each worker that this thread plays, one vector a worker. */
  readonly vectors: readonly VectorEnv[];
  /** The other workers' threads. */
  readonly pool?: Pool;
}

/** What a worker thread gets for its part of either. */
export interface WorkerSetting<Options> extends Setting<Options> {
  readonly engine: AttachedEngine;
  readonly vector: VectorEnv;
  /** The number of its first environment, over all threads. */
  readonly first: number;
}

/** What a training counts, shows, evaluates and saves of a learner that plays. */
export interface PlayingLearner extends Learner {
  readonly play: Play;
}

/** The part of a learner that plays, as a training sees it. */
export interface Play {
  readonly policy: ActorCritic;
  /** Episodes that have ended since the list was last emptied by its reader. */
  readonly finished: FinishedEpisode[];
  /** The mean reward of a step since the last call, where rewards are counted. */
  takeReward?(): number;
  /** Starts the environments; yields where it is time to pause. */
  resetInSlices(): Generator<unknown, void>;
  /** Waits until environments are where `setState` of a state put them. */
  settle(): Generator<unknown, unknown>;
}

/**
 * The policy that a setting's options ask for; each call gives another one with the same first weights.
 *
 * @throws InputError if it has a memory, and the algorithm cannot train that
 */
export function policyOf(setting: PolicySetting<PolicyOptions>, vector: VectorEnv): ActorCritic {
  const { engine, options, streams, networks, noMemory } = setting;
  const policy = createPolicy(engine, vector, options, streams("initialization"), networks);
  if (policy.stateSize > 0 && noMemory !== undefined)
    throw new InputError(`${noMemory} (stateSize ${policy.stateSize})`);
  return policy;
}

/** A policy in the environments of a setting. */
export function agentOf(setting: PlayingSetting<PlayingOptions>): { policy: ActorCritic; agent: Agent } {
  const { vector, options, streams, others } = setting;
  const policy = policyOf(setting, vector);
  const normalizeRewards = options.normalizeRewards ? { gamma: options.gamma } : undefined;
  const warmUp = { steps: warmUpSteps(options), episodes: Math.ceil((options.totalEpisodes ?? Infinity) / 20) };
  const actions = streams("actions");
  return { policy, agent: createAgent({ vector, policy, actions, normalizeRewards, warmUp, others }) };
}

/** What plays in a learner: an {@link Agent}, or several workers that are counted together. */
interface Playing<State> extends Stateful<State> {
  readonly steps: number;
  readonly finished: FinishedEpisode[];
  takeReward?(): number;
  resetInSlices(): Generator<unknown, void>;
  settle(): Generator<unknown, unknown>;
}

/** A learner of a policy by one minimizer; `states` are what a checkpoint needs besides. */
export const playingLearner = <State>(
  policy: ActorCritic,
  agent: Playing<State>,
  minimizer: Minimizer,
  states: Readonly<Record<string, Stateful>>,
  update: (remaining: number) => Update,
): PlayingLearner => ({
  progress: agent,
  weights: policy.weights,
  variables: minimizer.variables,
  states: { optimizer: minimizer, ...states, agent },
  play: {
    policy,
    finished: agent.finished,
    takeReward: agent.takeReward,
    resetInSlices: agent.resetInSlices,
    settle: agent.settle,
  },
  update,
});

/** A worker that plays its share of the environments, with the weights that all threads share. */
export function playOnWorker(setting: WorkerSetting<PlayingOptions>): (message: unknown) => unknown {
  const { engine, vector, first, streams } = setting;
  const policy = policyOf(setting, vector);
  for (const { variable } of policy.parameters) engine.attach(variable);
  return answerCalls(playerCalls(createPlayer(vector, policy, actionStreams(streams("actions"), first, vector.size)), engine, first)); // prettier-ignore
}

/** The streams that actions in environments `first`, `first + 1`, … are drawn from. */
export const actionStreams = (
  actions: ReturnType<Setting<unknown>["streams"]>,
  first: number,
  count: number,
): ReturnType<Setting<unknown>["streams"]>[] => actions.spawn(first + count).slice(first);
