// The entry of a training's worker threads. It plays its share of the environments with the policy whose weights all threads
// share, and does slots of the update's programs.

import { createVectorEnv, makeEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { createStreams } from "../random/index.ts";
import { createPlayer, followOrders } from "../rollouts/index.ts";
import { attachEngine } from "../tensor/index.ts";
import { serve } from "../threads/index.ts";
import { createPolicy } from "./create-policy.ts";
import { describeSpaces, type WorkerSetup } from "./workers.ts";

serve(async (setup, thread) => {
  const { options, shares, spaces, engine: handle } = setup as WorkerSetup;
  const first = shares.slice(0, thread).reduce((total, share) => total + share, 0);
  const size = shares[thread]!;
  const streams = createStreams(options.seed);
  const envs = await Promise.all(Array.from({ length: size }, () => makeEnv(options.env, options.envOptions)));
  const vector = createVectorEnv(envs, streams("environments"), first);
  if (describeSpaces(vector) !== spaces)
    throw new InputError(`the spaces of environment ${first} are ${describeSpaces(vector)}, but those of 0 ${spaces}`);

  const engine = attachEngine(handle);
  const policy = createPolicy(engine, vector, options, streams("initialization"));
  for (const { variable } of policy.parameters) engine.attach(variable);
  const actions = streams("actions")
    .spawn(first + size)
    .slice(first);
  return {
    slot: (words, slot) => engine.slot(words, slot, thread),
    answer: followOrders(createPlayer(vector, policy, actions), engine, first),
    close: () => envs.forEach((env) => env.close?.()),
  };
});
