// The entry of a training's worker threads: makes its share of the environments, and does what its algorithm asks of
// workers, and slots of the update's programs.

import { closeEnvs, createVectorEnv, makeEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { createStreams } from "../random/index.ts";
import { attachEngine, loadExplanations } from "../tensor/index.ts";
import { serve, type WorkerDuties } from "../threads/index.ts";
import { algorithmOf } from "./by-name.ts";
import { describeSpaces, type HelperSetup, type WorkerSetup } from "./worker-setup.ts";

serve(async (setup, thread) => {
  await loadExplanations();
  if (!isWorker(setup as WorkerSetup | HelperSetup)) return help(setup as HelperSetup, thread);
  const { algorithm, options, shares, spaces, engine: handle } = setup as WorkerSetup;
  const first = shares.slice(0, thread).reduce((total, share) => total + share, 0);
  const streams = createStreams(options.seed);
  const envs = await Promise.all(
    Array.from({ length: shares[thread] }, () => makeEnv(options.env, options.envOptions, options.maxEpisodeSteps)),
  );
  const vector = createVectorEnv(envs, streams("environments"), first);
  if (describeSpaces(vector) !== spaces)
    throw new InputError(`the spaces of environment ${first} are ${describeSpaces(vector)}, but those of 0 ${spaces}`);

  const chosen = algorithmOf(algorithm);
  if (!("work" in chosen) || !chosen.work) throw new InputError(`${algorithm} has no work for other threads`);
  const engine = attachEngine(handle);
  return {
    slot: (words, slot) => engine.slot(words, slot, thread),
    answer: chosen.work({ options, engine, vector, first, streams }),
    close: () => closeEnvs(envs, console.warn),
  };
});

const isWorker = (setup: WorkerSetup | HelperSetup): setup is WorkerSetup => "algorithm" in setup;

function help({ engine: handle }: HelperSetup, thread: number): WorkerDuties {
  const engine = attachEngine(handle);
  return { slot: (words, slot) => engine.slot(words, slot, thread), answer: () => null };
}
