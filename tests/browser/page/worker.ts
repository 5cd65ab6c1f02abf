// Trains in a worker.

import { trainHere, type PlainOptions } from "./train.ts";

addEventListener("message", ({ data }: MessageEvent<PlainOptions | "language">) => {
  const outcome =
    data === "language" ? import("./language-task.ts").then(({ languageTask }) => languageTask()) : trainHere(data);
  outcome.then(
    (outcome: unknown) => postMessage({ outcome }),
    (error: unknown) => postMessage({ error: String(error) }),
  );
});
