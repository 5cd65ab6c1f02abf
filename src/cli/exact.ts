// polgrad exact <env>: values and policy gradient of an environment that is a finite MDP, without an estimate.

import type { Command } from "commander";
import { closeEnvs, envName, envSpec, makeEnv, type AsyncEnv, type EnvSource, type Mdp } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { countTrajectories, gradient, mdpOf, policyOf, thetaOf, values, ways } from "../exact/index.ts";
import { readTables } from "../exact/tables.ts";
import { openPolicy } from "../runs/open-run.ts";
import { readConfig } from "../runs/run-folder.ts";
import { inOneLine } from "../text/printable.ts";
import { assertFits } from "../training/evaluate.ts";
import { jsonObject, number } from "./arguments.ts";
import type { Context } from "./context.ts";
import { parseEnv } from "./env-argument.ts";
import { exactTables, type ExactFacts, type Way } from "./exact-tables.ts";

interface ExactFlags {
  policy: string;
  gamma: number;
  envOptions?: Record<string, unknown>;
  json?: true;
  debug?: true;
}

const gamma = number("--gamma", (value) => value >= 0 && value <= 1, "from 0 to 1");
const envOptions = jsonObject("--env-options", '{"slip": 0.1}');

/** Differences take time as the fourth power of the states: half a minute with so many. */
const mostStates = 100;

/** Defines `polgrad exact`; `done` takes the exit code. */
export function defineExact(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Compute V, Q, A, J and the policy gradient of an environment that is a finite MDP, exactly: of TwoStep-v0, " +
        "Terraces-v0, FrozenLake-v1, CliffWalking-v1, or of your own with tables. No time limit counts.",
    )
    .argument("<env>", "the environment: a name that `polgrad list` shows, or a file such as ./my-env.js")
    .option("--policy <uniform or run>", "every action alike, or the probabilities of a run's policy", "uniform")
    .option("--gamma <number>", "discount of future rewards (0 to 1)", gamma, 1)
    .option(
      "--env-options <json>",
      "options of the environment, as JSON [default: the run's, if it is of it]",
      envOptions,
    )
    .option("--json", "one line of JSON on stdout")
    .option("--debug", "show where in the code an error arose")
    .action(async (envText: string, flags: ExactFlags) => {
      const source = parseEnv(envText, context.cwd);
      const name = envName(source);
      const options = flags.envOptions ?? runOptions(flags.policy, name);
      const env = await makeEnv(source, options);
      try {
        const facts = await factsOf(env, name, flags, limitNote(source, options));
        context.stdout.write(flags.json ? `${JSON.stringify(inJson(facts))}\n` : exactTables(facts));
      } finally {
        closeEnvs([env], console.warn);
      }
      done(0);
    });
}

/** The options of the environment that a run was trained with, if it is this environment. */
function runOptions(policy: string, env: string): Record<string, unknown> {
  if (policy === "uniform") return {};
  const config = readConfig(policy);
  return config.env === env ? (config.options.envOptions as Record<string, unknown>) : {};
}

/** Tables know no time limit. */
function limitNote(source: EnvSource, { maxEpisodeSteps }: Record<string, unknown>): string[] {
  const limit = maxEpisodeSteps ?? (typeof source === "string" ? envSpec(source).maxEpisodeSteps : undefined);
  return typeof limit === "number" ? [`All of it is without the time limit of ${limit} steps.`] : [];
}

async function factsOf(
  env: AsyncEnv,
  name: string,
  { policy, gamma }: ExactFlags,
  known: readonly string[],
): Promise<ExactFacts> {
  const mdp = tablesOf(env, name);
  const probabilities =
    policy === "uniform"
      ? policyOf(new Float64Array(mdp.states * mdp.actions), mdp)
      : await probabilitiesOf(policy, env, mdp);
  const all = values(mdp, probabilities, gamma);
  const theta = thetaOf(probabilities);
  const notes = [...known];
  const gradients = Object.fromEntries(
    ways.map((by) => {
      try {
        if (by === "differences" && mdp.states > mostStates)
          throw new InputError(`it would take too long with ${mdp.states} states`);
        return [by, gradient(mdp, theta, { gamma, by })];
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        notes.push(`No gradient by ${by}: ${error.message}.`);
        return [by, null];
      }
    }),
  ) as Record<Way, Float64Array | null>;
  const trajectories = gradients.trajectories ? countTrajectories(mdp, probabilities).ended : null;
  const largestDifference = largest(Object.values(gradients).filter((g) => g !== null));
  return {
    env: name,
    policy,
    gamma,
    mdp,
    open: readTables(mdp).open,
    probabilities,
    values: all,
    gradients,
    notes,
    trajectories,
    largestDifference,
  };
}

function tablesOf(env: AsyncEnv, name: string): Mdp {
  try {
    return mdpOf(env);
  } catch (error) {
    throw error instanceof InputError
      ? new InputError(`${inOneLine(name)}: ${error.message}`, { cause: error })
      : error;
  }
}

/** π(a|s) of a run's policy in each state: float32 numbers, scaled to sum to 1 in float64. */
async function probabilitiesOf(run: string, env: AsyncEnv, { states, actions }: Mdp): Promise<Float64Array> {
  const policy = await openPolicy(run);
  assertFits(policy, env);
  if (policy.stateSize > 0)
    throw new InputError(`the policy of ${run} has a memory: what it does depends on more than the state`);
  const all = new Float64Array(states * actions);
  for (let s = 0; s < states; s++) {
    const row = Float64Array.from(policy.probabilities(s));
    const sum = row.reduce((total, p) => total + p, 0);
    row.forEach((p, a) => (all[s * actions + a] = p / sum));
  }
  return all;
}

function largest(gradients: readonly Float64Array[]): number | null {
  if (gradients.length < 2) return null;
  let difference = 0;
  for (const one of gradients)
    for (const other of gradients) one.forEach((x, k) => (difference = Math.max(difference, Math.abs(x - other[k]))));
  return difference;
}

function inJson({ mdp, open: _, values, probabilities, gradients, ...facts }: ExactFacts) {
  const byState = (numbers: Float64Array | null) =>
    numbers &&
    Array.from({ length: mdp.states }, (_, s) => [...numbers.subarray(s * mdp.actions, (s + 1) * mdp.actions)]);
  return {
    ...facts,
    j: values.j,
    v: [...values.v],
    occupancy: [...values.occupancy],
    probabilities: byState(probabilities),
    q: byState(values.q),
    advantage: byState(values.advantage),
    gradient: {
      trajectories: byState(gradients.trajectories),
      dynamicProgramming: byState(gradients["dynamic programming"]),
      differences: byState(gradients.differences),
    },
  };
}
