// How the site is built: every index.html is a page; `polgrad` is the build that lies in ../dist, by the entries that a
// user's bundler would take.

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { pages } from "./build/pages.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const library = fileURLToPath(new URL("..", import.meta.url));
const { exports } = JSON.parse(readFileSync(`${library}package.json`, "utf8")) as {
  exports: Record<string, { default: string }>;
};

/** Chunks of the library say so in their names: tests block them, and then nothing may move. */
const chunkFileNames = ({ moduleIds }: { moduleIds: string[] }): string =>
  moduleIds.some((id) => id.startsWith(`${library}dist/`)) ? "assets/polgrad-[hash].js" : "assets/[name]-[hash].js";

export default defineConfig({
  root,
  base: "./", // works wherever the folder is put
  resolve: {
    alias: [
      { find: /^polgrad$/, replacement: `${library}${exports["."].default.slice(2)}` },
      { find: /^polgrad\/experiments\/(.*)$/, replacement: `${library}dist/experiments/$1.js` },
    ],
  },
  plugins: [pages(library)],
  worker: { format: "es", rolldownOptions: { output: { chunkFileNames } } },
  build: {
    target: "es2023",
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      input: readdirSync(root, { recursive: true, encoding: "utf8" })
        .filter((file) => /(^|[/\\])index\.html$/.test(file) && !/^(node_modules|dist)\b/.test(file))
        .map((file) => root + file),
    },
  },
});
