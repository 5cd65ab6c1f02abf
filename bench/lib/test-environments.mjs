// The test set of the defaults: five environments that were written after the defaults had been committed, and played by
// nobody before. bench/peers/test_environments.py has the same for Gymnasium.

import { box, createGenerator, discrete } from "../../dist/index.js";

const clamp = (x, low, high) => Math.max(low, Math.min(high, x));

/** Continuous: a puck on a table with friction is to be brought to a target by pushing it; 100 steps. */
function puck() {
  let generator = createGenerator(0);
  let [x, y, vx, vy, targetX, targetY, t] = [0, 0, 0, 0, 0, 0, 0];
  const observe = () => Float32Array.of(x, y, vx, vy, targetX, targetY);
  return {
    observationSpace: box(-Infinity, Infinity, [6]),
    actionSpace: box(-1, 1, [2]),
    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      [x, y, targetX, targetY] = Array.from({ length: 4 }, () => generator.uniform(-1, 1));
      [vx, vy, t] = [0, 0, 0];
      return { observation: observe() };
    },
    step([pushX, pushY]) {
      [vx, vy] = [0.9 * vx + 0.02 * pushX, 0.9 * vy + 0.02 * pushY];
      [x, y] = [clamp(x + vx, -1.5, 1.5), clamp(y + vy, -1.5, 1.5)];
      const reward = -Math.sqrt((x - targetX) ** 2 + (y - targetY) ** 2);
      return { observation: observe(), reward, terminated: false, truncated: ++t >= 100 };
    },
  };
}

/** Sparse: on a board of 6 × 6 a key is to be fetched and then a door reached, the one thing that is rewarded; 150 steps. */
function keyAndDoor() {
  const size = 6;
  let generator = createGenerator(0);
  let [at, key, door, hasKey, t] = [[0, 0], [0, 0], [0, 0], 0, 0];
  const cell = () => [generator.integers(0, size), generator.integers(0, size)];
  const observe = () => Float32Array.of(...at, ...key, ...door, hasKey);
  const same = (a, b) => a[0] === b[0] && a[1] === b[1];
  return {
    observationSpace: box(0, size, [7]),
    actionSpace: discrete(4),
    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      [at, key, door] = [cell(), cell(), cell()];
      [hasKey, t] = [0, 0];
      return { observation: observe() };
    },
    step(action) {
      const axis = action >> 1;
      at[axis] = clamp(at[axis] + (action % 2 === 0 ? -1 : 1), 0, size - 1);
      if (same(at, key)) hasKey = 1;
      const terminated = hasKey === 1 && same(at, door);
      return { observation: observe(), reward: terminated ? 1 : 0, terminated, truncated: ++t >= 150 && !terminated };
    },
  };
}

/** Delayed: 40 times the largest of four numbers is to be pointed at; how often that was right is told at the end. */
function examination() {
  let generator = createGenerator(0);
  let [question, right, t] = [new Float32Array(4), 0, 0];
  const ask = () => (question = Float32Array.from({ length: 4 }, () => generator.uniform(0, 1)));
  return {
    observationSpace: box(0, 1, [4]),
    actionSpace: discrete(4),
    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      [right, t] = [0, 0];
      return { observation: ask() };
    },
    step(action) {
      if (question[action] === Math.max(...question)) right++;
      const terminated = ++t >= 40;
      return { observation: ask(), reward: terminated ? right : 0, terminated, truncated: false };
    },
  };
}

/** A game: snake on a board of 6 × 6; 1 for an apple, −1 for its end, which 60 steps without an apple are as well. */
function snake() {
  const size = 6;
  let generator = createGenerator(0);
  let [body, apple, hungry] = [[], [0, 0], 0];
  const isBody = ([r, c]) => body.some(([br, bc]) => br === r && bc === c);
  const drop = () => {
    do apple = [generator.integers(0, size), generator.integers(0, size)];
    while (isBody(apple));
  };
  const isFree = ([r, c]) => r >= 0 && c >= 0 && r < size && c < size && !isBody([r, c]);
  const around = ([r, c]) => [[r - 1, c], [r + 1, c], [r, c - 1], [r, c + 1]]; // prettier-ignore
  /** The board, the way to the apple, and which ways are free. */
  const observe = () => {
    const observation = new Float32Array(size * size + 6);
    body.forEach(([r, c], i) => (observation[r * size + c] = i === 0 ? 2 : 1));
    observation[apple[0] * size + apple[1]] = -1;
    observation.set([apple[0] - body[0][0], apple[1] - body[0][1], ...around(body[0]).map((cell) => (isFree(cell) ? 1 : 0))], size * size); // prettier-ignore
    return observation;
  };
  return {
    observationSpace: box(-size, size, [size * size + 6]),
    actionSpace: discrete(4), // up, down, left, right
    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      body = [[3, 3], [3, 2], [3, 1]]; // prettier-ignore
      hungry = 0;
      drop();
      return { observation: observe() };
    },
    step(action) {
      const head = around(body[0])[action];
      const tail = body.pop(); // moves away before the head arrives
      if (!isFree(head) || ++hungry > 60) {
        body.push(tail);
        return { observation: observe(), reward: -1, terminated: true, truncated: false };
      }
      body.unshift(head);
      const eats = head[0] === apple[0] && head[1] === apple[1];
      if (eats) {
        body.push(tail);
        hungry = 0;
      }
      const isFull = body.length === size * size; // where no apple could be dropped any more
      if (eats && !isFull) drop();
      return { observation: observe(), reward: eats ? 1 : 0, terminated: isFull, truncated: false };
    },
  };
}

/**
 * Unending: the outlet of a tank, 0 to 100 %, is to keep its level, in centimetres, at a mark that moves now and then,
 * against an inflow that wanders. There are no episodes, so `watch` is told of each reward.
 */
function tank(watch) {
  let generator = createGenerator(0);
  let [level, inflow, mark] = [250, 20, 250];
  const observe = () => Float32Array.of(level, inflow, mark);
  return {
    observationSpace: box(0, Infinity, [3]),
    actionSpace: box(0, 100, [1]),
    reset(seed) {
      if (seed !== undefined) generator = createGenerator(seed);
      [level, inflow, mark] = [generator.uniform(100, 400), 20, generator.uniform(100, 400)];
      return { observation: observe() };
    },
    step([outlet]) {
      inflow = clamp(inflow + generator.normal(0, 1), 5, 35);
      if (generator.random() < 0.01) mark = generator.uniform(100, 400);
      level = clamp(level + inflow - 0.4 * outlet, 0, 500);
      const reward = -Math.abs(level - mark) / 100;
      watch?.(reward);
      return { observation: observe(), reward, terminated: false, truncated: false };
    },
  };
}

/** By name: how an environment is made, its port, and what a random and a good policy return. */
export const testEnvironments = {
  "puck (continuous)": { make: puck, python: "test_environments:Puck-v0", random: -127, good: -9, steps: 200_000 },
  "key and door (sparse)": { make: keyAndDoor, python: "test_environments:KeyAndDoor-v0", random: 0.56, good: 1, steps: 200_000 }, // prettier-ignore
  "examination (delayed)": { make: examination, python: "test_environments:Examination-v0", random: 10, good: 38, steps: 200_000 }, // prettier-ignore
  "snake (game)": { make: snake, python: "test_environments:Snake-v0", random: -0.9, good: 11, steps: 200_000 },
  "tank (unending)": { make: tank, python: "test_environments:Tank-v0", random: -2184, good: -130, steps: 100_000, unending: true }, // prettier-ignore
};
