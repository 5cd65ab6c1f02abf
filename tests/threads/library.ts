// polgrad as it was built: workers are files that Node loads.

import type * as library from "../../src/index.ts";
import type * as forNode from "../../src/node.ts";

const load = (file: string): Promise<unknown> => import(new URL(`../../dist/${file}`, import.meta.url).href);

export const { createTraining, decodeSafetensors, InputError, optionsSchema, registerEnv, RunError, train } =
  (await load("index.js")) as typeof library;
export const { readRun, resumeRun, trainToRun } = (await load("node.js")) as typeof forNode;
