// The parts `update` and `wide`: one PPO minibatch update, of small networks on one core, and of wide ones, which with the
// whole machine too. All engines start from the same weights and minibatches, and their numbers are compared.

import { join } from "node:path";
import { compile } from "../compile.mjs";
import { installJavaScriptPeers } from "../javascript-peers.mjs";
import { cpuFlags } from "../machine.mjs";
import { withNodes } from "../nodes.mjs";
import { ownPeer } from "../peers.mjs";
import { fastestSettings, withThreads } from "../pytorch.mjs";
import { writeUpdateData } from "../update-data.mjs";
import { allThreads, ownProgram, threadCounts, threadText } from "./context.mjs";

const measures = [{ key: "ms", head: "ms per update", faster: "less" }];
const torchProgram = ownPeer("ppo_update_torch.py");

/** Largest relative difference of loss and gradient norm to the first engine's, as a note; undefined with fewer than two engines. */
export function agreement(results) {
  // The first rounds' numbers, of the engines that tell any.
  const checks = [...results.values()].map(({ rounds }) => rounds[0]?.check).filter(Boolean);
  if (checks.length < 2) return undefined;
  const relative = (a, b) => (Number.isFinite(a) ? Math.abs(a - b) / Math.max(Math.abs(b), 1e-8) : Infinity);
  const difference = Math.max(
    ...checks.flatMap((check) =>
      check.flatMap(({ loss, gradientNorm }, i) => [
        relative(loss, checks[0][i].loss),
        relative(gradientNorm, checks[0][i].gradientNorm),
      ]),
    ),
  );
  const failed = difference > 1e-4;
  const text =
    `loss and gradient norm of updates 1 and 11 ${failed ? "DIFFER by" : "agree to"} ` +
    `${difference.toExponential(1)} (relative, largest between the engines)`;
  return { text, failed };
}

/** Writes the data, tries PyTorch's settings and compiles the program in C, for layers of so many units. */
export async function prepare({ peers, prefix, progress, scratch }, hidden, largestBatch) {
  const data = join(scratch, `update-${hidden}`);
  progress(`writing the data of networks with ${hidden} units`);
  writeUpdateData(data, { hidden, largestBatch });
  const missing = peers.lacks("torch", "numpy");
  progress("trying PyTorch's settings");
  const tried = ["--data", data, "--batch", String(Math.min(256, largestBatch)), "--seconds", "0.3"];
  const torch = missing
    ? { missing }
    : await fastestSettings([peers.python, torchProgram, ...tried], {
        env: peers.env,
        prefix,
        read: ({ best }) => best,
      });
  progress("compiling the program in C");
  const c = compile(ownPeer("ppo_update.c"), join(scratch, `update-${hidden}-c`), [`-DHIDDEN=${hidden}`]);
  return { hidden, data, torch, c };
}

const flagsOf = ({ options }, { data }, batch) => [
  ...["--data", data, "--batch", String(batch), "--seconds", String(options.seconds)],
];

export const polgrad = (context, prepared, batch, threads = 1) =>
  withNodes(context.nodes, {
    command: [ownProgram("update.mjs"), ...flagsOf(context, prepared, batch), "--threads", String(threads)],
  });

export function pytorch(context, prepared, batch, variant, threads) {
  const { env, missing } = prepared.torch;
  const name = `PyTorch, ${variant === "flat" ? "tuned" : "as usual"}`;
  const flags = [...flagsOf(context, prepared, batch), "--variant", variant];
  const command = [context.peers.python, torchProgram, ...flags];
  return threads === undefined
    ? { name, missing, command, env }
    : {
        name: `${name}, ${threadText(threads)}`,
        missing,
        command: [...command, "--threads", String(threads)],
        env: withThreads(env, threads),
      };
}

export const byHand = ({ options }, { data, c }, batch) => ({
  name: "by hand in C",
  missing: c.missing,
  command: [c.program, data, String(batch), String(options.seconds)],
});

/** All with one thread. */
const competitorsOf = (context, prepared, batch) => [
  ...polgrad(context, prepared, batch),
  pytorch(context, prepared, batch, "flat"),
  pytorch(context, prepared, batch, "plain"),
  byHand(context, prepared, batch),
];

const forms =
  "PyTorch, as usual: nn.Sequential, clip_grad_norm_, torch.optim.Adam (foreach); tuned: parameters in one vector, addmm, Adam by hand";
const steps = "forward, loss, backward, gradient clipping, Adam";

export async function updatePart(context) {
  const { nodes, peers, options, scratch, progress } = context;
  const prepared = await prepare(context, options.hidden, Math.max(...options.batches));
  const lacksJavaScript = installJavaScriptPeers();
  const limit = peers.program("ppo_update_limit.c");
  let limitProgram;
  if (limit && options.hidden === 64) {
    progress("compiling the limit");
    limitProgram = cpuFlags().has("avx512f")
      ? compile(limit, join(scratch, "limit"), ["-mprefer-vector-width=512", "-fno-trapping-math"])
      : { missing: "it is written for AVX-512, which this processor has not" };
  }
  const cases = options.batches.map((batch) => {
    const flags = flagsOf(context, prepared, batch);
    const inNode = (name, program) => ({ name, missing: lacksJavaScript, command: [nodes[0].path, ownPeer(program), ...flags] }); // prettier-ignore
    // It measures several sizes in one run, a JSON line each.
    const lineOf = (out) => out.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line)).find((line) => line.batch === batch); // prettier-ignore
    const competitors = [
      ...competitorsOf(context, prepared, batch),
      ...(limitProgram && [64, 128, 256, 1024, 4096].includes(batch)
        ? [
            {
              name: "ppo_update_limit.c",
              missing: limitProgram.missing,
              command: [limitProgram.program],
              parse: lineOf,
            },
          ]
        : []),
      inNode("jax-js", "ppo_update_jax.mjs"),
      inNode("TensorFlow.js", "ppo_update_tfjs.mjs"),
    ];
    return { name: `batch ${batch}`, competitors, check: agreement };
  });
  const units = options.hidden;
  return {
    title: `One PPO minibatch update (two 4-${units}-${units} tanh networks: ${steps})`,
    measures,
    cases,
    notes: [prepared.torch.text, forms].filter(Boolean),
  };
}

export async function widePart(context) {
  const batch = 256;
  const prepared = await prepare(context, 256, batch);
  const unpinned = [
    ...polgrad(context, prepared, batch, allThreads),
    ...threadCounts.flatMap((count) => ["flat", "plain"].map((form) => pytorch(context, prepared, batch, form, count))),
  ];
  return {
    title: `The same of two 4-256-256 networks with 256 rows, on one core and with the whole machine (${threadText(allThreads)})`,
    measures,
    cases: [
      { name: "one core", competitors: competitorsOf(context, prepared, batch), check: agreement },
      { name: "whole machine", competitors: unpinned, prefix: [], check: agreement },
    ],
    notes: [prepared.torch.text, `whole machine: nothing is pinned; an update of polgrad has ${threadText(allThreads)}`].filter(Boolean), // prettier-ignore
  };
}
