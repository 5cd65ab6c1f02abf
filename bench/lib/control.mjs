// The part `control`: PPO with its presets on continuous control, beside Stable-Baselines3's speed, and with two workers.

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { inRounds } from "./children.mjs";
import { format, ratios, summarize } from "./statistics.mjs";

const program = fileURLToPath(new URL("../polgrad/preset.mjs", import.meta.url));

/**
 * Steps per second of Stable-Baselines3's PPO with its zoo's hyperparameters, measured on a machine of the same kind (the
 * project's reference figures): constants, which no run here measures. LunarLander: 1,413 s for 1,000,000 steps.
 */
const trainings = [
  { env: "Pendulum-v1", steps: 100_000, stableBaselines3: 1_700 },
  { env: "LunarLanderContinuous-v3", steps: 1_000_000, stableBaselines3: 719 },
];

/** @returns a section of the report */
export async function benchControl({ prefix, options, progress }) {
  const rows = [];
  const notes = [];
  for (const { env, steps, stableBaselines3 } of trainings) {
    const flags = ["--env", env, "--steps", String(steps)];
    const command = [process.execPath, program, ...flags];
    const onRun = (name, round) => progress(`control: ${env}, round ${round + 1} of ${options.rounds}, ${name}`);
    const pinned = await inRounds([{ name: "one core", command }], options.rounds, { prefix, onRun });
    // Two threads need two processors, so neither of these is pinned.
    const free = await inRounds(
      [
        { name: "1 worker", command },
        { name: "2 workers", command: [...command, "--workers", "2"] },
      ],
      availableParallelism() > 1 ? options.rounds : 0,
      { prefix: [], onRun },
    );
    const rates = (results, name) => results.get(name).rounds.map(({ steps_per_s }) => steps_per_s);
    const one = rates(pinned, "one core");
    rows.push([
      env,
      format(summarize(one)),
      format(summarize(pinned.get("one core").rounds.map(({ wall_s }) => wall_s))),
      stableBaselines3.toLocaleString("en-US"),
      format(summarize(one.map((rate) => rate / stableBaselines3)), "×"),
      format(summarize(rates(free, "2 workers"))),
      format(ratios(rates(free, "2 workers"), rates(free, "1 worker")), "×"),
    ]);
    const all = [...pinned, ...free];
    for (const [name, { failed }] of all) if (failed) notes.push(`${env}, ${name}: left out (${failed})`);
    const weights = new Set(all.flatMap(([, { rounds }]) => rounds.map(({ weightsSha256 }) => weightsSha256)));
    notes.push(
      weights.size === 1
        ? `${env}: every run ended with the same weights, to the bit`
        : `${env}: the runs DIFFER in their weights`,
    );
    if (weights.size > 1) process.exitCode = 1;
  }
  return {
    title: "PPO with its presets on continuous control",
    head: [
      "environment",
      "steps per second, one core",
      "seconds",
      "Stable-Baselines3 elsewhere",
      "faster than elsewhere",
      "2 workers, not pinned",
      "2 workers to 1",
    ],
    rows,
    notes: [
      "Stable-Baselines3 elsewhere: constants, its zoo's hyperparameters on a machine of the same kind, not in this run",
      ...notes,
    ],
  };
}
