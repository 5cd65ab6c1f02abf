// Fingerprints of short trainings: what each algorithm learns with each kind of action, memory and number of workers.
// A change that is to leave all numbers alone is checked with them.
//
//   node scripts/fingerprints.mjs --strict                          prints the table of strict builds, which is the same
//                                                                    on every machine: tests/compatibility compares it
//   node scripts/fingerprints.mjs --against <folder of another clone>  compares fast builds of two clones on this machine
//   --in <folder>                                                    takes that clone's build instead of this one's

import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const thisClone = fileURLToPath(new URL("..", import.meta.url));

/** [name, algorithm, options, numbers of workers] */
export const cases = [
  ...everyAlgorithmAndAction(),
  ["reinforce: constant baseline, γᵗ", "reinforce", { env: "CartPole-v1", baseline: "constant", discountTime: true }],
  ["reinforce: no baseline", "reinforce", { env: "CartPole-v1", baseline: "none", learningRateSchedule: "linear" }],
  ["reinforce: shared trunk", "reinforce", { env: "CartPole-v1", sharedTrunk: true, maxGradientNorm: 0.5 }],
  ["actor-critic: γᵗ", "actor-critic", { env: "CartPole-v1", reportEvery: 70, discountTime: true }],
  [
    "actor-critic: Adam",
    "actor-critic",
    { env: "Pendulum-v1", optimizer: "adam", envs: 3, learningRate: 1e-3, gamma: 0.99 },
  ],
  ["actor-critic: RMSProp, shared trunk", "actor-critic", { env: "CartPole-v1", optimizer: "rmsprop", sharedTrunk: true }], // prettier-ignore
  ["a2c: GAE, Adam", "a2c", { env: "CartPole-v1", envs: 1, rollout: 64, lambda: 0.95, optimizer: "adam" }],
  ["a2c: SGD, normalized advantages", "a2c", { env: "CartPole-v1", optimizer: "sgd", normalizeAdvantages: true }],
  ["a2c: workers", "a2c", { env: "Pendulum-v1", envs: 5, rollout: 32, gamma: 0.99, ...normalized() }, [1, 2, 3]],
  ["a3c: V-trace", "a3c", { env: "CartPole-v1", vtrace: true, lambda: 0.9 }],
  ["a3c: Adam, normalized", "a3c", { env: "Pendulum-v1", optimizer: "adam", envs: 2, ...normalized() }],
  ["ppo: no clipping, KL penalty", "ppo", { env: "CartPole-v1", clip: 0, klPenalty: "adaptive", valueClip: 0 }],
  ["ppo: adaptive rate", "ppo", { env: "Pendulum-v1", learningRateSchedule: "adaptive", desiredKl: 0.001 }],
  ["ppo: schedules, KL stop", "ppo", { env: "CartPole-v1", clipSchedule: "linear", targetKl: 1e-4, sharedTrunk: true }],
  ["ppo: odd minibatches", "ppo", { env: "CartPole-v1", envs: 3, rollout: 37, minibatches: 5, activation: "relu" }],
  ["ppo: plain advantages", "ppo", { env: "CartPole-v1", normalizeAdvantages: false, hidden: [16, 16] }],
  ["ppo: evaluation", "ppo", { env: "CartPole-v1", evaluateEvery: 512, evaluateEpisodes: 2, ...normalized() }],
  ["ppo: workers", "ppo", { env: "Pendulum-v1", envs: 5, rollout: 64, ...normalized() }, [1, 2, 3]],
  ["ppo: large minibatches", "ppo", { env: "CartPole-v1", envs: 5, rollout: 96, minibatches: 1, hidden: [64] }, [1, 2]],
  ["ppo: memory, KL penalty", "ppo", { env: "Recall-v0", klPenalty: "adaptive", ...memory() }],
  ["ppo: memory, workers", "ppo", { env: "Recall-v0", envs: 5, ...memory() }, [1, 2]],
  ["ppo: memory, shared trunk", "ppo", { env: "Pendulum-v1", sharedTrunk: true, ...memory(), ...normalized() }],
  ["trpo: part of the rollout, entropy", "trpo", { env: "CartPole-v1", fisherFraction: 0.3, entropyCoefficient: 0.01 }],
  ["trpo: large steps", "trpo", { env: "CartPole-v1", maxKl: 0.5, lineSearchTries: 3, criticBatch: 20 }],
  ["trpo: workers", "trpo", { env: "Acrobot-v1", envs: 5, rollout: 64, ...normalized() }, [1, 2, 3]],
].flatMap(([name, algorithm, options, workers]) =>
  workers
    ? workers.map((n) => ({ name: `${name} ${n}`, algorithm, options: { ...options, workers: n } }))
    : [{ name, algorithm, options }],
);

