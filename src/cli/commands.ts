// The commands: what polgrad --help says of each, and the file that it is loaded from once it is typed.

import type { Command } from "commander";
import type { Context } from "./context.ts";

/** Gives a command its options and what it does; `done` takes the exit code. */
type Define = (command: Command, context: Context, done: (exitCode: number) => void) => void;

interface CommandEntry {
  readonly usage: string;
  readonly summary: string;
  load(): Promise<Define>;
}

/** The commands by name, in the order of --help. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  train: {
    usage: "<algorithm> <env> [options]",
    summary: "train a policy",
    load: async () => (await import("./train.ts")).defineTrain,
  },
  evaluate: {
    usage: "[options] <run>",
    summary: "play episodes with a trained policy",
    load: async () => (await import("./evaluate.ts")).defineEvaluate,
  },
  watch: {
    usage: "[options] <run>",
    summary: "see a trained policy play",
    load: async () => (await import("./watch.ts")).defineWatch,
  },
  resume: {
    usage: "[options] <run>",
    summary: "resume a run, or extend it",
    load: async () => (await import("./resume.ts")).defineResume,
  },
  report: {
    usage: "[options] <run>",
    summary: "write a run's report.html anew",
    load: async () => (await import("./report.ts")).defineReport,
  },
  diagnose: {
    usage: "[options] <run>",
    summary: "what a run's metrics show, in words",
    load: async () => (await import("./diagnose.ts")).defineDiagnose,
  },
  compare: {
    usage: "[options] <runs...>",
    summary: "runs side by side: a table, and a page with curves",
    load: async () => (await import("./compare.ts")).defineCompare,
  },
  export: {
    usage: "[options] <run> <file>",
    summary: "write a trained policy as an ONNX model",
    load: async () => (await import("./export.ts")).defineExport,
  },
  exact: {
    usage: "<env> [options]",
    summary: "values and policy gradient of a small environment",
    load: async () => (await import("./exact.ts")).defineExact,
  },
  benchmark: {
    usage: "[suite] [options]",
    summary: "run a suite of algorithms, environments and seeds",
    load: async () => (await import("./benchmark.ts")).defineBenchmark,
  },
  sweep: {
    usage: "<file>, or <algorithm> <env> [options]",
    summary: "train settings of options with several seeds",
    load: async () => (await import("./sweep.ts")).defineSweep,
  },
  tune: {
    usage: "<algorithm> <env> [options]",
    summary: "look for options that learn",
    load: async () => (await import("./tune.ts")).defineTune,
  },
  worker: {
    usage: "--redis <url> [options]",
    summary: "carry out trainings that sweeps hand to Redis",
    load: async () => (await import("./worker.ts")).defineWorker,
  },
  experiment: {
    usage: "[names...] [options]",
    summary: "put the lecture's claims to the test",
    load: async () => (await import("./experiment.ts")).defineExperiment,
  },
  sft: {
    usage: "<texts> [options]",
    summary: "supervised fine-tuning of a language model",
    load: async () => (await import("./sft.ts")).defineSft,
  },
  "reward-model": {
    usage: "<pairs.jsonl> --model <model> [options]",
    summary: "a reward model from pairs of answers",
    load: async () => (await import("./reward-model.ts")).defineRewardModel,
  },
  rlhf: {
    usage: "[options]",
    summary: "RLHF of a language model, or of a built-in case",
    load: async () => (await import("./rlhf.ts")).defineRlhf,
  },
  generate: {
    usage: "<model> [prompt] [options]",
    summary: "text from a language model",
    load: async () => (await import("./generate.ts")).defineGenerate,
  },
  list: {
    usage: "[options]",
    summary: "algorithms, environments and presets",
    load: async () => (await import("./list.ts")).defineList,
  },
};
