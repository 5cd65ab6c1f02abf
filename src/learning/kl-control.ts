// The KL divergence of an update, exactly, and what is steered by it from update to update: the weight β of a penalty,
// and the learning rate.

import { scheduled, type Schedule } from "../optimizers/index.ts";
import { mean, named, type Engine, type Program, type Shape, type Tensor } from "../tensor/index.ts";
import { feed, type Batch } from "./columns.ts";
import type { Metrics, Stateful } from "./learner.ts";

/** The mean KL(π_old ‖ π) of a batch's rows, exact over actions. */
export interface MeanKl {
  /** A scalar. */
  readonly kl: Tensor;
  /** Its value, as the policy is now; yields now and then. */
  measure(): Generator<void, number>;
}

/** Steps whose policy can be compared with another. */
interface ComparableBatch extends Batch {
  /** What gives π(·|s). */
  readonly distribution: Tensor;
  klFrom(oldDistribution: Tensor): Tensor;
  input(name: string, values: Float32Array, prepare: undefined, shape: Shape): Tensor;
}

/**
 * The mean KL divergence of a batch from the policy that collected it.
 *
 * @param oldDistributions parameters of π_old(·|s), laid out as the batch's `distribution`
 */
export function meanKl(engine: Engine, batch: ComparableBatch, oldDistributions: Float32Array): MeanKl {
  const oldDistribution = batch.input("old distribution", oldDistributions, undefined, batch.distribution.shape);
  const kl = named("KL", mean(batch.klFrom(oldDistribution)));
  let program: Program<"kl"> | undefined;
  return {
    kl,
    *measure() {
      program ??= engine.compile({ outputs: { kl } }, { capacity: batch.rows });
      feed(program, batch.columns, batch.rows);
      yield* program.runInSlices(batch.rows);
      return program.readScalar("kl");
    },
  };
}

/** Options of {@link createKlControl}. */
export interface KlControlOptions {
  readonly klPenalty: "none" | "adaptive";
  /** β at the start. */
  readonly klCoefficient: number;
  readonly learningRate: number;
  readonly learningRateSchedule: Schedule | "adaptive";
  /** The divergence that is steered towards. */
  readonly desiredKl: number;
}

/** What follows the KL divergence from update to update. */
export interface KlControl {
  /** Whether the loss has a penalty, and whether anything is steered, so that KL has to be measured. */
  readonly penalizes: boolean;
  readonly steers: boolean;
  /** β for the next update. */
  readonly klCoefficient: number;
  /** The learning rate for the next update, adaptive or scheduled. */
  learningRate(remaining: number): number;
  /** What a checkpoint needs of it. */
  readonly states: Readonly<Record<string, Stateful>>;
  /** Takes in the divergence that an update came to; returns what the update's metrics say of that. */
  follow(kl: number | undefined): Metrics;
}

/** Adapts the KL penalty's weight and the learning rate to the divergence of each update, as far as the options ask. */
export function createKlControl(options: KlControlOptions): KlControl {
  const { desiredKl, learningRateSchedule: schedule } = options;
  const penalizes = options.klPenalty === "adaptive";
  const adaptsRate = schedule === "adaptive";
  const now = { klCoefficient: options.klCoefficient, learningRate: options.learningRate };
  const state: Stateful = { getState: () => ({ ...now }), setState: (saved) => void Object.assign(now, saved) };
  return {
    penalizes,
    steers: penalizes || adaptsRate,
    get klCoefficient() {
      return now.klCoefficient;
    },
    learningRate: (remaining) =>
      schedule === "adaptive" ? now.learningRate : scheduled(schedule, options.learningRate, remaining),
    follow(kl = NaN) {
      const metrics: Metrics = penalizes ? { klCoefficient: now.klCoefficient } : {};
      if (penalizes) now.klCoefficient = adaptedKlCoefficient(now.klCoefficient, kl, desiredKl);
      if (adaptsRate) now.learningRate = adaptedLearningRate(now.learningRate, kl, desiredKl);
      return metrics;
    },
    states: penalizes || adaptsRate ? { klControl: state } : {},
  };
}

/** The range that β is kept in, so that no run of halvings or doublings ends it. */
const [smallestCoefficient, largestCoefficient] = [1e-6, 1e6];

/**
 * β for the next update: halved where the KL divergence that the last one came to is below target / 1.5, doubled where
 * it is above 1.5 · target. Schulman et al., "Proximal Policy Optimization Algorithms" (2017), section 4.
 */
export function adaptedKlCoefficient(beta: number, kl: number, target: number): number {
  if (kl > 1.5 * target) return Math.min(beta * 2, largestCoefficient);
  if (kl < target / 1.5) return Math.max(beta / 2, smallestCoefficient);
  return beta;
}

/** The range that the learning rate moves in. */
const [smallestRate, largestRate] = [1e-5, 1e-2];

/**
 * The learning rate for the next update: divided by 1.5 where the KL divergence that the last one came to is above 2 ·
 * target, times 1.5 where it is below target / 2, from 1e-5 to 1e-2. The rule of Rudin et al., "Learning to Walk in
 * Minutes Using Massively Parallel Deep Reinforcement Learning" (2022), who apply it at each of 20 minibatches; within
 * updates of hundreds the rate would rise to its bound before the divergence has added up to anything.
 */
export function adaptedLearningRate(rate: number, kl: number, target: number): number {
  if (kl > 2 * target) return Math.max(rate / 1.5, Math.min(rate, smallestRate));
  if (kl < target / 2) return Math.min(rate * 1.5, Math.max(rate, largestRate));
  return rate;
}
