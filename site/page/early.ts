// Loaded before all else of a live page: the worker fetches the library while the page still reads its own scripts.

import type { SimulationName } from "../protocol.ts";

const simulation = document.documentElement.dataset.simulation as SimulationName;

/** The worker of this page; its name tells it what to load. */
export const worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module", name: simulation });

/** What went wrong before anyone listened. */
export const failure = new Promise<string>((resolve) => {
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    resolve(event.message ?? "");
  });
});
