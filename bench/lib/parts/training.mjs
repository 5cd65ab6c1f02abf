// The parts `training`, `a2c` and `control`: whole trainings with the same hyperparameters on both sides.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { withNodes } from "../nodes.mjs";
import {
  polgradTraining,
  stableBaselines3,
  allThreads,
  threadCounts,
  threadText,
  trainingSettings,
} from "./context.mjs";

const measures = [
  { key: "steps_per_s", head: "steps per second", faster: "more" },
  { key: "wall_s", head: "seconds" },
  { key: "mean_last_100", head: "mean of the last 100 returns" },
];
const plain = { normalizeObservations: false, normalizeRewards: false };

/** CleanRL's hyperparameters, in the names of both libraries. Stable-Baselines3's value loss has no ½, so its coefficient has. */
const cleanrl = {
  options: {
    ...plain,
    envs: 4,
    rollout: 128,
    epochs: 4,
    minibatches: 4,
    hidden: [64, 64],
    activation: "tanh",
    sharedTrunk: false,
    learningRate: 2.5e-4,
    learningRateSchedule: "linear",
    adamEpsilon: 1e-5,
    gamma: 0.99,
    lambda: 0.95,
    clip: 0.2,
    clipSchedule: "constant",
    valueCoefficient: 0.5,
    valueClip: 0.2,
    entropyCoefficient: 0.01,
    maxGradientNorm: 0.5,
    normalizeAdvantages: true,
    targetKl: 0,
  },
  envs: 4,
  hp: {
    n_steps: 128,
    n_epochs: 4,
    batch_size: 128,
    learning_rate: ["linear", 2.5e-4],
    gamma: 0.99,
    gae_lambda: 0.95,
    clip_range: 0.2,
    clip_range_vf: 0.2,
    vf_coef: 0.25,
    ent_coef: 0.01,
    max_grad_norm: 0.5,
  },
};

/** PPO's presets for continuous control, and the same for Stable-Baselines3. */
const control = [
  {
    id: "Pendulum-v1",
    envs: 4,
    hp: { n_steps: 1024, n_epochs: 10, batch_size: 64, learning_rate: 1e-3, gamma: 0.9, gae_lambda: 0.95 },
  },
  {
    id: "LunarLanderContinuous-v3",
    envs: 16,
    hp: { n_steps: 512, n_epochs: 10, batch_size: 64, learning_rate: 6e-4, gamma: 0.995, gae_lambda: 0.98 },
  },
];

const wholeMachineNote = "whole machine: nothing is pinned";
const clockNote =
  "the clock runs from the first step to the last update, environments and networks having been created";
const title = (steps, text) => `${text}, ${steps.toLocaleString("en-US")} steps`;
/** Whole rollouts, at least one. */
const whole = (steps, rollout) => Math.max(1, Math.floor(steps / rollout)) * rollout;

/** CleanRL's own file. Gymnasium is imported before its clock starts, as the others import what they need before theirs. */
function cleanrlProgram({ peers }, steps, env) {
  const preload = "import sys, runpy, gymnasium, torch; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"; // prettier-ignore
  const file = join(peers.folder, "vendor/cleanrl/ppo.py");
  return {
    name: "CleanRL",
    missing: peers.lacks("torch", "gymnasium") ?? (existsSync(file) ? undefined : `no ${file}`),
    command: (round) => [peers.python, "-c", preload, peers.program("cleanrl.py"), "ppo", "--steps", String(steps), "--seed", String(round + 1)], // prettier-ignore
    env,
    // The names under which polgrad tells the same.
    parse: (out) => {
      const { wall_s, steps_per_s } = JSON.parse(out.trim().split("\n").at(-1));
      return { wall_s, with_setup: steps_per_s };
    },
  };
}

