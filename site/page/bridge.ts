// The page's end of the bridge to the worker, in which the library does all that is computed.

import { failure, worker } from "./early.ts";
import type { Command, Configuration, Look, News, SimulationName } from "../protocol.ts";

export interface Bridge {
  configure(configuration: Configuration): void;
  play(): void;
  pause(): void;
  step(): void;
  rewind(): void;
  /** Has the worker draw on a canvas, as large as its place in the page is, in the colours that the reader prefers. */
  draw(canvas: HTMLCanvasElement, options: { still: boolean }): void;
}

export interface Listener<Snapshot> {
  onSnapshot(news: Extract<News<Snapshot>, { kind: "snapshot" }>): void;
  onProblem(message: string): void;
}

export function createBridge<Snapshot>(simulation: SimulationName, listener: Listener<Snapshot>): Bridge {
  const send = (command: Command, transfer: Transferable[] = []): void => worker.postMessage(command, transfer);
  worker.onmessage = ({ data }: MessageEvent<News<Snapshot>>) => {
    if (data.kind === "problem") listener.onProblem(data.message);
    else listener.onSnapshot(data);
  };
  void failure.then((why) =>
    listener.onProblem(
      `The library could not be loaded, so nothing can be computed here. ${why || "Load the page again."}`,
    ),
  );
  return {
    configure: (configuration) => send({ kind: "configure", simulation, configuration }),
    play: () => send({ kind: "play" }),
    pause: () => send({ kind: "pause" }),
    step: () => send({ kind: "step" }),
    rewind: () => send({ kind: "rewind" }),
    draw(canvas, { still }) {
      const dark = matchMedia("(prefers-color-scheme: dark)");
      const look = (): Look => ({
        width: canvas.clientWidth,
        height: canvas.clientHeight,
        pixelRatio: Math.min(2, devicePixelRatio),
        theme: dark.matches ? "dark" : "light",
        still,
      });
      const offscreen = canvas.transferControlToOffscreen();
      send({ kind: "canvas", canvas: offscreen, look: look() }, [offscreen]);
      const again = (): void => send({ kind: "look", look: look() });
      dark.addEventListener("change", again);
      new ResizeObserver(again).observe(canvas);
    },
  };
}
