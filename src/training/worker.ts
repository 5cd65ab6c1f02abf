// The entry of a training's worker threads: it plays its share of the environments, and does slots of the update's
// programs.

import { answerA3c, createA3cThread, type A3cThreadOptions } from "../algorithms/a3c-thread.ts";
import { createVectorEnv, makeEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { createStreams } from "../random/index.ts";
import { createPlayer, followOrders } from "../experience/index.ts";
import { attachEngine, variable } from "../tensor/index.ts";
import { serve } from "../threads/index.ts";
import { createPolicy } from "./create-policy.ts";
import { describeSpaces, type WorkerSetup } from "./workers.ts";

serve(async (setup, thread) => {
  const { algorithm, options, shares, spaces, engine: handle } = setup as WorkerSetup;
  const first = shares.slice(0, thread).reduce((total, share) => total + share, 0);
  const size = shares[thread];
  const streams = createStreams(options.seed);
  const envs = await Promise.all(Array.from({ length: size }, () => makeEnv(options.env, options.envOptions)));
  const vector = createVectorEnv(envs, streams("environments"), first);
  if (describeSpaces(vector) !== spaces)
    throw new InputError(`the spaces of environment ${first} are ${describeSpaces(vector)}, but those of 0 ${spaces}`);

  const engine = attachEngine(handle);
  const policy = createPolicy(engine, vector, options, streams("initialization"));
  const actions = streams("actions")
    .spawn(first + size)
    .slice(first);

  /** A worker of A3C has a policy of its own, and pushes gradients into the shared parameters. */
  const asynchronous = () => {
    const shared = policy.parameters.map(({ variable: { name, shape } }) => variable(name, shape as number[]));
    const thread = createA3cThread(policy, shared, [vector], actions, options as unknown as A3cThreadOptions);
    for (const v of [...shared, ...thread.optimizer.state]) engine.attach(v);
    return answerA3c(thread, policy);
  };
  /** Others play with the weights that all threads share. */
  const inStep = () => {
    for (const { variable } of policy.parameters) engine.attach(variable);
    return followOrders(createPlayer(vector, policy, actions), engine, first);
  };
  return {
    slot: (words, slot) => engine.slot(words, slot, thread),
    answer: algorithm === "a3c" ? asynchronous() : inStep(),
    close: () => envs.forEach((env) => env.close?.()),
  };
});
