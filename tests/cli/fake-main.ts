// The command line over the fake library, as a process of its own.

import { listenForInterrupt } from "../../src/cli/interrupt.ts";
import { runCli } from "../../src/cli/program.ts";
import { fakeLibrary } from "./fake-library.ts";

process.exitCode = await runCli({
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  argv: process.argv.slice(2),
  library: fakeLibrary,
  interruption: () => listenForInterrupt((code) => process.exit(code)),
});
