// The part `until`: CartPole-v1 to a mean return of 475 over 100 episodes, each library with its own preset, by the clock of
// the training and by that of the whole command.

import { withNodes } from "../nodes.mjs";
import { polgradTraining, stableBaselines3, trainingSettings } from "./context.mjs";

/** PPO on CartPole-v1 in Stable-Baselines3's zoo. */
const zoo = {
  envs: 8,
  hp: {
    n_steps: 32,
    n_epochs: 20,
    batch_size: 256,
    learning_rate: ["linear", 1e-3],
    clip_range: ["linear", 0.2],
    gamma: 0.98,
    gae_lambda: 0.8,
    ent_coef: 0,
  },
};

export async function untilPart(context) {
  const { env, text } = await trainingSettings(context);
  const goal = { steps: 100_000, until: 475 };
  return {
    title: "PPO on CartPole-v1 to a mean return of 475, each with its own preset",
    measures: [
      { key: "wall_s", head: "training, s", faster: "less" },
      { key: "process_s", head: "whole command, s", faster: "less" },
      { key: "steps", head: "steps" },
      { key: "mean_last_100", head: "mean of the last 100 returns" },
    ],
    cases: [
      {
        name: "one core",
        competitors: [
          ...withNodes(context.nodes, { command: polgradTraining(goal) }),
          stableBaselines3(context, { ...zoo, ...goal, env, name: "Stable-Baselines3, zoo" }),
        ],
      },
    ],
    notes: [text, "seeds 1, 2, 3, …, one a round; a training that is not there after 100,000 steps ends there"].filter(Boolean), // prettier-ignore
  };
}
