// `npm run bench`: the speed of polgrad and its peers, in one run. Every program runs in a process of its own, in rounds
// A B C A B C …, on one core where a case does not say otherwise; the tables give medians over the rounds with their
// range, and ratios round by round.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pinning } from "./lib/children.mjs";
import { describeMachine } from "./lib/machine.mjs";
import { growthFigure } from "./lib/growth-figure.mjs";
import { environmentsPart } from "./lib/parts/environments.mjs";
import { growthPart } from "./lib/parts/growth.mjs";
import { startPart } from "./lib/parts/start.mjs";
import { a2cPart, cleanrlPart, controlPart, trainingPart } from "./lib/parts/training.mjs";
import { untilPart } from "./lib/parts/until.mjs";
import { updatePart, widePart } from "./lib/parts/update.mjs";
import { openPeers } from "./lib/peers.mjs";
import { describeTorch } from "./lib/pytorch.mjs";
import { race } from "./lib/race.mjs";
import { markdownReport, terminalReport } from "./lib/report.mjs";
import { help, readSpeedOptions } from "./lib/speed-options.mjs";

const parts = {
  update: updatePart,
  wide: widePart,
  training: trainingPart,
  cleanrl: cleanrlPart,
  a2c: a2cPart,
  control: controlPart,
  until: untilPart,
  environments: environmentsPart,
  start: startPart,
  growth: growthPart,
};
const names = Object.keys(parts);

function readOptions() {
  try {
    const options = readSpeedOptions(
      process.argv.slice(2),
      names,
      fileURLToPath(new URL("../../shared/peers", import.meta.url)),
    );
    if (!options.help) return options;
    console.log(help(names));
    process.exit(0);
  } catch (error) {
    console.error(`${error.message}\n\n${help(names)}`);
    process.exit(2);
  }
}

const options = readOptions();
const peers = openPeers(options.peers);
const prefix = pinning(options.core);
const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${text}`);
const machine = describeMachine({
  pinned: prefix.length ? options.core : undefined,
  torch: peers.lacks("torch") ? undefined : describeTorch(peers.python).text,
  nodes: options.nodes,
});
console.log(`${machine.join("\n")}\n`);
const scratch = mkdtempSync(join(tmpdir(), "polgrad-bench-"));
process.on("SIGINT", () => process.exit(130));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const sections = [];
for (const name of names.filter((part) => options.only.includes(part))) {
  const tell = (text) => progress(text && `${name}: ${text}`);
  const part = await parts[name]({ options, nodes: options.nodes, peers, prefix, scratch, progress: tell });
  const section = await race(part, { rounds: options.rounds, prefix, progress: tell, without: options.without });
  if (section.failed) process.exitCode = 1;
  tell("");
  console.log(terminalReport([section]));
  sections.push(section);
  if (options.figure && section.points.length > 0) writeFileSync(options.figure, growthFigure(section.points));
  // After each part, so that a long run leaves what it has.
  if (options.markdown) writeFileSync(options.markdown, markdownReport(machine, sections));
}
if (options.markdown) console.log(`Written: ${options.markdown}`);