export async function trainingPart(context) {
  const { nodes, peers, options } = context;
  const { env, text } = await trainingSettings(context);
  const steps = whole(options.steps, 512);
  const own = polgradTraining({ options: cleanrl.options, steps });
  const program = join(peers.folder, "ppo_cartpole_torch.py");
  const pytorch = {
    name: "PyTorch",
    missing: peers.lacks("torch", "numpy") ?? (existsSync(program) ? undefined : `no ${program}`),
    command: (round) => [peers.python, program, "--steps", String(steps), "--seed", String(round + 1)],
    env,
  };
  const sb3 = (more) => stableBaselines3(context, { ...cleanrl, env, steps, ...more });
  const withThreads = threadCounts.map((threads) =>
    sb3({ threads, name: `Stable-Baselines3, ${threadText(threads)}` }),
  );
  return {
    title: title(steps, "PPO on CartPole-v1 with CleanRL's hyperparameters"),
    measures,
    cases: [
      { name: "one core", competitors: [...withNodes(nodes, { command: own }), pytorch, sb3()] },
      { name: "whole machine", prefix: [], competitors: [...withNodes(nodes, { command: own }), ...withThreads] },
    ],
    notes: [text, `${clockNote}; PyTorch: ppo_cartpole_torch.py, a program without a framework`, wholeMachineNote].filter(Boolean), // prettier-ignore
  };
}

export async function cleanrlPart(context) {
  const { nodes, options } = context;
  const { env } = await trainingSettings(context);
  const steps = whole(options.steps, 512);
  const own = polgradTraining({ options: cleanrl.options, steps });
  return {
    title: title(steps, "The same beside CleanRL's ppo.py"),
    measures: [{ key: "with_setup", head: "steps per second", faster: "more" }],
    cases: [{ name: "one core", competitors: [...withNodes(nodes, { command: own }), cleanrlProgram(context, steps, env)] }], // prettier-ignore
    notes: ["the clock runs from before environments and networks are created, on both sides"],
  };
}

export async function a2cPart(context) {
  const { env } = await trainingSettings(context);
  const steps = whole(context.options.steps, 40);
  const own = polgradTraining({ algorithm: "a2c", steps });
  const sb3 = stableBaselines3(context, { algorithm: "a2c", envs: 8, hp: { gamma: 0.98 }, env, steps });
  return {
    title: title(steps, "A2C on CartPole-v1, 8 × 5 steps, RMSprop"),
    measures,
    cases: [{ name: "one core", competitors: [...withNodes(context.nodes, { command: own }), sb3] }],
    notes: [clockNote],
  };
}

/** Whether a Node's runs of a round ended with the same weights, with one worker and with two. */
export function sameWeights(results) {
  const differing = [...results].filter(([name, { rounds }]) => {
    const alone = results.get(name.replace(", 2 workers", "")).rounds;
    return rounds.some(({ weightsSha256 }, round) => weightsSha256 !== alone[round]?.weightsSha256);
  });
  return differing.length > 0
    ? { text: `the weights DIFFER with ${differing.map(([name]) => name).join(" and ")}`, failed: true }
    : { text: "one worker and two end with the same weights", failed: false };
}

export async function controlPart(context) {
  const { nodes, options } = context;
  const { env } = await trainingSettings(context);
  const cases = control.flatMap(({ id, envs, hp }) => {
    const steps = whole(options.steps, envs * hp.n_steps);
    const own = (more) => polgradTraining({ id, steps, options: more });
    const sb3 = stableBaselines3(context, { id, envs, hp, env, steps });
    const name = `${id}, ${steps.toLocaleString("en-US")} steps`;
    const two = withNodes(nodes, { command: own({ workers: 2 }), suffix: ", 2 workers" });
    return [
      { name: `${name}, one core`, competitors: [...withNodes(nodes, { command: own() }), sb3] },
      {
        name: `${name}, whole machine`,
        prefix: [],
        competitors: [...withNodes(nodes, { command: own() }), ...(allThreads > 1 ? two : [])],
        check: sameWeights,
      },
    ];
  });
  return {
    title: "PPO on continuous control, with polgrad's presets on both sides",
    measures,
    cases,
    notes: [clockNote, wholeMachineNote],
  };
}
