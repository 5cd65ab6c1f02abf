// The experiments by name, in the order of the lecture, each loaded once it is asked for.

import { InputError } from "../errors.ts";
import { didYouMean } from "../text/nearest.ts";
import type { Experiment } from "./experiment.ts";

const loaders: Readonly<Record<string, () => Promise<{ experiment: Experiment }>>> = {
  "policy-gradient-theorem": () => import("./lecture/policy-gradient-theorem.ts"),
  "gaussian-score": () => import("./lecture/gaussian-score.ts"),
  "reinforce-variance": () => import("./lecture/reinforce-variance.ts"),
  baselines: () => import("./lecture/baselines.ts"),
  "advantage-estimators": () => import("./lecture/advantage-estimators.ts"),
  "entropy-bonus": () => import("./lecture/entropy-bonus.ts"),
  "td-or-monte-carlo": () => import("./lecture/td-or-monte-carlo.ts"),
  "critic-underestimates": () => import("./lecture/critic-underestimates.ts"),
  "gae-lambda": () => import("./lecture/gae-lambda.ts"),
  "a2c-or-a3c": () => import("./lecture/a2c-or-a3c.ts"),
  "destructive-updates": () => import("./lecture/destructive-updates.ts"),
  "importance-ratios": () => import("./lecture/importance-ratios.ts"),
  "ppo-objective": () => import("./lecture/ppo-objective.ts"),
  "ppo-epochs": () => import("./lecture/ppo-epochs.ts"),
  "gaussian-control": () => import("./lecture/gaussian-control.ts"),
  "ppo-details": () => import("./lecture/ppo-details.ts"),
  "rlhf-penalty": () => import("./lecture/rlhf-penalty.ts"),
  "rlhf-drift": () => import("./lecture/rlhf-drift.ts"),
};

/** Their names, in order. */
export const experimentNames: readonly string[] = Object.keys(loaders);

/** @throws InputError if there is none of that name */
export async function loadExperiment(name: string): Promise<Experiment> {
  if (!Object.hasOwn(loaders, name))
    throw new InputError(
      `there is no experiment ${JSON.stringify(name)}.${didYouMean(name, experimentNames)} ` +
        "`polgrad experiment` lists them",
    );
  return (await loaders[name]()).experiment;
}

/** All of them. */
export const loadExperiments = (names: readonly string[] = experimentNames): Promise<Experiment[]> =>
  Promise.all(names.map(loadExperiment));
