// Whole PPO training on CartPole-v1 in polgrad, with the PyTorch program's hyperparameters:
//     taskset -c 0 node bench/polgrad/training.mjs --steps 100000 --seed 1
//
// Prints one JSON line with the peer's keys: { peer, steps, wall_s, steps_per_s, mean_last_100, setup_s }.
// wall_s runs from the first step to the last update, as the peer's does; setup_s is creating the training (compiling the graph),
// which the peer does before its clock starts.
//
// To fill in: options = 4 environments × 128 steps, 4 epochs × 4 minibatches of 128, two separate 4-64-64 tanh networks, Adam 2.5e-4
// (epsilon 1e-5, annealed linearly to 0), gamma 0.99, lambda 0.95, clip 0.2, value loss as ½·0.5·mean max(…) with clipping, entropy
// 0.01, gradient norm 0.5, advantages normalized per minibatch; then
//     const training = await createTraining("ppo", options);  while (!training.done) training.update();

import { fail, loadPolgrad } from "./load.mjs";

await loadPolgrad();
fail("polgrad's training is not connected to the benchmark yet (bench/polgrad/training.mjs)");
