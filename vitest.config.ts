import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Tests of threads: a worker's entry is a file that Node loads, so they read dist/; most others read src/. */
const built = ["threads", "compatibility", "learners"].map((folder) => `tests/${folder}/**/*.test.ts`);
/**
 * Tests that change what others on the same thread would see (modules, clocks, globals, registered environments) have
 * contexts of their own. The others share one, which saves them the loading of all that they test.
 */
const changing = readdirSync("tests", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => `tests/${file.replaceAll("\\", "/")}`)
  .filter((file) => /\bvi\.(mock|spyOn|stub)|\bregisterEnv\(/.test(readFileSync(file, "utf8")));
/** Tests of the package as a user gets it, packed and installed. */
const installed = ["tests/package/**/*.test.ts", "tests/browser/**/*.test.ts"];

// TEST_REPORT=file.json: the results as JSON as well.
const report = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: "100%", // vitest leaves one core out, which is half of two
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["tests/**/*.test.ts"],
          exclude: [...built, ...installed, ...changing, "tests/site/**"], // which have a config of their own
          isolate: false,
        },
      },
      { extends: true, test: { name: "isolated", include: changing, exclude: [...built, ...installed] } },
      { extends: true, test: { name: "threads", include: built, globalSetup: "tests/package/build.ts" } },
      {
        extends: true,
        test: { name: "package", include: installed, globalSetup: "tests/package/install.ts", testTimeout: 120_000 },
      },
    ],
  },
});
