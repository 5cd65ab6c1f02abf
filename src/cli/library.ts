// The library as the command line uses it.

import { algorithms, presets } from "../algorithms/index.ts";
import type { AlgorithmName } from "../algorithms/index.ts";
import { envIds, envSpec } from "../envs/index.ts";
import { createTraining, optionsSchema } from "../training/index.ts";
import { evaluateRun } from "../runs/evaluate-run.ts";
import { playRun } from "../runs/play-run.ts";
import { checkEnvironment } from "./check-environment.ts";
import type { Library } from "./context.ts";

export const library: Library = {
  algorithms: Object.fromEntries(
    Object.values(algorithms).map(({ name, summary }) => {
      return [name, { name, summary, options: optionsSchema(name as AlgorithmName) }];
    }),
  ),
  presets,
  environments: () =>
    envIds()
      .map(envSpec)
      .filter(({ forTests }) => !forTests),
  checkEnvironment,
  createTraining,
  evaluateRun,
  playRun,
};
