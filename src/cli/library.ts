// The library as the command line uses it.

import { algorithms } from "../algorithms/index.ts";
import { envIds, envSpec } from "../envs/index.ts";
import { createTraining } from "../training/index.ts";
import { evaluateRun } from "../runs/evaluate-run.ts";
import { playRun } from "../runs/play-run.ts";
import { checkEnvironment } from "./check-environment.ts";
import type { Library } from "./context.ts";

/** The library itself. */
export const library: Library = {
  algorithms,
  environments: () =>
    envIds()
      .map(envSpec)
      .filter(({ forTests }) => !forTests),
  checkEnvironment,
  createTraining,
  evaluateRun,
  playRun,
};
