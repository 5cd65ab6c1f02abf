// The part `environments`: steps per second of each environment, beside Gymnasium's.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { inRounds } from "./children.mjs";
import { format, ratios, summarize } from "./statistics.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Steps per second of Gymnasium 1.3, measured on a machine of the same kind (the project's reference figures): constants,
 * which no run here measures. LunarLander's were 9,000 to 15,000; the higher counts.
 */
const referenceFigures = {
  "CartPole-v1": 78_000,
  "Pendulum-v1": 23_000,
  "Acrobot-v1": 10_500,
  "MountainCarContinuous-v0": 58_000,
  "LunarLander-v3": 15_000,
};

const environments = [
  "CartPole-v1",
  "Pendulum-v1",
  "Acrobot-v1",
  "MountainCarContinuous-v0",
  "MountainCar-v0",
  "FrozenLake-v1",
  "CliffWalking-v1",
  "LunarLander-v3",
];

/** The first Python that can import Gymnasium, of $GYMNASIUM_PYTHON or $PYTHON, and what it is; else undefined. */
export function findGymnasium() {
  const { GYMNASIUM_PYTHON, PYTHON } = process.env;
  const named = [GYMNASIUM_PYTHON, PYTHON].filter(Boolean);
  const script = "import gymnasium, numpy; print(f'Gymnasium {gymnasium.__version__}, NumPy {numpy.__version__}')";
  for (const python of named.length ? named : ["/usr/bin/python3", "python3"]) {
    const { status, stdout } = spawnSync(python, ["-c", script], { encoding: "utf8" });
    if (status === 0) return { python, text: stdout.trim() };
  }
  return undefined;
}

/** @returns a section of the report */
export async function benchEnvironments({ prefix, options, progress }) {
  const gymnasium = findGymnasium();
  const rows = [];
  const notes = [];
  for (const id of environments) {
    const flags = ["--env", id, "--seconds", String(options.seconds)];
    const competitors = [
      { name: "polgrad", command: [process.execPath, here("../polgrad/environment.mjs"), ...flags] },
      ...(gymnasium
        ? [{ name: "Gymnasium", command: [gymnasium.python, here("../peers/environment_gymnasium.py"), ...flags] }]
        : []),
    ];
    const onRun = (name, round) => progress(`environments: ${id}, round ${round + 1} of ${options.rounds}, ${name}`);
    const results = await inRounds(competitors, options.rounds, { prefix, onRun });
    const ours = results.get("polgrad");
    if (ours.failed || ours.rounds.some(({ missing }) => missing)) {
      notes.push(`${id}: left out (${ours.failed ?? "polgrad has no environment of this name"})`);
      continue;
    }
    const rates = ours.rounds.map(({ steps_per_s }) => steps_per_s);
    const theirs = results.get("Gymnasium");
    const theirRates = theirs?.rounds.map(({ steps_per_s }) => steps_per_s) ?? [];
    if (theirs?.failed) notes.push(`Gymnasium's ${id}: left out (${theirs.failed})`);
    const figure = referenceFigures[id];
    rows.push([
      id,
      format(summarize(rates)),
      figure ? figure.toLocaleString("en-US") : "",
      figure ? format(summarize(rates.map((rate) => rate / figure)), "×") : "",
      ...(gymnasium ? [format(summarize(theirRates)), format(ratios(rates, theirRates), "×")] : []),
    ]);
  }
  return {
    title: "Environments alone: step(action, out), random actions, reset at each episode's end",
    head: [
      "environment",
      "steps per second",
      "Gymnasium elsewhere",
      "faster than elsewhere",
      ...(gymnasium ? ["Gymnasium here", "faster than here"] : []),
    ],
    rows,
    notes: [
      "Gymnasium elsewhere: constants, Gymnasium 1.3 measured on a machine of the same kind, not in this run" +
        " (LunarLander: the higher of 9,000 and 15,000)",
      gymnasium
        ? `Gymnasium here: ${gymnasium.text}, the same loop over actions drawn beforehand, in Python`
        : "Gymnasium here: left out (no Python with gymnasium; name one in $GYMNASIUM_PYTHON)",
      ...notes,
    ],
  };
}
