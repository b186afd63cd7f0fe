// Packs the npm launcher and one package per platform:
//   node packaging/npm/pack.mjs VERSION BINARIES OUT
// BINARIES holds OS_ARCH/nexconn-mcp[.exe] in Go's words; OUT gets the tarballs.
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [version, binaries, out] = process.argv.slice(2);
if (!out) {
  console.error("usage: node pack.mjs VERSION BINARIES OUT");
  process.exit(2);
}
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
// Go's words for a platform, and Node's.
const platforms = [
  ["linux_amd64", "linux", "x64"],
  ["linux_arm64", "linux", "arm64"],
  ["darwin_amd64", "darwin", "x64"],
  ["darwin_arm64", "darwin", "arm64"],
  ["windows_amd64", "win32", "x64"],
  ["windows_arm64", "win32", "arm64"],
];
const launcher = JSON.parse(readFileSync(join(here, "launcher", "package.json"), "utf8"));
const shared = { version, license: launcher.license, homepage: launcher.homepage, repository: launcher.repository };
const work = mkdtempSync(join(tmpdir(), "nexconn-npm-"));
mkdirSync(out, { recursive: true });

const pack = (folder) => execFileSync("npm", ["pack", "--silent", "--pack-destination", resolve(out)], { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
const dependencies = {};
for (const [go, os, cpu] of platforms) {
  const file = os === "win32" ? "nexconn-mcp.exe" : "nexconn-mcp";
  const binary = join(binaries, go, file);
  const name = `@nexconn-ai/nexconn-mcp-${os}-${cpu}`;
  dependencies[name] = version;
  if (!existsSync(binary)) {
    console.error(`left out: ${go} (no ${binary})`);
    continue;
  }
  const folder = join(work, go);
  mkdirSync(join(folder, "bin"), { recursive: true });
  copyFileSync(binary, join(folder, "bin", file));
  chmodSync(join(folder, "bin", file), 0o755);
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  writeFileSync(join(folder, "README.md"), `The ${os} ${cpu} program of [nexconn-mcp](${shared.homepage}); install that package.\n`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, description: `nexconn-mcp for ${os} ${cpu}`, ...shared, os: [os], cpu: [cpu], files: ["bin"], preferUnplugged: true }, null, 2));
  pack(folder);
}
const folder = join(work, "launcher");
cpSync(join(here, "launcher"), folder, { recursive: true });
copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
copyFileSync(join(root, "README.md"), join(folder, "README.md"));
writeFileSync(join(folder, "package.json"), JSON.stringify({ ...launcher, version, optionalDependencies: dependencies }, null, 2));
pack(folder);
rmSync(work, { recursive: true });
