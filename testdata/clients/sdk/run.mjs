// Runs the official SDKs of OpenAI, Anthropic, Google and fal, unmodified and set
// up by their documented options, against a sandbox:
//
//   nexconn-mcp sandbox --listen 127.0.0.1:8900 --time-scale 0.2 &
//   node run.mjs http://127.0.0.1:8900
import { check, report } from "./check.mjs";

const origin = (process.argv[2] ?? "").replace(/\/$/, "");
if (!origin) {
  console.error("usage: node run.mjs http://127.0.0.1:PORT");
  process.exit(2);
}
await fetch(`${origin}/v1/models`).catch((error) => {
  console.error(`nothing answers at ${origin}: ${error.cause?.message ?? error.message}`);
  process.exit(2);
});
for (const name of ["openai", "anthropic", "google", "fal"]) {
  const { run } = await import(`./${name}.mjs`);
  await run(origin, (what, body) => check(`${name}: ${what}`, body));
}
report();
