// Jest with jsdom, whose pages lack MessageChannel, TextEncoder and more. Packages are ES modules there by Node's flag.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exec, options, project } from "../lib/package.mjs";

export default async function ({ folder, tarball }) {
  await project(folder, tarball, ["jest@^30", "jest-environment-jsdom@^30"], {
    "jest.config.js": `export default { testEnvironment: "jsdom", transform: {}, testTimeout: 60000 };\n`,
    "train.test.js": `import { writeFileSync } from "node:fs";
import { loadPolicy, savePolicy, trainPpo } from "polgrad";
import { loadPolicy as loadToAct } from "polgrad/policy";

test("trains where there is a document", async () => {
  expect(document.body).toBeDefined();
  const results = [];
  for (const workers of [1, 2]) {
    const { policy, summary } = await trainPpo({ ...${JSON.stringify(options)}, workers });
    const [again, toAct] = [await loadPolicy(savePolicy(policy)), await loadToAct(savePolicy(policy))];
    expect(again.probabilities([0, 0, 0, 0])).toEqual(policy.probabilities([0, 0, 0, 0]));
    expect(toAct.probabilities([0, 0, 0, 0])).toEqual(policy.probabilities([0, 0, 0, 0]));
    results.push(summary);
  }
  writeFileSync("outcome.json", JSON.stringify(results));
});\n`,
  });
  await exec(folder, "jest", [], { env: { NODE_OPTIONS: "--experimental-vm-modules --no-warnings" } });
  const [alone, threads] = JSON.parse(readFileSync(join(folder, "outcome.json"), "utf8"));
  return [
    ["one thread", alone, 1],
    ["two", threads, 2],
  ];
}
