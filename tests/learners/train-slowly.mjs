// A process to be killed: trains one of learners.mjs into a run folder, and says so once it has begun.
//
//   node train-slowly.mjs <learner> <folder of runs> <options as JSON>

import { trainToRun } from "../../dist/node.js";
import * as learners from "./learners.mjs";

const [name, runDir, options] = process.argv.slice(2);
const learner = {
  ...learners[name],
  create(setting) {
    const made = learners[name].create(setting);
    const { update } = made;
    // A little slower, so that there is a middle to be killed in.
    return Object.assign(made, {
      *update(remaining) {
        yield new Promise((resolve) => setTimeout(resolve, 2));
        return yield* update(remaining);
      },
    });
  },
};
const settings = {
  runDir,
  name,
  checkpointSeconds: 0.05,
  onUpdate: (report) => report.update === 20 && console.log("going"),
};
await trainToRun(learner, JSON.parse(options), settings);
