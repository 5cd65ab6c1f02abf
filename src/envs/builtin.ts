// The environments that come with polgrad. Their code loads when one is first made.
import type { EnvSpec } from "./env.ts";

export const builtinSpecs: readonly EnvSpec[] = [
  {
    id: "CartPole-v1",
    summary: "balance a pole on a cart by pushing it left or right",
    maxEpisodeSteps: 500,
    rewardThreshold: 475,
    make: async (options) => new (await import("./cartpole.ts")).CartPole(options),
  },
  {
    id: "Identity-v0",
    summary: "answer a number with itself",
    rewardThreshold: 90,
    forTests: true,
    make: async (options) => new (await import("./identity.ts")).Identity(options),
  },
  {
    id: "IdentityBox-v0",
    summary: "answer a one-hot vector with its number",
    rewardThreshold: 90,
    forTests: true,
    make: async (options) => new (await import("./identity.ts")).Identity({ observe: "box", ...options }),
  },
];
