// The first ratio π/π_old of an update is exactly 1, for every kind of action: what was stored while acting, a few rows
// at a time, and what the update's graph computes, on many rows in another order, are the same bits.

import { describe, expect, test } from "vitest";
import * as losses from "../../src/learning/losses.ts";
import { createInference, createActorCritic, maskInput, type ActorCriticOptions } from "../../src/policies/index.ts";
import { createGenerator, SeedSequence } from "../../src/random/index.ts";
import { box, discrete, multiBinary, multiDiscrete } from "../../src/spaces/index.ts";
import { createEngine, exp, gradients, input, sum } from "../../src/tensor/index.ts";
import { createRandom, uniform } from "../tensor/compare.ts";

const cases: Record<string, Partial<ActorCriticOptions>> = {
  "Discrete(3)": { actionSpace: discrete(3) },
  "Discrete(7), masked": { actionSpace: discrete(7), masked: true },
  "MultiDiscrete([3, 2, 4])": { actionSpace: multiDiscrete([3, 2, 4]) },
  "MultiDiscrete([5, 3]), masked": { actionSpace: multiDiscrete([5, 3]), masked: true },
  "MultiBinary(6)": { actionSpace: multiBinary(6) },
  ...Object.fromEntries([1, 2, 3, 4, 5, 8, 17].map((k) => [`Box of ${k}`, { actionSpace: box(-1, 1, [k]) }])),
  "Box of 3, log σ of the network": { actionSpace: box(-1, 1, [3]), gaussian: { logStd: "network" } },
  "Box of 9, log σ of the network": { actionSpace: box(-1, 1, [9]), gaussian: { logStd: "network" } },
  ...Object.fromEntries(
    (["scaled", "squashed"] as const).flatMap((kind) =>
      (["parameter", "network"] as const).flatMap((logStd): [string, Partial<ActorCriticOptions>][] => [
        [`Box of 1, ${kind}, log σ of the ${logStd}`, { actionSpace: box(5, 35), gaussian: { kind, logStd } }],
        [
          `Box of 5 with infinite bounds, ${kind}, log σ of the ${logStd}`,
          {
            actionSpace: box([-1, -Infinity, -0.1, 0, 2], [1, Infinity, 0.3, Infinity, 2]),
            gaussian: { kind, logStd, initialLogStd: 0.5 },
          },
        ],
        [`Box of 8, ${kind}, log σ of the ${logStd}`, { actionSpace: box(-0.1, 0.3, [8]), gaussian: { kind, logStd } }],
      ]),
    ),
  ),
};

const envs = 3;
const steps = 50;
const total = envs * steps;

describe.each([true, false])("strict: %s", (strict) => {
  test.each(Object.entries(cases))("%s", async (_, options) => {
    const engine = await createEngine({ strict });
    const spaces = { observationSpace: box(-2, 2, [5]), actionSpace: discrete(2), seed: new SeedSequence(6) };
    const policy = createActorCritic(engine, { ...spaces, ...options, networks: { hidden: [16] } });
    const random = createRandom(8);
    for (const { variable } of policy.parameters)
      engine.write(variable, uniform(random, engine.read(variable).length, -0.7, 0.7));
    const { observationSize, actionSize, maskSize } = policy;

    const observations = Float32Array.from(uniform(random, total * observationSize, -2, 2));
    // The first choice of each component is always allowed.
    const counts = policy.actionSpace.kind === "multiDiscrete" ? policy.actionSpace.counts : [maskSize];
    const mask = () => counts.flatMap((n) => Array.from({ length: n }, (_, i) => Number(i === 0 || random() < 0.5)));
    const masks = Uint8Array.from(maskSize > 0 ? Array.from({ length: total }, mask).flat() : []);
    const [actions, logProbs] = [new Float32Array(total * actionSize), new Float32Array(total)];
    const actor = createInference(policy, envs);
    const generators = Array.from({ length: envs }, (_, i) => createGenerator(i));
    for (let at = 0; at < total; at += envs) {
      const of = <T extends Float32Array | Uint8Array>(x: T, size: number) =>
        x.slice(at * size, (at + envs) * size) as T;
      actor.run(of(observations, observationSize), envs, maskSize > 0 ? { masks: of(masks, maskSize) } : {});
      actor.sample(envs, generators);
      actions.set(actor.actions, at * actionSize);
      logProbs.set(actor.logProbs, at);
    }

    const inputs = {
      observations: input("observations", ["rows", observationSize]),
      actions: input("actions", ["rows", actionSize]),
      logProbs: input("logProbs", ["rows"]),
      masks: maskInput(policy),
    };
    const { distribution } = policy.forward(inputs.observations, inputs.masks);
    const logProb = distribution.logProb(inputs.actions);
    const ratio = exp(losses.logRatio(logProb, inputs.logProbs));
    // With gradients, as an update has them: what is fused for them must not change a bit.
    const slopes = gradients(sum(ratio), policy.actorVariables).map((g, i) => [`slope${i}`, g]);
    const capacity = 64;
    const program = engine.compile({ outputs: { ratio, logProb, ...Object.fromEntries(slopes) } }, { capacity });
    const order = createGenerator(1).permutation(total);
    const seen: number[] = [];
    for (let from = 0; from < total; from += capacity) {
      const count = Math.min(capacity, total - from);
      program.gather(inputs.observations, observations, order, from, count);
      program.gather(inputs.actions, actions, order, from, count);
      program.gather(inputs.logProbs, logProbs, order, from, count);
      if (inputs.masks) program.gather(inputs.masks, masks, order, from, count);
      program.run(count);
      expect([...program.read("ratio")].filter((r) => r !== 1)).toEqual([]);
      seen.push(...program.read("logProb"));
    }
    expect(new Set(seen).size).toBeGreaterThan(40); // and not because all were the same
    expect(seen.every((l) => l > -1e6)).toBe(true); // nothing forbidden was drawn
  });
});
