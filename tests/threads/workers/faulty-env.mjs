// An environment that counts to 20, and that fails on worker threads alone, in the way and at the step that its options
// say.

import { isMainThread } from "node:worker_threads";

const space = { kind: "box", shape: [2], low: Float32Array.of(-1e9, -1e9), high: Float32Array.of(1e9, 1e9) };

export default function create({ fails, at = 0, everywhere = false, refuses = false }) {
  const failing = everywhere || !isMainThread;
  if (refuses && failing) throw new Error("no display found");
  let steps = 0;
  let total = 0;
  const observation = () => Float32Array.of(steps % 20, total % 7);
  return {
    observationSpace: { ...space },
    actionSpace: { kind: "discrete", n: 2, start: 0 },
    reset() {
      steps = 0;
      return { observation: observation(), info: {} };
    },
    step(action) {
      steps++;
      total++;
      if (failing && total === at) {
        if (fails === "throws") throw new Error("the motor is on fire");
        if (fails === "exits") process.exit(9);
        if (fails === "lies")
          return { observation: observation(), reward: NaN, terminated: false, truncated: false, info: {} };
      }
      return { observation: observation(), reward: action, terminated: steps === 20, truncated: false, info: {} };
    },
    getState: () => ({ steps, total }),
    setState: (state) => ({ steps, total } = state),
  };
}
