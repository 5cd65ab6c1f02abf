// The small app that is bundled: a page that trains in a worker of its own, which has threads.

import { options } from "./package.mjs";

/** Trains, and posts what it came to. */
export const trainer = (workers = 2) => `import { trainPpo } from "polgrad";
trainPpo(${JSON.stringify({ ...options, workers })}).then(
  ({ summary }) => postMessage({ ...summary }),
  (error) => postMessage({ error: String(error) }),
);
`;

/** Trains on the page's main thread. */
export const trainHere = `import { trainPpo } from "polgrad";
trainPpo(${JSON.stringify(options)}).then(
  ({ summary }) => (globalThis.outcome = summary),
  (error) => (globalThis.outcome = { error: String(error) }),
);
`;

const listen = `
worker.onmessage = ({ data }) => (globalThis.outcome = data);
worker.onerror = (event) => (globalThis.outcome = { error: "the trainer: " + event.message });
`;

/** The page's script, where the bundler finds workers. */
export const main = `const worker = new Worker(new URL("./trainer.js", import.meta.url), { type: "module" });${listen}`;

/** The page's script, where the trainer is a file by that address. */
export const mainOf = (address, type) => `const worker = new Worker("${address}", { type: "${type}" });${listen}`;

export const html = (script, type = "module") => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>polgrad</title>
    <link rel="icon" href="data:," />
  </head>
  <body>
    <script type="${type}" src="${script}"></script>
  </body>
</html>
`;
