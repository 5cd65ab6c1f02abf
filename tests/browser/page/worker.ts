// Trains in a worker.

import { trainHere, type PlainOptions } from "./train.ts";

addEventListener("message", ({ data }: MessageEvent<PlainOptions>) => {
  trainHere(data).then(
    (outcome) => postMessage({ outcome }),
    (error: unknown) => postMessage({ error: String(error) }),
  );
});
