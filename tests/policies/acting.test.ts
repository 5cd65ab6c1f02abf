// `loadPolicy` of "polgrad/policy", which computes single rows node by node, against that of "polgrad", which compiles
// programs: the same bits, for every kind of action, network and memory.

import { describe, expect, test } from "vitest";
import { loadPolicy, savePolicy } from "../../src/training/index.ts";
import { loadPolicy as loadToAct } from "../../src/policy.ts";
import { createActorCritic } from "../../src/policies/index.ts";
import { createGenerator, SeedSequence } from "../../src/random/index.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space } from "../../src/spaces/index.ts";
import type { Observation } from "../../src/envs/index.ts";
import type { CreateNetworks, MlpOptions } from "../../src/nn/index.ts";
import { dense } from "../../src/nn/index.ts";
import { concat, gelu, minimum, mul, reshape } from "../../src/tensor/index.ts";
import type { GaussianOptions } from "../../src/distributions/index.ts";
import { createEngine } from "../../src/tensor/index.ts";

interface Case {
  readonly actions: Space;
  readonly networks?: MlpOptions | CreateNetworks;
  readonly gaussian?: GaussianOptions;
  readonly masked?: boolean;
  readonly observations?: Space;
}

/** Networks of a user's own, with operations that no built-in ones have. */
const custom: CreateNetworks = ({ observations, outputs }) => {
  const [first, policy, value] = [dense("a", observations, 6, 1), dense("p", 12, outputs, 1), dense("v", 12, 1, 1)];
  return {
    actor: [...first.parameters, ...policy.parameters],
    critic: value.parameters,
    forward(x) {
      const y = first.forward(x);
      const both = concat([gelu(y), minimum(mul(y, y), 0.3)]);
      return { policy: policy.forward(both), value: reshape(value.forward(both), ["rows"]) };
    },
  };
};

const cases: Record<string, Case> = {
  "two actions": { actions: discrete(2) },
  "nineteen actions, relu, odd sizes": { actions: discrete(19, 5), networks: { hidden: [33, 7], activation: "relu" } },
  "one action, no hidden layer": { actions: discrete(1), networks: { hidden: [] } },
  masks: { actions: multiDiscrete([3, 2, 9]), masked: true, networks: { sharedTrunk: true, hidden: [16] } },
  bits: { actions: multiBinary(5) },
  "a Gaussian": { actions: box(-2, 2, [3]), gaussian: { kind: "scaled" } },
  "squashed, σ from the network": { actions: box(-1, 1, [6]), gaussian: { kind: "squashed", logStd: "network" } },
  memory: { actions: discrete(3), networks: { memory: "gru", memorySize: 11, hidden: [8] } },
  "memory on a shared trunk": { actions: box(-1, 1, [1]), networks: { memory: "gru", sharedTrunk: true } },
  "discrete observations": { actions: discrete(4), observations: discrete(16) },
  "networks of one's own": { actions: discrete(3), networks: custom },
};

describe.each(Object.entries(cases))("%s", (_, { actions, networks, gaussian, masked, observations }) => {
  test.each([true, false])("strict: %s", async (strict) => {
    const observationSpace = observations ?? box(-3, 3, [5]);
    const engine = await createEngine({ strict });
    const policy = createActorCritic(engine, {
      observationSpace,
      actionSpace: actions,
      networks,
      gaussian,
      masked,
      seed: new SeedSequence(4),
    });
    const random = createGenerator(9);
    for (const { variable } of policy.parameters)
      engine.write(
        variable,
        engine.read(variable).map((w) => 2 * w + 0.3 * random.normal()),
      ); // away from the small initial ones
    const bytes = savePolicy(policy);
    const options = typeof networks === "function" ? { networks } : {};
    const both = [await loadPolicy(bytes, options), await loadToAct(bytes, options)] as const;
    for (const one of both) one.seed(3);
    for (let step = 0; step < 12; step++) {
      const observation: Observation =
        observationSpace.kind === "discrete"
          ? step % 16
          : Float32Array.from({ length: 5 }, () => random.uniform(-3, 3));
      const mask = masked
        ? Uint8Array.from({ length: 14 }, (_, i) => Number(i % (2 + (step % 3)) === 0 || i === 3))
        : undefined;
      const [expected, actual] = both.map((one) => ({
        value: one.value(observation),
        density: actions.kind === "box" ? one.gaussian(observation) : one.probabilities(observation, { mask }),
        likeliest: one.act(observation, { deterministic: true, mask }),
        drawn: one.act(observation, { mask }),
      }));
      expect(actual).toEqual(expected);
      expect(Number.isFinite(actual.value)).toBe(true);
    }
  });
});
