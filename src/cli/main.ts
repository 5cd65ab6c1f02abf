#!/usr/bin/env node
// The command `polgrad`. Nothing else sets the exit code.

import { confirm } from "./confirm.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { library } from "./library.ts";
import { runCli } from "./program.ts";

// The reader of the output may stop early, as `head` does: that is not a failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await runCli({
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  argv: process.argv.slice(2),
  library,
  ...(process.stdin.isTTY && process.stderr.isTTY && { confirm }),
  interruption: () => listenForInterrupt((code) => process.exit(code)),
});
