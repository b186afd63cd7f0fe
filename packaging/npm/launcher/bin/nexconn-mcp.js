#!/usr/bin/env node
// Starts the program that came as this platform's optional dependency.
"use strict";
const { spawn } = require("node:child_process");

const name = `@nexconn-ai/nexconn-mcp-${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "nexconn-mcp.exe" : "nexconn-mcp";
let program;
try {
  program = require.resolve(`${name}/bin/${file}`);
} catch {
  console.error(
    `nexconn-mcp: the package ${name} is not installed.\n` +
      "If npm was told to leave out optional dependencies, install again without --omit=optional.\n" +
      "Other platforms: https://github.com/nexconn-ai/nexconn-mcp/releases or `go install github.com/nexconn-ai/nexconn-mcp@latest`.",
  );
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
child.on("error", (err) => {
  console.error(`nexconn-mcp: ${err.message}`);
  process.exit(1);
});
// A client's signal is for the program, which ends in its own time.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("exit", (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exit(code);
  }
});
