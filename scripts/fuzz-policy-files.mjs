// Loads policy files that have been damaged at random, as loadPolicy must be able to: it refuses them with an InputError,
// or loads finite weights, within a second.
//
//   node scripts/fuzz-policy-files.mjs [cases] [seed]      counts per outcome and the first offender; exit code 1 if
//                                                          there is one. Default: 100,000 cases, seed 1

import { fileURLToPath } from "node:url";

/** Numbers from 0 to 1 that a seed fixes: mulberry32. */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Policy files to begin with: every kind of action and observation, normalizers, masks, memory, a shared trunk. */
export async function policyFiles({ createTraining }) {
  const short = { rollout: 8, minibatches: 2 };
  const settings = [
    ["ppo", { env: "CartPole-v1", ...short, normalizeObservations: true }],
    ["ppo", { env: "Pendulum-v1", ...short, gaussian: "squashed", logStd: "network" }],
    ["ppo", { env: "Pendulum-v1", ...short, normalizeObservations: false, initialLogStd: -1 }],
    ["ppo", { env: "Recall-v0", memory: "gru", memorySize: 3, ...short }],
    ["a2c", { env: "MaskedIdentity-v0", sharedTrunk: true }],
    ["a2c", { env: "IdentityMultiDiscrete-v0", activation: "relu" }],
    ["trpo", { env: "IdentityMultiBinary-v0", ...short, minibatches: undefined }],
    ["reinforce", { env: "FrozenLake-v1", strict: true }],
  ];
  const files = [];
  for (const [algorithm, options] of settings) {
    const training = await createTraining(algorithm, { hidden: [4, 3], totalSteps: 100, ...options });
    training.update();
    files.push(training.savePolicy());
    training.close();
  }
  return files;
}

const deep = (open, close, levels) => open.repeat(levels) + close.repeat(levels);

/** JSON that a description or a header does not expect, or not there. */
const oddities = [
  "null true false 0 -0 -1 1 0.5 3 30000 1000000000 4294967296 9007199254740991 9007199254740993 1e308 1e999 -1e999",
  '"" "x" "NaN" "inf" "-inf" "custom" "gru" "network" "box" "discrete" "F64" "I32" "BOOL" [] [0] [-0] [1e9] ["4"] {}',
]
  .join(" ")
  .split(" ");
const largeOddities = [
  deep("[", "]", 10_000),
  deep('{"a":', "}", 10_000).replace("}", "1}"),
  JSON.stringify("x".repeat(5000)),
  `[${"9e9,".repeat(500)}1]`,
];

const oddKeys = ["__proto__", "constructor", "toString", "polgrad", "policy", "hidden", "kind", "n", "extra", "shape"];

/** JSON as a tree whose objects may have a member twice, or one named __proto__. Leaves are text. */
const treeOf = (x) =>
  Array.isArray(x)
    ? { items: x.map(treeOf) }
    : typeof x === "object" && x !== null
      ? { members: Object.entries(x).map(([key, value]) => [key, treeOf(value)]) }
      : JSON.stringify(x);

const textOf = (node) =>
  typeof node === "string"
    ? node
    : node.items
      ? `[${node.items.map(textOf).join(",")}]`
      : `{${node.members.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join(",")}}`;

/** Changes one place of a tree: a value, a key, or what there is. */
function editTree(node, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const odd = () => pick(random() < 0.02 ? largeOddities : oddities);
  const inner = (node.items ?? node.members.map(([, value]) => value)).filter((x) => typeof x !== "string");
  if (inner.length > 0 && random() < 0.7) return editTree(pick(inner), random);
  const list = node.items ?? node.members;
  const at = Math.floor(random() * list.length);
  const kind = Math.floor(random() * 6);
  if (kind === 0 || list.length === 0) list.push(node.items ? odd() : [pick(oddKeys), odd()]);
  else if (kind === 1) list.splice(at, 1);
  else if (kind === 2) list.push(list[at]);
  else if (node.items) list[at] = odd();
  else if (kind === 3) list[at] = [pick(oddKeys), list[at][1]];
  else list[at] = [list[at][0], odd()];
}

