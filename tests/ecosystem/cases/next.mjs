// Next 16 with Turbopack: a client component whose trainer is a worker. Builds, and runs what it built.

import { spawn } from "node:child_process";
import { trainer } from "../lib/app.mjs";
import { isolation, outcomeOf } from "../lib/browser.mjs";
import { exec, project } from "../lib/package.mjs";

export default async function ({ folder, tarball }) {
  await project(folder, tarball, ["next@^16", "react@^19", "react-dom@^19"], {
    "app/layout.js": `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}\n`,
    "app/page.js": `"use client";
import { useEffect, useState } from "react";
import { envIds } from "polgrad";

export default function Page() {
  const [text, setText] = useState("training");
  useEffect(() => {
    const worker = new Worker(new URL("./trainer.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => {
      globalThis.outcome = data;
      setText(data.error ?? data.weightsSha256);
    };
    worker.onerror = (event) => (globalThis.outcome = { error: "the trainer: " + event.message });
    return () => worker.terminate();
  }, []);
  return <p>{envIds().length} environments: {text}</p>;
}\n`,
    "app/trainer.js": trainer(),
    "next.config.mjs": `const headers = ${JSON.stringify(Object.entries(isolation).map(([key, value]) => ({ key, value })))};
export default { headers: () => [{ source: "/:path*", headers }] };\n`,
  });
  const quiet = { NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };
  const { stdout, stderr } = await exec(folder, "next", ["build"], { minutes: 8, env: quiet });
  const warned = /warn|error/i.exec(stdout + stderr) ? stdout + stderr : undefined;
  const server = spawn("node", ["node_modules/next/dist/bin/next", "start", "--port", "0", "--hostname", "127.0.0.1"], { cwd: folder, env: { ...process.env, ...quiet } }); // prettier-ignore
  try {
    const url = await new Promise((resolve, reject) => {
      let text = "";
      server.stdout.on("data", (part) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec((text += part));
        if (found && /Ready/.test(text)) resolve(found[0]);
      });
      server.on("exit", () => reject(new Error(`next did not start: ${text}`)));
    });
    return [
      ["no warning", warned],
      ["in a worker", await outcomeOf(url), 2],
    ];
  } finally {
    server.kill();
  }
}
