// An algorithm of your own, which plays in no environment:  node examples/own-algorithm.js
//
// Which of three arms pays best depends on a number x. A network learns what each pays, from a buffer of pulls.
import * as polgrad from "polgrad";
import { readRun, resumeRun, trainToRun } from "polgrad/node";

const { createGenerator, createMinimizer, dense, hiddenLayers, losses, option, optimizers, sequence } = polgrad;
const { input, pick } = polgrad.tensor;

const [arms, pulls] = [3, 16]; // pulls between updates
const pay = (x, arm) => 1 - Math.abs(x - (arm - 1)); // 0.75 on average, where the best arm is pulled

const bandit = {
  name: "bandit",
  title: "Bandit",
  summary: "Learns what each arm pays, from a buffer of pulls",
  environments: 0, // it plays in none
  options: option.schema({
    learningRate: option.positive(0.01, "Adam's step size at the start; it falls to 0"),
    exploration: option.fraction(0.1, "how often an arm is drawn at random"),
    capacity: option.count(512, "pulls that are remembered"),
  }),
  presets: {},
  metrics: [{ title: "Pay", note: "mean of an update's pulls", metrics: { pay: "pay" } }],

  create({ options, engine, streams }) {
    const network = sequence([hiddenLayers("hidden", 1, [32], "tanh"), dense("output", 32, arms, 1)]);
    const initial = createGenerator(streams("initialization"));
    for (const { variable, initialize } of network.parameters) engine.write(variable, initialize(initial));
    const weights = network.parameters.map(({ variable }) => variable);

    // A row is a pull: x, the arm and its reward. The loss is ½ E[(Q(x, arm) − reward)²].
    const [x, arm, reward] = [input("x", ["rows", 1]), input("arm", ["rows"]), input("reward", ["rows"])];
    const values = network.forward(x); // [rows, arms]
    const loss = losses.valueLoss(pick(values, arm), reward);
    const minimizer = createMinimizer(
      engine,
      { loss, variables: weights, optimizer: optimizers.adam },
      { algorithm: "bandit", metrics: { loss } },
    );
    const program = engine.compile({ outputs: { values } }, { capacity: pulls });

    const { capacity, exploration, learningRate } = options;
    const buffer = { x: new Float32Array(capacity), arm: new Uint8Array(capacity), reward: new Float32Array(capacity) };
    const columns = [
      { input: x, values: buffer.x },
      { input: arm, values: buffer.arm },
      { input: reward, values: buffer.reward },
    ];
    const [generator, shuffler] = [createGenerator(streams("actions")), createGenerator(streams("minibatches"))];
    const progress = { steps: 0, getState: () => progress.steps, setState: (steps) => (progress.steps = steps) };

    function* update(remaining) {
      const xs = Float32Array.from({ length: pulls }, () => generator.uniform(-1, 1));
      program.write(x, xs);
      program.run(pulls);
      const expected = program.read("values");
      let sum = 0;
      xs.forEach((x, i) => {
        const row = expected.subarray(i * arms, (i + 1) * arms);
        const best = row.indexOf(Math.max(...row));
        const arm = generator.random() < exploration ? generator.integers(0, arms) : best;
        const reward = pay(x, arm) + generator.normal(0, 0.1);
        const at = progress.steps++ % capacity;
        [buffer.x[at], buffer.arm[at], buffer.reward[at]] = [x, arm, reward];
        sum += reward;
      });
      const rows = Math.min(progress.steps, capacity);
      minimizer.start();
      yield* minimizer.epoch({ columns, rows }, Math.ceil(rows / 64), shuffler, learningRate * remaining);
      return { ...minimizer.finish(progress.steps), pay: sum / pulls };
    }

    // What is trained, and all else that a checkpoint needs.
    const states = { progress, generator, shuffler, optimizer: minimizer };
    return { progress, weights, variables: minimizer.variables, arrays: buffer, states, update };
  },
};

const { summary } = await trainToRun(bandit, { totalSteps: 8000, seed: 1 });
await resumeRun(summary.run, { algorithm: bandit, totalSteps: 12_000 }); // which no command could: it is not built in
const last = readRun(summary.run).updates.slice(-100);
const mean = last.reduce((sum, { metrics }) => sum + metrics.pay / last.length, 0);
console.log(`The last ${last.length * pulls} pulls pay ${mean.toFixed(2)} on average: ${summary.run}/report.html`);
