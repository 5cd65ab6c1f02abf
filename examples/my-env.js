// An environment of your own, in plain JavaScript. Train on it:  npx polgrad train ppo ./my-env.js
//
// A thermostat: keep a room at 20 °C while the weather outside changes. Each step is a minute, an episode is two hours.
import { box, createGenerator, discrete } from "polgrad";

const target = 20; // °C
const minutes = 120;

/** @returns {import("polgrad").Env<number[], number>} */
export default function thermostat() {
  let generator = createGenerator(0);
  let [inside, outside, minute] = [0, 0, 0];
  // What is observed: by how many tens of degrees the room and the weather are off the target.
  const observe = () => [(inside - target) / 10, (outside - target) / 10];

  return {
    observationSpace: box(-5, 5, [2]),
    actionSpace: discrete(3), // cool, wait, heat

    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      [inside, outside, minute] = [generator.uniform(10, 30), generator.uniform(0, 35), 0];
      return { observation: observe(), info: {} };
    },

    step(action) {
      outside = Math.min(35, Math.max(0, outside + generator.uniform(-1, 1)));
      inside += 0.05 * (outside - inside) + 1.5 * (action - 1);
      minute += 1;
      const reward = Math.abs(inside - target) < 1 ? 1 : 0;
      return { observation: observe(), reward, terminated: false, truncated: minute >= minutes, info: {} };
    },
  };
}
