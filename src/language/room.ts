// What trainings and generation take in an engine, before any of it is allocated: their programs are planned by an engine
// without memory. What does not fit is refused in words.

import { InputError } from "../errors.ts";
import { createStreams } from "../random/index.ts";
import { createDryEngine, type DryEngine, type Variable } from "../tensor/index.ts";
import { engineBytes, gibibytes, memoryOfMachine } from "../training/room.ts";
import { createTokenGenerator } from "./generate.ts";
import { parameterCount, type GptConfig } from "./gpt-config.ts";
import { createGpt, type Gpt } from "./gpt.ts";
import { createHead } from "./heads.ts";
import type { RlhfOptions, SftOptions } from "./options.ts";
import { createRewardTrainer, createScorer, type TokenPair } from "./reward-model.ts";
import { createRlhf } from "./rlhf.ts";
import { createLossMeter, createSft, type Lesson } from "./sft.ts";

/** Bytes of an engine, by what they are for; 0 where there is no such part. */
export interface LanguageRoom {
  /** Weights of the model that is trained, or that writes. */
  readonly model: number;
  readonly reference: number;
  readonly critic: number;
  readonly reward: number;
  /** Adam's two moments of each weight that is trained. */
  readonly optimizer: number;
  /** Keys and values of the sequences that are written at a time. */
  readonly cache: number;
  /** Gradients, slot after slot. */
  readonly gradients: number;
  /** Activations of a block of sequences, and what is read of each token. */
  readonly activations: number;
  /** Tokens and what else a step is fed with. */
  readonly inputs: number;
  /** Instructions. */
  readonly programs: number;
}

const names: Readonly<Record<keyof LanguageRoom, string>> = {
  model: "the model's weights",
  reference: "the reference's weights",
  critic: "the critic's weights",
  reward: "the reward model's weights",
  optimizer: "Adam's moments",
  cache: "the cache of keys and values",
  gradients: "gradients",
  activations: "activations",
  inputs: "inputs",
  programs: "instructions",
};
const parts = Object.keys(names) as (keyof LanguageRoom)[];

/** All of it together. */
export const totalOf = (room: LanguageRoom): number => parts.reduce((sum, part) => sum + room[part], 0);

type OwnVariables = Partial<Record<"model" | "reference" | "critic" | "reward" | "optimizer", readonly Variable[]>>;

/** What has been planned, by its parts. A cache is what no other part claims. */
function roomOf({ variables, programs }: DryEngine, owners: OwnVariables): LanguageRoom {
  const of = (owned: readonly Variable[] = []): number => owned.reduce((sum, v) => sum + (variables.get(v) ?? 0), 0);
  const caches = [...variables].filter(([{ name }]) => name.startsWith("cache."));
  return {
    model: of(owners.model),
    reference: of(owners.reference),
    critic: of(owners.critic),
    reward: of(owners.reward),
    optimizer: of(owners.optimizer),
    cache: caches.reduce((sum, [, bytes]) => sum + bytes, 0),
    gradients: programs.sums,
    activations: programs.values,
    inputs: programs.inputs,
    programs: programs.code,
  };
}

const modelIn = (engine: DryEngine, config: GptConfig, name: string): Gpt => {
  const gpt = createGpt(config, name);
  for (const v of gpt.weights) engine.write(v, []);
  return gpt;
};

/** What `generate` takes. @param batch sequences at a time */
export function roomToGenerate(config: GptConfig, batch: number): LanguageRoom {
  const engine = createDryEngine();
  const gpt = modelIn(engine, config, "");
  createTokenGenerator(engine, gpt, batch);
  return roomOf(engine, { model: gpt.weights });
}

/**
 * What supervised fine-tuning takes.
 *
 * @param more whether held-out texts are measured; how many samples are written on the way, as runs do
 */
export function roomOfSft(
  config: GptConfig,
  lessons: readonly Lesson[],
  options: SftOptions,
  more: { readonly measures?: boolean; readonly samples?: number } = {},
): LanguageRoom {
  const engine = createDryEngine();
  const gpt = modelIn(engine, config, "");
  const learner = createSft({ engine, gpt, lessons, streams: createStreams(0), options });
  learner.compile();
  if (more.measures) createLossMeter(engine, gpt).compile();
  if (more.samples) createTokenGenerator(engine, gpt, more.samples);
  return roomOf(engine, { model: gpt.weights, optimizer: learner.variables });
}

