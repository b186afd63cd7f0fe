// Holds the packages that packaging/build.sh VERSION --here made to what their
// clients want: each one's own validator, and a start from the tarballs alone.
//   node packaging/check.mjs VERSION
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const version = process.argv[2] ?? "0.0.1";
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const out = join(root, "dist", "packages");
const home = mkdtempSync(join(tmpdir(), "nexconn-packages-"));
const env = { PATH: process.env.PATH, HOME: home, npm_config_cache: join(home, "npm"), NO_COLOR: "1" };
const modules = join(here, "node_modules");
let passed = 0;
let failed = 0;
function check(what, run) {
  try {
    run();
    passed++;
  } catch (err) {
    failed++;
    console.error(`FAILED ${what}: ${err.stdout ?? ""}${err.stderr ?? ""}${err.message}`);
  }
}
const run = (file, args, options = {}) => execFileSync(file, args, { env, encoding: "utf8", timeout: 120_000, stdio: ["ignore", "pipe", "pipe"], ...options });
const must = (ok, text) => {
  if (!ok) throw new Error(text);
};
const only = (pattern) => {
  const found = readdirSync(out).filter((name) => pattern.test(name));
  must(found.length > 0, `no ${pattern} in dist/packages`);
  return found.map((name) => join(out, name));
};

// A server started by a command speaks MCP and lists its tools.
function lists(command, args, options = {}) {
  const lines = [
    { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "check", version: "1" } } },
    { jsonrpc: "2.0", method: "notifications/initialized" },
    { jsonrpc: "2.0", id: 2, method: "tools/list" },
  ];
  const got = spawnSync(command, args, { env, encoding: "utf8", timeout: 60_000, input: lines.map((l) => JSON.stringify(l) + "\n").join(""), ...options });
  const answer = got.stdout.split("\n").filter(Boolean).map((l) => JSON.parse(l)).find((m) => m.id === 2);
  must(answer?.result?.tools?.length === 15, `no 15 tools: ${got.stdout.slice(0, 300)} ${got.stderr.slice(0, 600)}`);
}

check("npm: npx from the packed tarballs", () => {
  const folder = join(home, "npx");
  mkdirSync(folder);
  run("npm", ["init", "-y"], { cwd: folder });
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--omit=optional", ...only(/\.tgz$/)], { cwd: folder });
  lists("npx", ["--no-install", "nexconn-mcp", "--sandbox"], { cwd: folder });
  must(run("npx", ["--no-install", "nexconn-mcp", "version"], { cwd: folder }).includes(version), "another version");
});
check("npm: no install scripts", () => {
  for (const tarball of only(/\.tgz$/)) {
    const manifest = JSON.parse(run("tar", ["-xzOf", tarball, "package/package.json"]));
    must(!manifest.scripts, `${tarball} has scripts`);
  }
});
check("mcpb: the bundle starts", () => {
  for (const bundle of only(/\.mcpb$/)) {
    const folder = join(home, "bundle");
    run(process.execPath, [join(modules, "@anthropic-ai/mcpb/dist/cli/cli.js"), "unpack", bundle, folder]);
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
    must(manifest.version === version, `version ${manifest.version}`);
    must(manifest.tools.length === 15, `${manifest.tools.length} tools`);
    // What Claude Desktop puts in place of an answer that wasn't given.
    const filled = { ...env, NEXCONN_API_KEY: "", NEXCONN_SANDBOX: "true", NEXCONN_MAX_USD_PER_DAY: "10", NEXCONN_OUTPUT_DIR: join(home, "pictures") };
    lists(join(folder, manifest.server.entry_point), [], { env: filled });
    rmSync(folder, { recursive: true });
  }
});
check("registry: server.json fits the schema of 2025-12-11", () => {
  const dir = JSON.parse(run("go", ["mod", "download", "-json", "github.com/modelcontextprotocol/registry@v1.8.8"], { env: process.env, cwd: tmpdir() })).Dir;
  const schema = JSON.parse(readFileSync(join(dir, "internal/validators/schemas/2025-12-11.json"), "utf8"));
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  const validate = ajv.compile(schema);
  must(validate(JSON.parse(readFileSync(join(out, "server.json"), "utf8"))), ajv.errorsText(validate.errors));
});
check("Claude Code: claude plugin validate", () => {
  const claude = join(modules, `@anthropic-ai/claude-code-${process.platform}-${process.arch}`, "claude");
  must(existsSync(claude), `no ${claude}`);
  for (const folder of [join(out, "claude-plugin"), root]) {
    must(/Validation passed/.test(run(claude, ["plugin", "validate", folder])), folder);
  }
});
check("Gemini CLI: gemini extensions validate", () => {
  const got = spawnSync(process.execPath, [resolve(modules, ".bin/gemini"), "extensions", "validate", join(out, "gemini")], { env, encoding: "utf8", timeout: 120_000 });
  must(got.status === 0 && /successfully validated/.test(got.stdout + got.stderr), got.stdout + got.stderr);
});
check("systemd: the unit is sound", () => {
  const got = spawnSync("systemd-analyze", ["--man=no", "verify", join(here, "systemd/nexconn-mcp.service")], { encoding: "utf8" });
  if (got.error) return console.log("no systemd-analyze here: the unit is not verified");
  const told = (got.stderr + got.stdout).split("\n").filter((l) => l && !/is not executable|No such file/.test(l));
  must(told.length === 0, told.join("\n"));
});

rmSync(home, { recursive: true, force: true });
console.log(`packages: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
