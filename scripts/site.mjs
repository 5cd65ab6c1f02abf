// `npm run site`: builds the site of live pages into site/dist, which any static host serves, from a sub-path too.
//
//   npm run site                builds it; installs its own packages when they are missing or others than asked for
//   npm run site -- --serve     and shows it on localhost, on --port 4173
//   npm run site -- --check     checks types and promises as well

import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const site = join(root, "site");
const dist = join(site, "dist");

const { values: asked } = parseArgs({
  options: {
    serve: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    port: { type: "string", default: "4173" },
  },
});

const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: "inherit", shell: process.platform === "win32" });

function install() {
  const wanted = readFileSync(join(site, "package-lock.json"));
  const mark = join(site, "node_modules/.installed");
  const hash = createHash("sha256").update(wanted).digest("hex");
  if (existsSync(mark) && readFileSync(mark, "utf8") === hash) return;
  console.log("Installing the site's packages …");
  run("npm", ["ci", "--no-audit", "--no-fund"], site);
  writeFileSync(mark, hash);
}

/** All files of a folder, as paths within it. */
const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => statSync(join(folder, file)).isFile())
    .map((file) => file.split(sep).join("/"))
    .sort();

/** The service worker knows all files, and is another one as soon as one of them is. */
function writeServiceWorker() {
  const hash = createHash("sha256");
  const files = filesOf(dist).filter((file) => file !== "service-worker.js");
  for (const file of files) hash.update(file).update(readFileSync(join(dist, file)));
  const first = files.filter((file) => !/^experiments\/results\//.test(file));
  const text = readFileSync(join(site, "build/service-worker.js"), "utf8")
    .replace('"VERSION"', JSON.stringify(hash.digest("hex").slice(0, 16)))
    .replace('["FILES"]', JSON.stringify(first));
  writeFileSync(join(dist, "service-worker.js"), text);
}

if (!existsSync(join(root, "dist/index.js"))) run("npm", ["run", "--silent", "build"], root);
install();
if (asked.check) {
  run(process.execPath, [join(root, "node_modules/typescript-7/bin/tsc"), "-p", site, "--noEmit"], root);
  run(process.execPath, [join(root, "node_modules/oxlint/bin/oxlint"), "--type-aware", "--quiet", "."], site);
}
const { build, preview } = await import(join(site, "node_modules/vite/dist/node/index.js"));
await build({ configFile: join(site, "vite.config.ts"), logLevel: "warn" });
cpSync(join(root, "docs/lecture/results"), join(dist, "experiments/results"), {
  recursive: true,
  filter: (path) => !/[/\\]trials$/.test(path),
});
writeServiceWorker();
const size = filesOf(dist).reduce((sum, file) => sum + statSync(join(dist, file)).size, 0);
console.log(`Built ${relative(process.cwd(), dist)}: ${(size / 1e6).toFixed(1)} MB.`);
if (asked.serve) {
  const server = await preview({ configFile: join(site, "vite.config.ts"), preview: { port: Number(asked.port) } });
  server.printUrls();
}
