// `npm run test:cluster`: real processes and a real Redis, which `npm test` has no time for. The tests wait more than they
// work, so they run beside one another.

import { defineConfig } from "vitest/config";

const report = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    include: ["tests/cluster/**/*.fault.ts"],
    globalSetup: "tests/package/build.ts",
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxConcurrency: 5,
    maxWorkers: 1,
    isolate: false,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
