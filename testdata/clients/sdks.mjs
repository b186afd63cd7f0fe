// Runs sdk/run.mjs, the official SDKs, against a sandbox of its own.
//
//   node sdks.mjs PATH-OF-NEXCONN-MCP
import { binary, environment, serve } from "./process.mjs";

const sandbox = await serve(binary(), "sandbox", environment());
process.argv[2] = sandbox.origin;
await import("./sdk/run.mjs");
await sandbox.stop();
