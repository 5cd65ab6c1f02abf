import { defineConfig } from "vitest/config";

// The site in a browser: `npm run test:site`, which builds it first.
export default defineConfig({
  test: {
    dir: "tests/site",
    include: ["**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    isolate: false, // the library is loaded once a process
  },
});
