// What every engine's update program has in common: its arguments, the check of its numbers, and the timed loop.

import { readUpdateData } from "./update-data.mjs";

/** Hyperparameters of the update; bench/peers/ppo_update_torch.py has the same. */
export const hyperparameters = {
  learningRate: 2.5e-4,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-5,
  clip: 0.2,
  valueCoefficient: 0.5,
  entropyCoefficient: 0.01,
  maxGradientNorm: 0.5,
};

/** `--data FOLDER --batch N --seconds S [--variant NAME] [--threads N]` */
export function parseArguments(argv = process.argv.slice(2)) {
  const value = (flag) => (argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined);
  return {
    data: value("--data"),
    batch: Number(value("--batch") ?? 64),
    seconds: Number(value("--seconds") ?? 1),
    variant: value("--variant"),
    threads: Number(value("--threads") ?? 1),
  };
}

/**
 * Checks and times an engine, and prints one JSON line.
 *
 * `engine(data, batch, variant, threads)` returns `{ update(i), read(), finish?, close?, note? }`, plain or as a promise:
 * - `update(i)`: one PPO update on minibatch i, without reading anything back;
 * - `read()`: { loss, gradientNorm } of the last update, before its step and before clipping (may be a promise);
 * - `finish()`: waits for queued work, where updates only enqueue (may be a promise);
 * - `close()`: ends its threads.
 *
 * The check: loss and gradient norm of the first update (starting weights), and the same of the eleventh, which has Adam and
 * clipping of ten steps in it. The timed loop cycles through the eight minibatches, after three seconds of warming
 * up, in blocks of about 30 ms; the result is the median block.
 */
export async function measureUpdate(peer, engine) {
  const { data: folder, batch, seconds, variant, threads } = parseArguments();
  const data = readUpdateData(folder, batch);
  const { update, read, finish = () => {}, close, note } = await engine(data, batch, variant, threads);
  const count = data.minibatches.length;
  const check = [];
  for (let i = 0; i <= 10; i++) {
    await update(i % count);
    if (i === 0 || i === 10) check.push(await read());
  }
  let next = 0;
  const block = async (updates) => {
    const start = performance.now();
    for (let k = 0; k < updates; k++) update(next++ % count);
    await finish();
    return (performance.now() - start) / updates;
  };
  let perUpdate = await block(5);
  const warmUntil = performance.now() + 3000 * Math.min(1, seconds); // V8 tiers up late on one core
  while (performance.now() < warmUntil) perUpdate = await block(Math.max(1, Math.round(30 / perUpdate)));
  const updates = Math.max(1, Math.round(30 / perUpdate));
  const times = [];
  const until = performance.now() + 1000 * seconds;
  while (performance.now() < until) times.push(await block(updates));
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ peer, batch, variant, ms: times[times.length >> 1], best: times[0], check, note }));
  close?.();
}
