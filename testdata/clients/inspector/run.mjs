// Runs the MCP Inspector's command line against the server on its sandbox, in
// both protocol eras, over stdio and over HTTP.
//
//   node run.mjs PATH-OF-NEXCONN-MCP
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { check, report } from "../sdk/check.mjs";
import { binary, environment, serve } from "../process.mjs";

const bin = binary();
const inspector = fileURLToPath(new URL("node_modules/.bin/mcp-inspector", import.meta.url));
const run = promisify(execFile);

// ask runs one method and gives its result; the Inspector's exit code is the
// verdict. Both streams are in the error of a run that failed.
async function ask(env, target, era, ...method) {
  const { stdout } = await run(process.execPath, [inspector, "--cli", ...target, "--protocol-era", era, "--format", "json", ...method], {
    env,
    maxBuffer: 64 << 20,
    timeout: 60_000,
  });
  return JSON.parse(stdout).result;
}

const tool = (name, args) => ["--method", "tools/call", "--tool-name", name, "--tool-args-json", JSON.stringify(args)];

async function inspect(name, env, target, era) {
  const inspected = (what, method, body) =>
    check(`${name}: ${what}`, async () => body(await ask(env, target, era, ...method)));

  await inspected("tools/list --strict", ["--method", "tools/list", "--strict"], ({ tools }) => {
    assert.equal(tools.length, 15);
  });
  await inspected("tools/call list_models", tool("list_models", { kind: "image" }), (result) => {
    assert.equal(result.structuredContent.count, result.structuredContent.models.length);
  });
  await inspected(
    "tools/call generate_image",
    tool("generate_image", { model: "kling-v2", prompt: `a kite, ${name}`, wait_seconds: 20 }),
    (result) => assert.equal(result.structuredContent.status, "succeeded"),
  );
  await inspected("resources/list", ["--method", "resources/list"], ({ resources }) => {
    assert.ok(resources.some(({ uri }) => uri === "nexconn://models"));
  });
}

const env = environment();
let server;
await check("http: start", async () => {
  server = await serve(bin, "http", environment(), ["--sandbox"]);
});
for (const era of ["legacy", "modern"]) {
  await inspect(`${era} stdio`, env, [bin, "--sandbox"], era);
  if (!server) continue;
  const target = ["--server-url", `${server.origin}/mcp`];
  await inspect(`${era} http`, env, target, era);
  // A smoke test: that many calls at once are all answered, not how fast.
  await check(`${era} http: 500 calls, ten at once`, async () => {
    const load = ["--load", "--load-requests", "500", "--load-concurrency", "10"];
    const told = await ask(env, target, era, ...tool("list_models", { model: "kling-v2" }), ...load);
    assert.equal(told.ok, 500, JSON.stringify(told));
  });
}
if (server) await server.stop();
report();
