// Deno, with its folder of npm's packages.

import { exec, lastLine, project, trainingProgram } from "../lib/package.mjs";

export default async function ({ folder, tarball }) {
  const programs = { "one.js": trainingProgram(1), "two.js": trainingProgram(2) };
  await project(folder, tarball, ["deno@^2"], programs);
  const run = (file) => exec(folder, "deno", ["run", "--allow-all", "--no-lock", file]);
  return [
    ["one thread", lastLine(await run("one.js")), 1],
    ["two", lastLine(await run("two.js")), 2],
  ];
}
