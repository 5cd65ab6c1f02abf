#!/usr/bin/env node
// The command `polgrad`. Node, from 22.1 on, keeps what it compiles in its cache, and takes it from there at the next start.

import * as module from "node:module";

(module as { enableCompileCache?(): unknown }).enableCompileCache?.();
await import("./command.ts"); // not before: what is imported above is compiled by then
