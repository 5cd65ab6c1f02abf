// Starts a training's worker. Its file lies beside the one that this code is in: in the package, and in what a bundler
// makes of both. Its name is no other's, so that a page's own worker.js is not taken for it.

import { RunError } from "../errors.ts";
import { browserWorker, nodeWorker, type SpawnedWorker } from "../threads/spawned-worker.ts";

/** Where this code is: of `import.meta` bundlers leave nothing where they write no ES modules. */
const here = (import.meta.url as string | undefined) ?? scriptAddress();

/** The address of a script that is no module: as CommonJS in Node, by its tag in a page, or as a worker. */
function scriptAddress(): string | undefined {
  // eslint-disable-next-line no-restricted-globals -- of a CommonJS bundle alone
  const file: string | undefined = typeof __filename === "string" ? __filename : undefined;
  const node = globalThis.process?.getBuiltinModule?.("node:url");
  if (file && node) return node.pathToFileURL(file).href;
  const { document, location } = globalThis as Partial<typeof globalThis>;
  return (document?.currentScript as { src?: string } | null | undefined)?.src || location?.href;
}

/** A worker's entry is JavaScript, which exists only in the built package: tests of the TypeScript sources have none. */
export const noWorkers = here?.endsWith(".ts") ? "workers are files of the built package" : undefined;

/** @throws RunError where nothing tells where its file may be */
export function spawnWorker(): SpawnedWorker {
  if (!here) throw new RunError("nothing tells where the file of polgrad's workers is");
  const extension = /\.[cm]js$/.exec(here)?.[0] ?? ".js";
  const worker = nodeWorker(new URL(`./polgrad-worker${extension}`, here));
  if (worker) return worker;
  // The file of all modules in one is that of its workers too, which know themselves by their name.
  const options = { type: "module", name: "polgrad-worker" } as const;
  if (!import.meta.url) return browserWorker(() => new Worker(new URL("./polgrad-worker.js", here), options));
  // In this very form, so that bundlers find the file.
  return browserWorker(
    () => new Worker(new URL("./polgrad-worker.js", import.meta.url), { type: "module", name: "polgrad-worker" }),
  );
}