function withHeader(header, data) {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const headerLength = (bytes) => Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
const headerText = (bytes) => Buffer.from(bytes.subarray(8, 8 + headerLength(bytes))).toString();

/** Changes the header or, half of the time, the description that it holds. */
function editHeader(bytes, random) {
  const header = JSON.parse(headerText(bytes));
  if (random() < 0.6) {
    const description = treeOf(JSON.parse(header.__metadata__.polgrad));
    for (let edits = 1 + 2 * random(); edits > 0; edits--) editTree(description, random);
    header.__metadata__.polgrad = textOf(description);
    return withHeader(JSON.stringify(header), bytes.subarray(8 + headerLength(bytes)));
  }
  const tree = treeOf(header);
  editTree(tree, random);
  return withHeader(textOf(tree), bytes.subarray(8 + headerLength(bytes)));
}

/** Random damage to the bytes of a file; `other` is another file, to take parts from. */
export function damaged(file, other, random) {
  const whole = (n) => Math.floor(random() * n);
  const copy = file.slice();
  const header = 8 + headerLength(file);
  switch (whole(9)) {
    case 0: // bits anywhere
      for (let flips = 1 + whole(4); flips > 0; flips--) copy[whole(copy.length)] ^= 1 << whole(8);
      return copy;
    case 1: // a byte of the header
      copy[8 + whole(header - 8)] = whole(256);
      return copy;
    case 2: // a weight
      new DataView(copy.buffer).setUint32(
        header + 4 * whole((copy.length - header) / 4),
        random() < 0.5 ? (0x7f800000 | whole(2)) >>> 0 : whole(2 ** 32),
        true,
      );
      return copy;
    case 3: // cut short, or too long
      return random() < 0.7 ? copy.subarray(0, whole(copy.length)) : Uint8Array.from([...copy, ...new Uint8Array(8)]);
    case 4: {
      // a piece of another file
      const [from, length] = [whole(other.length), whole(200)];
      copy.set(other.subarray(from, Math.min(from + length, other.length)).subarray(0, copy.length), 0 + whole(8));
      return copy;
    }
    case 5: // another file's data, or its header
      return random() < 0.5
        ? withHeader(headerText(file), other.subarray(8 + headerLength(other)))
        : withHeader(headerText(other), file.subarray(header));
    default:
      return editHeader(file, random);
  }
}

/** A policy's numbers that are not finite. */
function infiniteOf({ engine, weights, normalizer }) {
  const of = weights.find((v) => engine.read(v).some((x) => !Number.isFinite(x)))?.name;
  const { mean = [], variance = [], low = [], high = [] } = normalizer ?? {};
  return of ?? ([...mean, ...variance, ...low, ...high].every(Number.isFinite) ? undefined : "the normalizer");
}

/**
 * Damages files and loads them.
 *
 * @returns how often there was which outcome, and the first that there must not be
 */
export async function fuzz({ loadPolicy, InputError }, files, { cases, seed }) {
  const random = randomNumbers(seed);
  const outcomes = {};
  let offender;
  let slowest = 0;
  for (let i = 0; i < cases; i++) {
    const [file, other] = [files[Math.floor(random() * files.length)], files[Math.floor(random() * files.length)]];
    const bytes = damaged(file, other, random);
    const start = process.cpuUsage(); // of a busy machine, the clock would tell about others
    let outcome;
    let wrong;
    try {
      const policy = await loadPolicy(bytes);
      const infinite = infiniteOf(policy);
      wrong = infinite !== undefined;
      outcome = wrong ? `loaded, with ${infinite} not finite` : "loaded";
    } catch (error) {
      wrong = !(error instanceof InputError);
      outcome = wrong ? error.stack : "refused";
    }
    const { user, system } = process.cpuUsage(start);
    const milliseconds = (user + system) / 1000;
    slowest = Math.max(slowest, milliseconds);
    if (milliseconds > 1000) [wrong, outcome] = [true, `${outcome} after ${Math.round(milliseconds)} ms`];
    const kind = outcome.split("\n")[0];
    outcomes[kind] = (outcomes[kind] ?? 0) + 1;
    if (wrong) offender ??= { case: i, outcome, bytes };
  }
  return { outcomes, offender, slowest };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [cases = 100_000, seed = 1] = process.argv.slice(2).map(Number);
  const library = await import(new URL("../dist/index.js", import.meta.url).href);
  const files = await policyFiles(library);
  const start = performance.now();
  const { outcomes, offender, slowest } = await fuzz(library, files, { cases, seed });
  const seconds = (performance.now() - start) / 1000;
  for (const [outcome, count] of Object.entries(outcomes)) console.log(`${String(count).padStart(9)}  ${outcome}`);
  console.log(`${(cases / seconds).toFixed(0)} files/s; the slowest took ${slowest.toFixed(1)} ms`);
  if (offender) {
    console.log(`\nFirst offender, case ${offender.case}: ${offender.outcome}`);
    console.log(Buffer.from(offender.bytes).toString("base64"));
    process.exitCode = 1;
  }
}
