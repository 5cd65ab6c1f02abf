// The page: a worker trains; the newest policy that it sent plays on the canvas.

import { drawTo, loadPolicy, type PolicyOf } from "polgrad";
import { snake } from "./snake.ts";
import type { News } from "./trainer.ts";

const canvas = document.querySelector("canvas")!;
const [bar, status, score] = ["progress", "#status", "#score"].map((name) =>
  document.querySelector<HTMLElement>(name)!,
);
const show = (text: string): void => void (status.textContent = text);

let policy: PolicyOf<typeof snake> | undefined; // none yet: the snake goes where it likes
const trainer = new Worker(new URL("./trainer.ts", import.meta.url), { type: "module" });
trainer.onmessage = async ({ data }: MessageEvent<News>) => {
  const { step, totalSteps, meanReturn } = data;
  (bar as HTMLProgressElement).value = step / totalSteps;
  const done = step >= totalSteps;
  show(`${done ? "Trained" : "Training"}: step ${step.toLocaleString("en")}, return ${meanReturn?.toFixed(1) ?? "–"}`);
  document.body.dataset.state = done ? "trained" : "training";
  if (data.policy) policy = await loadPolicy<typeof snake>(data.policy);
};
trainer.onerror = ({ message }) => show(`The training failed: ${message}`);

const game = snake();
let { observation } = game.reset(7);
let [games, best] = [0, 0];

function play(): void {
  const action = policy ? policy.act(observation) : Math.floor(3 * Math.random());
  const next = game.step(action);
  observation = next.observation;
  best = Math.max(best, game.apples);
  if (next.terminated || next.truncated) {
    games++;
    ({ observation } = game.reset());
  }
  score.textContent = `Game ${games + 1} · ${game.apples} apples · at most ${best}`;
  drawTo(canvas, game.draw());
}

play();
setInterval(play, 1000 / 12);
// The colours and the size follow the reader's at once, not with the next move.
new ResizeObserver(() => drawTo(canvas, game.draw())).observe(canvas);
