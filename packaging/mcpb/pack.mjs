// Packs a Claude Desktop bundle per platform:
//   node packaging/mcpb/pack.mjs VERSION BINARIES OUT MCPB
// BINARIES as for npm/pack.mjs; MCPB is the command of @anthropic-ai/mcpb.
// The tools of the manifest are those of the committed schemas.
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [version, binaries, out, mcpb] = process.argv.slice(2);
if (!mcpb) {
  console.error("usage: node pack.mjs VERSION BINARIES OUT MCPB");
  process.exit(2);
}
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const manifest = JSON.parse(readFileSync(join(here, "manifest.json"), "utf8"));
const tools = join(root, "schemas", "tools");
manifest.version = version;
manifest.tools = readdirSync(tools).sort().map((file) => ({
  name: basename(file, ".json"),
  description: JSON.parse(readFileSync(join(tools, file), "utf8")).description,
}));

const platform = { linux: "linux", darwin: "darwin", windows: "win32" };
mkdirSync(out, { recursive: true });
for (const go of readdirSync(binaries).sort()) {
  const [os, arch] = go.split("_");
  const file = os === "windows" ? "nexconn-mcp.exe" : "nexconn-mcp";
  const binary = join(binaries, go, file);
  if (!platform[os] || !existsSync(binary)) continue;
  const folder = mkdtempSync(join(tmpdir(), "nexconn-mcpb-"));
  mkdirSync(join(folder, "server"));
  copyFileSync(binary, join(folder, "server", file));
  chmodSync(join(folder, "server", file), 0o755);
  copyFileSync(join(here, "..", "icon.png"), join(folder, "icon.png"));
  const own = { ...manifest, compatibility: { platforms: [platform[os]] } };
  own.server = { ...manifest.server, entry_point: `server/${file}` };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(own, null, 2));
  execFileSync(process.execPath, [mcpb, "validate", folder], { stdio: "inherit" });
  execFileSync(process.execPath, [mcpb, "pack", folder, join(resolve(out), `nexconn-mcp_${version}_${os}_${arch}.mcpb`)], { stdio: ["ignore", "ignore", "inherit"] });
  rmSync(folder, { recursive: true });
}
