// What all parts are made with: options, the Nodes, the peers, and where programs are. Peers that cannot run are
// competitors with `missing`, the reason in one line.

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { fastestSettings, withThreads } from "../pytorch.mjs";

/** A program of bench/polgrad. */
export const ownProgram = (name) => fileURLToPath(new URL(`../../polgrad/${name}`, import.meta.url));

/** Threads of the whole machine. */
export const allThreads = availableParallelism();
/** What PyTorch is tried with where it has the whole machine: small networks are often faster on one thread. */
export const threadCounts = allThreads > 1 ? [1, allThreads] : [1];
export const threadText = (count) => `${count} thread${count > 1 ? "s" : ""}`;

/** What `trainingSettings` found: all parts have the same peers. */
let settings;

/**
 * The fastest settings of PyTorch for short products in Python's loop, as trainings have them: tried with the program without a
 * framework, or else with Stable-Baselines3.
 * @returns { env, text }; without PyTorch, env is that of the peers, and no text
 */
export async function trainingSettings({ peers, prefix, progress }) {
  if (peers.lacks("torch", "numpy")) return { env: peers.env };
  const program = peers.program("ppo_cartpole_torch.py");
  const command = program
    ? [peers.python, program, "--steps", "8192"]
    : [peers.python, peers.program("sb3.py"), "ppo", "CartPole-v1", "--steps", "8192"];
  progress("trying PyTorch's settings");
  settings ??= await fastestSettings(command, { env: peers.env, prefix, read: ({ wall_s }) => wall_s });
  return settings;
}

/** Stable-Baselines3 as a competitor: a training with the hyperparameters `hp` of its constructor. */
export function stableBaselines3({ peers }, { env, name = "Stable-Baselines3", threads, ...training }) {
  const { algorithm = "ppo", id = "CartPole-v1", envs, hp, steps, until } = training;
  const box2d = id.startsWith("Lunar") ? ["Box2D"] : [];
  const missing = peers.lacks("torch", "stable_baselines3", "gymnasium", ...box2d);
  const command = (round) => [
    peers.python,
    peers.program("sb3.py"),
    algorithm,
    box2d.length ? `lunar_lander:${id}` : id,
    ...["--envs", String(envs), "--hp", JSON.stringify(hp), "--steps", String(steps), "--seed", String(round + 1)],
    ...(until === undefined ? [] : ["--until", String(until)]),
    ...(threads === undefined ? [] : ["--threads", String(threads)]),
  ];
  return { name, missing, command, env: threads === undefined ? env : withThreads(env, threads) };
}

/** The arguments of polgrad's training, whose seed is that of the round, as Stable-Baselines3's. */
export const polgradTraining =
  ({ algorithm = "ppo", id = "CartPole-v1", options = {}, steps, until }) =>
  (round) => [
    ownProgram("train.mjs"),
    algorithm,
    id,
    ...["--options", JSON.stringify(options), "--seed", String(round + 1), "--steps", String(steps)],
    ...(until === undefined ? [] : ["--until", String(until)]),
  ];
