// Prints "N passed, N failed, N skipped" from the test runner's JSON reports and the exit code of the tests, and exits
// with 1 if anything failed. What fails outside of a test (a build, lint, a test file that does not load) counts as one.

import { existsSync, readFileSync } from "node:fs";

const [status, ...reports] = process.argv.slice(2);
const files = reports.filter(existsSync).flatMap((report) => JSON.parse(readFileSync(report, "utf8")).testResults);
const tests = files.flatMap((file) => file.assertionResults);
const count = (...states) => tests.filter((test) => states.includes(test.status)).length;

const broken = files.filter((file) => file.status === "failed" && file.assertionResults.every(notFailed)).length;
let failed = count("failed") + broken;
if (status !== "0" && failed === 0) failed = 1;
console.log(`${count("passed")} passed, ${failed} failed, ${count("skipped", "pending", "todo", "disabled")} skipped`);
process.exitCode = failed > 0 ? 1 : 0;

function notFailed(test) {
  return test.status !== "failed";
}
