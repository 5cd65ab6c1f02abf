// The environments that come with polgrad. Their code loads when one is first made.
import type { EnvSpec } from "./env.ts";

export const builtinSpecs: readonly EnvSpec[] = [
  {
    id: "CartPole-v1",
    summary: "balance a pole on a cart by pushing it left or right",
    maxEpisodeSteps: 500,
    rewardThreshold: 475,
    make: async (options) => new (await import("./classic-control/cartpole.ts")).CartPole(options),
  },
  {
    id: "LunarLander-v3",
    summary: "land between two flags, with a main engine and two at the sides",
    maxEpisodeSteps: 1000,
    rewardThreshold: 200,
    make: async (options) => (await import("./box2d/lunar-lander.ts")).createLunarLander(options),
  },
  {
    id: "LunarLanderContinuous-v3",
    summary: "LunarLander-v3 with throttles instead of switches",
    maxEpisodeSteps: 1000,
    rewardThreshold: 200,
    make: async (options) =>
      (await import("./box2d/lunar-lander.ts")).createLunarLander({ continuous: true, ...options }),
  },
  {
    id: "Pendulum-v1",
    summary: "swing a pendulum up by a weak torque and hold it there",
    maxEpisodeSteps: 200,
    make: async (options) => new (await import("./classic-control/pendulum.ts")).Pendulum(options),
  },
  {
    id: "Acrobot-v1",
    summary: "swing the lower of two links up by a torque between them",
    maxEpisodeSteps: 500,
    rewardThreshold: -100,
    make: async (options) => new (await import("./classic-control/acrobot.ts")).Acrobot(options),
  },
  {
    id: "MountainCar-v0",
    summary: "get a weak car up a hill by swinging: three actions, a reward of −1 for each step",
    maxEpisodeSteps: 200,
    rewardThreshold: -110,
    make: async (options) => new (await import("./classic-control/mountain-car.ts")).MountainCar(options),
  },
  {
    id: "MountainCarContinuous-v0",
    summary: "get a weak car up a hill by swinging: an engine with a throttle, and thrust that costs",
    maxEpisodeSteps: 999,
    rewardThreshold: 90,
    make: async (options) =>
      new (await import("./classic-control/mountain-car-continuous.ts")).MountainCarContinuous(options),
  },
  {
    id: "FrozenLake-v1",
    summary: "cross slippery ice to the goal without falling into a hole",
    maxEpisodeSteps: 100,
    rewardThreshold: 0.7,
    make: async (options) => (await import("./toy-text/frozen-lake.ts")).frozenLake(options),
  },
  {
    id: "FrozenLake8x8-v1",
    summary: "FrozenLake-v1 on a larger lake",
    maxEpisodeSteps: 200,
    rewardThreshold: 0.85,
    make: async (options) => (await import("./toy-text/frozen-lake.ts")).frozenLake({ mapName: "8x8", ...options }),
  },
  {
    id: "CliffWalking-v1",
    summary: "walk along a cliff, where the shorter way is the riskier",
    make: async (options) => (await import("./toy-text/cliff-walking.ts")).cliffWalking(options),
  },
  {
    id: "CliffWalkingSlippery-v1",
    summary: "CliffWalking-v1 where each step may slip to the side",
    make: async (options) =>
      (await import("./toy-text/cliff-walking.ts")).cliffWalking({ isSlippery: true, ...options }),
  },
  {
    id: "TwoStep-v0",
    summary: "two actions, with a state drawn by chance between them",
    rewardThreshold: 2.2,
    make: async (options) => (await import("./toy-text/two-step.ts")).twoStep(options),
  },
  {
    id: "Terraces-v0",
    summary: "a few steps along two terraces, where the upper one pays and one may slip to the other",
    rewardThreshold: 3,
    make: async (options) => (await import("./toy-text/terraces.ts")).terraces(options),
  },
  {
    id: "BipedalWalker-v3",
    summary: "walk on two legs of two joints each, over uneven ground",
    maxEpisodeSteps: 1600,
    rewardThreshold: 300,
    make: async (options) => (await import("./box2d/bipedal-walker.ts")).createBipedalWalker(options),
  },
  {
    id: "BipedalWalkerHardcore-v3",
    summary: "BipedalWalker-v3 with stumps, stairs and pits",
    maxEpisodeSteps: 2000,
    rewardThreshold: 300,
    make: async (options) =>
      (await import("./box2d/bipedal-walker.ts")).createBipedalWalker({ hardcore: true, ...options }),
  },
  {
    id: "Identity-v0",
    summary: "answer a number with itself",
    rewardThreshold: 90,
    forTests: true,
    make: async (options) => new (await import("./probes/identity.ts")).Identity(options),
  },
  {
    id: "IdentityBox-v0",
    summary: "answer a one-hot vector with its number",
    rewardThreshold: 90,
    forTests: true,
    make: async (options) => new (await import("./probes/identity.ts")).Identity({ observe: "box", ...options }),
  },
  {
    id: "IdentityContinuous-v0",
    summary: "answer a real number with itself",
    rewardThreshold: -2,
    forTests: true,
    make: async (options) => (await import("./probes/identity-vectors.ts")).identityContinuous(options),
  },
  {
    id: "IdentityMultiDiscrete-v0",
    summary: "answer several numbers with themselves",
    rewardThreshold: 90,
    forTests: true,
    make: async (options) => (await import("./probes/identity-vectors.ts")).identityMultiDiscrete(options),
  },
  {
    id: "IdentityMultiBinary-v0",
    summary: "answer several bits with themselves",
    rewardThreshold: 90,
    forTests: true,
    make: async (options) => (await import("./probes/identity-vectors.ts")).identityMultiBinary(options),
  },
  {
    id: "MaskedIdentity-v0",
    summary: "answer a number with itself, where some answers are forbidden",
    rewardThreshold: 90,
    forTests: true,
    make: async (options) => new (await import("./probes/masked-identity.ts")).MaskedIdentity(options),
  },
  {
    id: "Recall-v0",
    summary: "name a cue that was shown some steps ago",
    rewardThreshold: 0.95,
    forTests: true,
    make: async (options) => new (await import("./probes/recall.ts")).Recall(options),
  },
];