/** What the training of a reward model takes. */
export function roomOfRewardModel(config: GptConfig, pairs: readonly TokenPair[], options: SftOptions): LanguageRoom {
  const engine = createDryEngine();
  const gpt = modelIn(engine, config, "");
  const head = createHead(gpt);
  const learner = createRewardTrainer({ engine, gpt, head, pairs, streams: createStreams(0), options });
  learner.compile();
  createScorer(engine, gpt, head).compile(); // for measuring and normalizing
  return roomOf(engine, { model: [...gpt.weights, ...head.weights], optimizer: learner.variables });
}

/** The models of RLHF. A critic of its own is of the first reward model's sizes, or of the actor's where there is none. */
export interface RlhfConfigs {
  readonly actor: GptConfig;
  readonly rewards?: readonly GptConfig[];
}

/** What RLHF takes. */
export function roomOfRlhf({ actor, rewards = [] }: RlhfConfigs, options: RlhfOptions): LanguageRoom {
  const engine = createDryEngine();
  const model = modelIn(engine, actor, "actor.");
  const reference = modelIn(engine, actor, "reference.");
  const shared = options.critic === "shared";
  const critic = shared ? model : modelIn(engine, rewards.at(0) ?? actor, "critic.");
  const head = createHead(critic, "critic.");
  const learner = createRlhf({
    engine,
    actor: model,
    reference,
    critic: { gpt: critic, head },
    *reward() {
      yield;
      return [];
    },
    prompts: () => [],
    endOfText: 0,
    options,
    streams: createStreams(0),
  });
  learner.compile();
  const ofCritic = [...(shared ? [] : critic.weights), ...head.weights];
  const ofRewards = rewards.flatMap((config) => {
    const gpt = modelIn(engine, config, "reward.");
    const ofTexts = createHead(gpt, "reward.");
    createScorer(engine, gpt, ofTexts).compile();
    return [...gpt.weights, ...ofTexts.weights];
  });
  return roomOf(engine, {
    model: model.weights,
    reference: reference.weights,
    critic: ofCritic,
    reward: ofRewards,
    optimizer: learner.variables.filter((v) => !ofCritic.includes(v)),
  });
}

/** Planning takes as long as compiling; below so many bytes by a generous count it is left out. */
const worthPlanning = 1 << 29;

/**
 * No less than what an engine can come to take, of models and of so many sequences in a cache: gradients in 16 slots, moments,
 * activations of blocks of the context's length.
 */
export function mostBytes(configs: readonly GptConfig[], sequences: number): number {
  const of = (config: GptConfig): number => {
    const { context, width, layers, vocabularySize } = config;
    const block = Math.max(64, context);
    return (
      4 *
      (24 * parameterCount(config) +
        block * (64 * width * (layers + 1) + 2 * context) +
        2 * (sequences + 2048) * (vocabularySize + 64) +
        2 * sequences * context * width * layers)
    );
  };
  return configs.reduce((sum, config) => sum + of(config), 0);
}

/**
 * Whether an engine has room for what is to be done.
 *
 * @param most what it can come to take: where that is little, nothing is planned
 * @throws InputError with what it would take, by parts, what there is, and what to lower
 */
export function assertFitsEngine(
  what: string,
  most: number,
  plan: () => LanguageRoom,
  remedy: string,
  machine: number | undefined = memoryOfMachine(),
): void {
  if (most < worthPlanning) return;
  const room = plan();
  const needed = totalOf(room);
  const least = Math.min(engineBytes, machine ?? Infinity);
  if (needed <= least) return;
  const largest = parts
    .toSorted((a, b) => room[b] - room[a])
    .filter((part) => room[part] > needed / 50)
    .map((part) => `${gibibytes(room[part])} for ${names[part]}`);
  throw new InputError(
    `${what} would take ${gibibytes(needed)} of memory (${largest.join(", ")}), and ` +
      `${least < engineBytes ? "the machine has" : "an engine has at most"} ${gibibytes(least)}: ${remedy}`,
  );
}
