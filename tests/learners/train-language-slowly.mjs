// A process to be killed or interrupted: trains a language model into a run folder, and says so once it has begun.
//
//   node train-language-slowly.mjs <sft | reward-model | rlhf> <sources and options as JSON> <settings as JSON>

import { trainRewardModelToRun, trainRlhfToRun, trainSftToRun } from "../../dist/node.js";

const [kind, options, settings] = process.argv.slice(2);
const trainings = { sft: trainSftToRun, "reward-model": trainRewardModelToRun, rlhf: trainRlhfToRun };
const controller = new globalThis.AbortController();
process.on("SIGINT", () => controller.abort());
const { status } = await trainings[kind](JSON.parse(options), {
  ...JSON.parse(settings),
  checkpointSeconds: 0.01,
  signal: controller.signal,
  async onUpdate({ update }) {
    if (update === 3) console.log("going");
    if (update >= 3) await new Promise((resolve) => setTimeout(resolve, 100)); // a middle to be killed in
  },
});
console.log(status);
