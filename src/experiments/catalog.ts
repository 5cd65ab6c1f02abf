// The experiments by name, in the order of the lecture, each loaded once it is asked for.

import { InputError } from "../errors.ts";
import { didYouMean } from "../text/nearest.ts";
import type { Experiment } from "./experiment.ts";

const loaders: Readonly<Record<string, () => Promise<{ experiment: Experiment }>>> = {
  "gaussian-score": () => import("./lecture/gaussian-score.ts"),
  "entropy-bonus": () => import("./lecture/entropy-bonus.ts"),
  "td-or-monte-carlo": () => import("./lecture/td-or-monte-carlo.ts"),
  "a2c-or-a3c": () => import("./lecture/a2c-or-a3c.ts"),
  "gae-lambda": () => import("./lecture/gae-lambda.ts"),
  "gaussian-control": () => import("./lecture/gaussian-control.ts"),
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
