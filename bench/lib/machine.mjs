// What the numbers were measured on.

import { readFileSync } from "node:fs";
import os from "node:os";

/** The processor's flags, as Linux lists them; empty elsewhere. */
export function cpuFlags() {
  try {
    const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"));
    return new Set(line?.[1].split(" "));
  } catch {
    return new Set();
  }
}

const interesting = ["sse4_1", "avx", "avx2", "fma", "avx512f", "avx512_bf16", "avx_vnni", "asimd", "sve"];

const thisNode = { version: process.versions.node, v8: process.versions.v8 };

/** Lines of text about day, processor, system and versions. `pinned`: the core, or undefined. */
export function describeMachine({ pinned, torch, nodes = [thisNode] }) {
  const flags = cpuFlags();
  const cpus = os.cpus();
  const load = os.loadavg()[0].toFixed(2);
  return [
    `date: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `processor: ${cpus[0]?.model.trim() ?? "unknown"} (${os.arch()}), ${cpus.length} hardware threads, ` +
      (pinned === undefined ? "not pinned to a core (no taskset here)" : `each program pinned to core ${pinned}`),
    `flags: ${interesting.filter((flag) => flags.has(flag)).join(" ") || "unknown"}`,
    `system: ${os.type()} ${os.release()}, ${(os.totalmem() / 2 ** 30).toFixed(1)} GiB; load average at the start: ${load}`,
    nodes.map(({ version, v8 }) => `Node ${version} (V8 ${v8})`).join(", "),
    torch ?? "PyTorch: left out",
  ];
}
