// Starts nexconn-mcp for the client checks: with folders of its own and nothing
// of the user's environment but what a program needs to run.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

// The binary under test, from the command line.
export function binary(usage) {
  if (!process.argv[2]) {
    console.error(`usage: node run.mjs ${usage ?? "PATH-OF-NEXCONN-MCP"}`);
    process.exit(2);
  }
  return resolve(process.argv[2]);
}

// An environment whose folders are removed when this process ends.
export function environment() {
  const folder = mkdtempSync(join(tmpdir(), "nexconn-check-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return {
    PATH: process.env.PATH,
    HOME: folder,
    NEXCONN_STATE_DIR: join(folder, "state"),
    NEXCONN_OUTPUT_DIR: join(folder, "outputs"),
    NEXCONN_TIME_SCALE: "0.2",
  };
}

async function freePort() {
  const listener = createServer();
  await new Promise((done, fail) => listener.once("error", fail).listen(0, "127.0.0.1", done));
  const { port } = listener.address();
  await new Promise((done) => listener.close(done));
  return port;
}

// serve starts a command that listens and gives its origin once it answers.
// Its log is shown only when it doesn't come up.
export async function serve(bin, command, env, flags = []) {
  const origin = `127.0.0.1:${await freePort()}`;
  const child = spawn(bin, [command, "--listen", origin, ...flags], { env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += text));
  let gone;
  const ended = new Promise((done) => child.on("exit", (code, signal) => done((gone = `ended with ${code ?? signal}`))));
  process.on("exit", () => child.kill("SIGKILL"));

  const deadline = Date.now() + 20_000;
  while (!gone && Date.now() < deadline) {
    const up = await fetch(`http://${origin}/healthz`).then((answer) => answer.body.cancel().then(() => true), () => false);
    if (up) {
      return {
        origin: `http://${origin}`,
        stop: () => (child.kill("SIGTERM"), ended),
      };
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${command} ${gone ?? "didn't answer within 20 s"}:\n${log}`);
}
