// Building blocks of option schemas: every option has a default, a range and (by `describe`) a meaning.

import { z } from "zod";
import { schedules, type Schedule } from "../optimizers/index.ts";

/** A whole number of at least 1. */
export const count = (value: number, most = Number.MAX_SAFE_INTEGER) =>
  z.number().int().min(1).max(most).default(value);
/** A number above 0. */
export const positive = (value: number) => z.number().positive().default(value);
/** A number of at least 0. */
export const nonNegative = (value: number) => z.number().nonnegative().default(value);
/** A number from 0 to 1. */
export const fraction = (value: number) => z.number().min(0).max(1).default(value);
/** Threads, which change how long a run takes and nothing else. */
export const workers = () =>
  count(1).describe("threads that step environments and compute gradients; what they learn does not depend on it");
export const schedule = (value: Schedule) => z.enum(schedules).default(value);
export const optimizer = (value: "adam" | "rmsprop" | "sgd") => z.enum(["adam", "rmsprop", "sgd"]).default(value);

/** Options of every algorithm that its learner reads. */
export const sharedOptions = {
  gamma: fraction(0.99).describe("discount γ of future rewards"),
  entropyCoefficient: nonNegative(0.01).describe("weight of the entropy bonus c_H·E[Ĥ(π)]"),
  normalizeObservations: z
    .boolean()
    .default(false)
    .describe("standardize observations by their running moments, clipped at ±10; the moments are part of the policy"),
  normalizeRewards: z
    .boolean()
    .default(false)
    .describe("divide rewards by the running deviation of the discounted return, clipped at ±10"),
  hidden: z
    .array(z.number().int().min(1).max(1024))
    .default([64, 64])
    .describe("sizes of the hidden layers; larger ones are for networks of your own"),
  activation: z.enum(["tanh", "relu"]).default("tanh").describe("activation of the hidden layers"),
  logStd: z
    .enum(["parameter", "network"])
    .default("parameter")
    .describe("log σ of a Gaussian policy: a parameter that does not depend on the state, or an output of the network"),
  initialLogStd: z.number().min(-10).max(10).default(0).describe("log σ of a Gaussian policy at the start"),
  sharedTrunk: z.boolean().default(false).describe("one trunk for policy and value, instead of two networks"),
};
