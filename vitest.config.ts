import { defineConfig } from "vitest/config";

/** Tests of the package as a user gets it, packed and installed; all others read src/. */
const installed = ["tests/package/**/*.test.ts", "tests/browser/**/*.test.ts"];

// TEST_REPORT=file.json: the results as JSON as well.
const report = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    projects: [
      { extends: true, test: { name: "unit", include: ["tests/**/*.test.ts"], exclude: installed } },
      {
        extends: true,
        test: { name: "package", include: installed, globalSetup: "tests/package/install.ts", testTimeout: 120_000 },
      },
    ],
  },
});
