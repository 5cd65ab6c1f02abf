// The command line of `npm run bench`.

import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { openNodes } from "./nodes.mjs";

export const help = (parts) => `npm run bench -- [options]
  --only PARTS       some of ${parts.join(",")}
                     (default: all)
  --peers FOLDER     programs and packages to race (default ../shared/peers beside the project); bench/README.md says how to
                     make one
  --node PATHS       Node binaries to run polgrad with, separated by commas (default: the one that runs this)
  --rounds N         rounds of each comparison (default 3)
  --batches LIST     batch sizes of the update, at most 4096 (default 64,256,1024,4096)
  --hidden N         units of each of its two hidden layers, a multiple of 64 (default 64)
  --seconds S        measured time of each process (default 1)
  --steps N          steps of each training (default 100000)
  --core N           the core to run on (default 0)
  --without NAMES    leave out these competitors, as jax-js,TensorFlow.js
  --markdown FILE    write the report as Markdown too
  --figure FILE      draw the part growth, an SVG
$PYTHON names the Python of the peers (default: bin/python3 in the folder of peers, /usr/bin/python3, python3).`;

/**
 * Reads the options.
 * @param parts the names of all parts
 * @param defaultPeers the folder of peers where none is named; it need not be there
 * @returns the options, or { help: true }
 * @throws Error which says what was wrong with an argument
 */
export function readSpeedOptions(argv, parts, defaultPeers) {
  const string = (value) => ({ type: "string", default: value });
  const { values } = parseArgs({
    args: argv,
    options: {
      only: string(parts.join(",")),
      peers: { type: "string" },
      node: string(process.execPath),
      rounds: string("3"),
      batches: string("64,256,1024,4096"),
      hidden: string("64"),
      seconds: string("1"),
      steps: string("100000"),
      core: string("0"),
      without: string(""),
      markdown: { type: "string" },
      figure: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return { help: true };
  const integer = (name, text, low, high = Infinity) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < low || value > high) {
      const range = high < Infinity ? `from ${low} to ${high}` : `of at least ${low}`;
      throw new Error(`--${name}: "${text}" is not a whole number ${range}`);
    }
    return value;
  };
  const only = values.only.split(",");
  const unknown = only.find((part) => !parts.includes(part));
  if (unknown !== undefined) throw new Error(`--only: "${unknown}" is not one of ${parts.join(", ")}`);
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds < Infinity)) throw new Error(`--seconds: "${values.seconds}" is not a positive number`);
  if (values.peers !== undefined && !(existsSync(values.peers) && statSync(values.peers).isDirectory()))
    throw new Error(`--peers: there is no folder "${values.peers}"`);
  const hidden = integer("hidden", values.hidden, 64, 1024);
  if (hidden % 64 !== 0) throw new Error(`--hidden: ${hidden} is not a multiple of 64`);
  let nodes;
  try {
    nodes = openNodes(values.node.split(","));
  } catch (error) {
    throw new Error(`--node: ${error.message}`, { cause: error });
  }
  return {
    only,
    nodes,
    hidden,
    seconds,
    peers: resolve(values.peers ?? defaultPeers),
    rounds: integer("rounds", values.rounds, 1),
    batches: values.batches.split(",").map((text) => integer("batches", text, 1, 4096)),
    steps: integer("steps", values.steps, 512),
    core: integer("core", values.core, 0),
    without: values.without.split(","),
    markdown: values.markdown,
    figure: values.figure,
  };
}
