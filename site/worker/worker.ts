// The worker of every page: runs one simulation, as commands say, and draws what it plays in.

import { drawTo } from "polgrad";
import type { Command, Configuration, Look, News, SimulationName } from "../protocol.ts";
import type { Simulation } from "./simulation.ts";

/** Milliseconds between two snapshots at least. */
const between = 100;

type Module = { create(configuration: never): Promise<Simulation> };
const modules: Readonly<Record<SimulationName, () => Promise<Module>>> = {
  training: () => import("./training.ts"),
  theorem: () => import("../scenes/theorem/simulation.ts"),
  baselines: () => import("../scenes/baselines/simulation.ts"),
  gae: () => import("../scenes/gae/simulation.ts"),
  ppo: () => import("../scenes/ppo/simulation.ts"),
};

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @throws Error in words for the reader */
async function load(name: SimulationName): Promise<Module> {
  try {
    return await modules[name]();
  } catch (error) {
    throw new Error(`The library could not be loaded, so nothing can be computed here. ${told(error)}`, {
      cause: error,
    });
  }
}

// The worker's name says what will be asked for: it is fetched before the page has said so.
if (self.name in modules) load(self.name as SimulationName).catch(() => undefined);

interface Chosen {
  readonly simulation: SimulationName;
  readonly configuration: Configuration;
}

let chosen: Chosen | undefined;
let simulation: Simulation | undefined;
let playing = false;
let stepping: Promise<void> | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let toldAt = -Infinity;
let telling: ReturnType<typeof setTimeout> | undefined;

const post = (news: News): void => postMessage(news);

/** Tells the page how things stand: now, or as soon as it may be told again. */
function tell(): void {
  if (telling !== undefined) return;
  const wait = Math.max(0, toldAt + between - performance.now());
  telling = setTimeout(() => {
    telling = undefined;
    toldAt = performance.now();
    const { done } = simulation!;
    const { configuration } = chosen!;
    Promise.resolve(simulation!.snapshot()).then(
      (snapshot) => post({ kind: "snapshot", snapshot, configuration, playing: playing && !done, done }),
      fail,
    );
  }, wait);
}

function fail(error: unknown): void {
  playing = false;
  post({ kind: "problem", message: told(error) });
}

async function step(): Promise<void> {
  if (!simulation || simulation.done) return;
  stepping = Promise.resolve(simulation.step());
  await stepping;
  stepping = undefined;
  dirty = true;
  tell();
}

/** Plays on after a pause that keeps the pace. */
function goOn(): void {
  clearTimeout(timer);
  if (!playing || !simulation || simulation.done) return;
  timer = setTimeout(() => void step().then(goOn, fail), 1000 / simulation.pace);
}

async function begin(next: Chosen): Promise<void> {
  const { simulation: name, configuration } = next;
  const { create } = await load(name);
  const made = await create(configuration as never);
  simulation?.close?.();
  [simulation, chosen] = [made, next];
  dirty = true;
  tell();
}

async function obey(command: Command): Promise<void> {
  await stepping?.catch(() => undefined);
  switch (command.kind) {
    case "configure": {
      if (chosen?.simulation === command.simulation && (await simulation?.adjust?.(command.configuration))) {
        chosen = command;
        tell();
      } else await begin(command);
      goOn();
      break;
    }
    case "play":
      playing = true;
      await step(); // at once, rather than after a pause
      goOn();
      break;
    case "pause":
      playing = false;
      clearTimeout(timer);
      tell();
      break;
    case "step":
      playing = false;
      clearTimeout(timer);
      await step();
      tell();
      break;
    case "rewind":
      playing = false;
      clearTimeout(timer);
      await begin(chosen!);
      break;
    case "canvas":
      canvas = command.canvas;
      look = command.look;
      animate();
      break;
    case "look":
      look = command.look;
      dirty = true;
      break;
  }
}

let queue: Promise<void> = Promise.resolve();
addEventListener("message", ({ data }: MessageEvent<Command>) => {
  queue = queue.then(() => obey(data)).catch(fail);
});

// The picture. It has its own clock: the environment is played in at a speed that looks natural, however fast training is.

let canvas: OffscreenCanvas | undefined;
let look: Look | undefined;
let dirty = true;
let drawnAt = -Infinity;
let fps = 30;

function animate(): void {
  requestAnimationFrame((now) => {
    animate();
    if (!simulation?.frame || !canvas || !look) return;
    if (look.still ? !dirty : now - drawnAt < 1000 / fps - 4) return;
    drawnAt = now;
    dirty = false;
    const drawing = simulation.frame();
    if (!drawing) return;
    fps = drawing.fps ?? 30;
    const { width, height, pixelRatio, theme } = look;
    const [columns, rows] = [Math.round(width * pixelRatio), Math.round(height * pixelRatio)];
    if (canvas.width !== columns) canvas.width = columns;
    if (canvas.height !== rows) canvas.height = rows;
    drawTo(canvas, drawing, { theme, pixelRatio });
  });
}
