// The Node binaries that polgrad's programs run with.

import { spawnSync } from "node:child_process";

/**
 * Asks each path for its version.
 * @returns [{ path, version, v8, name }]: "polgrad", or "polgrad, Node 24.1.0" where there are several
 * @throws Error where a path is no Node
 */
export function openNodes(paths) {
  const nodes = paths.map((path) => {
    const { stdout } = spawnSync(path, ["-p", "[process.versions.node, process.versions.v8].join()"], {
      encoding: "utf8",
    });
    const [, version, v8] = /^(\d+\.\d+\.\d+[^,]*),(\S+)\s*$/.exec(stdout ?? "") ?? [];
    if (!version) throw new Error(`"${path}" is no Node: give the path of its binary, such as /usr/bin/node`);
    return { path, version, v8 };
  });
  return nodes.map((node) => ({ ...node, name: nodes.length > 1 ? `polgrad, Node ${node.version}` : "polgrad" }));
}

/** The same program of polgrad as a competitor for each Node. */
export const withNodes = (nodes, competitor) =>
  nodes.map(({ path, name }) => {
    const { command, suffix = "", ...rest } = competitor;
    const withNode = (round) => [path, ...(typeof command === "function" ? command(round) : command)];
    return { ...rest, name: name + suffix, isOurs: suffix === "", command: withNode };
  });