function everyAlgorithmAndAction() {
  const actions = {
    discrete: { env: "Identity-v0" },
    "one-hot Box": { env: "IdentityBox-v0" },
    masked: { env: "MaskedIdentity-v0" },
    "multi-discrete": { env: "IdentityMultiDiscrete-v0" },
    "multi-binary": { env: "IdentityMultiBinary-v0" },
    Gaussian: { env: "IdentityContinuous-v0", ...normalized() },
    "Gaussian, σ of the network": { env: "IdentityContinuous-v0", logStd: "network", initialLogStd: -0.5 },
  };
  const algorithms = { reinforce: {}, "actor-critic": { envs: 2 }, a2c: {}, a3c: {}, ppo: {}, trpo: { rollout: 64 } };
  const plain = Object.entries(algorithms).flatMap(([algorithm, options]) =>
    Object.entries(actions).map(([action, env]) => [`${algorithm}: ${action}`, algorithm, { ...env, ...options }]),
  );
  const remembering = Object.entries(actions).map(([action, env]) => [
    `ppo: ${action}, memory`,
    "ppo",
    { ...env, ...memory() },
  ]);
  return [...plain, ...remembering];
}

function normalized() {
  return { normalizeObservations: true, normalizeRewards: true };
}

function memory() {
  return { memory: "gru", memorySize: 6, rollout: 16, minibatches: 2 };
}

/** Sizes that keep a case below a second. */
const small = {
  reinforce: { hidden: [8] },
  "actor-critic": { hidden: [8], reportEvery: 100 },
  a2c: { hidden: [8], envs: 4 },
  a3c: { hidden: [8], workers: 1, reportEvery: 200 },
  ppo: { hidden: [8], rollout: 32, epochs: 2 },
  trpo: { hidden: [8], rollout: 100, criticEpochs: 2 },
};

/** What 0.1.0 did by default and today's defaults do not. */
const former = {
  common: {
    entropyCoefficient: 0.01,
    normalizeObservations: false,
    normalizeRewards: false,
    gaussian: "clipped",
    learningRateSchedule: "linear",
  },
  reinforce: { learningRate: 1e-3, criticLearningRate: 5e-3, learningRateSchedule: "constant" },
  "actor-critic": { envs: 1, learningRate: 0.02, criticLearningRate: 0.1, optimizer: "sgd", maxGradientNorm: 5 },
  a2c: { rollout: 5, lambda: 1, learningRate: 7e-4, optimizer: "rmsprop", normalizeAdvantages: false },
  a3c: { envs: 1, rollout: 20, lambda: 1, learningRate: 7e-4, optimizer: "rmsprop" },
  ppo: { envs: 4, epochs: 4, minibatches: 4, learningRate: 2.5e-4, valueClip: 0.2, valueCoefficient: 0.5 },
  trpo: { envs: 2, entropyCoefficient: 0, criticLearningRate: 1e-3, criticBatch: 128 },
};

/** Cases that came to other bits since 0.1.0 for a reason: normalization has a warm-up, and units from ranges. */
const changedOnPurpose = ({ options }) => options.normalizeObservations || options.normalizeRewards;

/** Keys of a checkpoint's state that are called otherwise since 0.1.0: [today's, 0.1.0's]. */
const renamed = [
  ["learner.agent", "agent"],
  ["learner.optimizer", "optimizerSteps"],
];

