// Runs the official TypeScript clients against the server on its sandbox: the
// 1.x client (protocol era of 2025) and the 2.x client pinned to the protocol of
// 2026-07-28, each over stdio and over Streamable HTTP.
//
//   node run.mjs PATH-OF-NEXCONN-MCP
import { Client as Modern, StreamableHTTPClientTransport as ModernHTTP } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernStdio } from "@modelcontextprotocol/client/stdio";
import { Client as Legacy } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as LegacyStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as LegacyHTTP } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { check, report } from "../sdk/check.mjs";
import { binary, environment, serve } from "../process.mjs";
import { tour } from "./tour.mjs";

const bin = binary();
const whoAmI = { name: "client-check", version: "1.0.0" };

// The two clients differ in how they are made and in how options are given to
// a call; the tour sees one of them.
const clients = {
  legacy: () => {
    const client = new Legacy(whoAmI);
    return {
      client,
      call: (name, args, options) => client.callTool({ name, arguments: args }, undefined, options),
    };
  },
  modern: () => {
    const client = new Modern(whoAmI, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
    return {
      client,
      call: (name, args, options) => client.callTool({ name, arguments: args }, options),
      version: () => client.getNegotiatedProtocolVersion(),
    };
  },
};
const stdio = { legacy: LegacyStdio, modern: ModernStdio };
const http = { legacy: LegacyHTTP, modern: ModernHTTP };

async function visit(era, way, transport) {
  const name = `${era} ${way}`;
  const guest = clients[era]();
  await check(`${name}: connect`, async () => {
    await guest.client.connect(transport);
    if (era === "modern" && guest.version() !== "2026-07-28") throw new Error(`negotiated ${guest.version()}`);
  });
  await tour(guest, { local: way === "stdio" }, (what, body) => check(`${name}: ${what}`, body));
  await check(`${name}: close`, () => guest.client.close());
}

for (const era of ["legacy", "modern"]) {
  const env = environment();
  await visit(era, "stdio", new stdio[era]({ command: bin, args: ["--sandbox"], env, stderr: "pipe" }));

  let server;
  await check(`${era} http: start`, async () => {
    server = await serve(bin, "http", environment(), ["--sandbox"]);
  });
  if (!server) continue;
  await visit(era, "http", new http[era](new URL("/mcp", server.origin)));
  await check(`${era} http: stop`, async () => {
    const how = await server.stop();
    if (how !== "ended with 0") throw new Error(how);
  });
}
report();
