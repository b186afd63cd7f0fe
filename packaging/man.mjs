// Writes the manual page from the program's own help:
//   node packaging/man.mjs PROGRAM > nexconn-mcp.1
import { execFileSync } from "node:child_process";

const program = process.argv[2];
const help = (...args) => execFileSync(program, [...args, "--help"], { encoding: "utf8", env: { PATH: process.env.PATH, HOME: "/nonexistent" } });
const roff = (text) => text.replaceAll("\\", "\\e").replace(/^([.'])/gm, "\\&$1").replaceAll("-", "\\-");
const block = (text) => `.nf\n${roff(text.trimEnd())}\n.fi`;

const root = help();
const commands = [...root.split(/Available Commands:\n/)[1].split("\n\n")[0].matchAll(/^ {2}(\S+) /gm)].map((m) => m[1]).filter((name) => name !== "help" && name !== "completion");
const version = execFileSync(program, ["version"], { encoding: "utf8" }).split("\n")[0];
const page = [
  `.TH NEXCONN\\-MCP 1 "" "${roff(version)}" "User Commands"`,
  ".SH NAME",
  "nexconn\\-mcp \\- the Nexconn LLM API (chat, images, video, files) as MCP tools",
  ".SH DESCRIPTION",
  block(root),
];
for (const name of commands) {
  page.push(`.SH "nexconn\\-mcp ${roff(name)}"`, block(help(name)));
}
page.push(".SH SEE ALSO", "https://github.com/nexconn\\-ai/nexconn\\-mcp");
console.log(page.join("\n"));
