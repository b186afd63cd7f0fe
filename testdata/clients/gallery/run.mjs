// Plays the gallery in a real browser: as an MCP App in the official host
// bridge, with its resource's own policy, as the page of `gallery` and as that of
// `http`.
//
//   node run.mjs PATH-OF-NEXCONN-MCP [PATH-OF-CHROMIUM] [FOLDER-FOR-SCREENSHOTS]
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { check, report } from "../sdk/check.mjs";
import { binary } from "../process.mjs";
import { appChecks } from "./app.mjs";
import { hostedChecks } from "./hosted.mjs";
import { pageChecks } from "./page.mjs";

const bin = binary("PATH-OF-NEXCONN-MCP [PATH-OF-CHROMIUM] [FOLDER-FOR-SCREENSHOTS]");
const executablePath = process.argv[3] ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const shots = process.argv[4];

const profile = mkdtempSync(join(tmpdir(), "nexconn-gallery-"));
let browser;
await check("the browser starts", async () => {
  browser = await chromium.launchPersistentContext(profile, {
    executablePath, headless: true, viewport: { width: 1280, height: 900 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  browser.setDefaultTimeout(15_000);
});
if (browser) {
  await appChecks(browser, bin, shots);
  await pageChecks(browser, bin, shots);
  await hostedChecks(browser, bin, shots);
  await browser.close();
}
rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
report();