/**
 * What a training comes to: SHA-256 of the weights; of all reports of updates; of the checkpoint's tensors and of its
 * state, by the names that 0.1.0 gave to its parts.
 */
export async function fingerprint({ createTraining, decodeSafetensors, optionsSchema }, one, strict) {
  const { algorithm, options } = one;
  const known = Object.entries({ ...former.common, ...former[algorithm] }).filter(
    ([name]) => Object.hasOwn(optionsSchema(algorithm).shape, name), // 0.1.0 does not know them all
  );
  const training = await createTraining(algorithm, {
    totalSteps: 1200,
    ...Object.fromEntries(known),
    ...small[algorithm],
    ...options,
    seed: 7,
    strict,
  });
  const reports = [];
  while (!training.done) {
    const { warnings: _, ...report } = await training.update();
    reports.push(report);
  }
  const { tensors, metadata } = decodeSafetensors(training.checkpoint());
  training.close();
  const names = [...tensors.keys()].filter((name) => !name.startsWith("state/")).sort(); // a state's own, in 0.1.0's JSON
  return {
    weights: training.weightsSha256().slice(0, 16),
    reports: sha(JSON.stringify(reports)),
    tensors: sha(...names.flatMap((name) => [name, tensors.get(name).data])),
    state: sha(JSON.stringify(sorted(withOldNames(JSON.parse(metadata.polgrad))))),
  };
}

function sha(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(typeof part === "string" ? part : new Uint8Array(part.buffer, part.byteOffset, part.byteLength)); // prettier-ignore
  return hash.digest("hex").slice(0, 16);
}

function withOldNames({ format: _, options: __, ...state }) {
  for (const [today, old] of renamed) {
    const value = take(state, today.split("."));
    if (value !== undefined) put(state, old.split("."), value);
  }
  return state;
}

function take(object, [key, ...rest]) {
  if (rest.length > 0) return object[key] && take(object[key], rest);
  const value = object[key];
  delete object[key];
  return value;
}

function put(object, [key, ...rest], value) {
  if (rest.length === 0) object[key] = value;
  else put((object[key] ??= {}), rest, value);
}

/** The same with the keys of all objects in order. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  if (value.$number === "-0") return 0; // whose sign 0.1.0 lost
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** The whole table, by name. */
export async function table(library, strict) {
  const rows = {};
  for (const one of cases) rows[one.name] = await fingerprint(library, one, strict);
  return rows;
}

async function main(argv) {
  const clone = argv.includes("--in") ? resolve(argv[argv.indexOf("--in") + 1]) : thisClone;
  if (argv.includes("--against")) return compare(argv[argv.indexOf("--against") + 1], argv.includes("--strict"));
  const library = await import(pathToFileURL(join(clone, "dist/index.js")));
  const rows = await table(library, argv.includes("--strict"));
  process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
}

/** Prints the cases that come to other bits in another clone, which must be built; exits with 1 where there are any. */
function compare(other, strict) {
  const [ours, theirs] = [thisClone, other].map((clone) => {
    const flags = ["--in", clone, ...(strict ? ["--strict"] : [])];
    const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...flags], { maxBuffer: 1 << 26 });
    if (run.status !== 0) throw new Error(`${clone}: ${run.stderr}`);
    return JSON.parse(run.stdout);
  });
  const onPurpose = new Set(cases.filter(changedOnPurpose).map(({ name }) => name));
  const compared = Object.keys(ours).filter((name) => !onPurpose.has(name));
  const different = compared.filter((name) => JSON.stringify(ours[name]) !== JSON.stringify(theirs[name]));
  for (const name of different) console.log(`${name}\n  here  ${JSON.stringify(ours[name])}\n  there ${JSON.stringify(theirs[name])}`); // prettier-ignore
  console.log(`${compared.length - different.length} of ${compared.length} cases are the same`);
  if (onPurpose.size > 0) console.log(`${onPurpose.size} more differ from 0.1.0 on purpose, since they normalize`);
  process.exitCode = different.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
