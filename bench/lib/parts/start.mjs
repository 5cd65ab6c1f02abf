// The part `start`: short commands, from the start of the process to its end.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withNodes } from "../nodes.mjs";
import { stableBaselines3, trainingSettings } from "./context.mjs";

const cli = fileURLToPath(new URL("../../../dist/bundle/main.js", import.meta.url));
const anything = () => ({});

export async function startPart(context) {
  const { nodes, peers, scratch } = context;
  const { env } = await trainingSettings(context);
  const importing = (name, module) => ({
    name,
    missing: peers.lacks("torch", module),
    command: [peers.python, "-c", `import ${module}; print(${module}.__version__)`],
    env,
    parse: anything,
  });
  const run = ["train", "ppo", "CartPole-v1", "--steps", "2048", "--quiet", "--run-dir", join(scratch, "runs")];
  const same = { n_steps: 128, n_epochs: 10, batch_size: 128, gamma: 0.98 };
  return {
    title: "Short commands, from the start of the process to its end",
    measures: [{ key: "process_s", head: "ms", factor: 1000, faster: "less" }],
    cases: [
      {
        name: "version",
        competitors: [
          ...withNodes(nodes, { command: [cli, "--version"], parse: anything }),
          importing("PyTorch", "torch"),
          importing("Stable-Baselines3", "stable_baselines3"),
        ],
      },
      {
        name: "2,048 steps of PPO",
        competitors: [
          ...withNodes(nodes, { command: [cli, ...run], parse: anything }),
          stableBaselines3(context, { envs: 8, hp: same, steps: 2048, env }),
        ],
      },
    ],
    notes: [
      "version: polgrad --version; Python, which imports the library and prints its version",
      "2,048 steps: polgrad train with its run folder and report; Stable-Baselines3 with the same sizes, which leaves no files",
    ],
  };
}
