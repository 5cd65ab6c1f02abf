// Trains PPO on CartPole-v1 into a run folder, and draws its learning curve:  node examples/learning-curve.js curve.svg
import { trainToRun, writeLearningCurve } from "polgrad/node";

const file = process.argv[2] ?? "learning-curve.svg";
const { summary } = await trainToRun("ppo", { env: "CartPole-v1", seed: 1, totalSteps: 100_000 });
await writeLearningCurve(summary.run, file);
console.log(`${file}, from ${summary.run}`);
