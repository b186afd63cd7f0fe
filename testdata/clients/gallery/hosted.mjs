// The gallery and the links of `nexconn-mcp http`: signed in with a pasted token
// and through the server's own sign-in page, and without any sign-in on loopback.
import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "../sdk/check.mjs";
import { environment, serve } from "../process.mjs";
import { accessible } from "./accessible.mjs";

export async function hostedChecks(browser, bin, shots) {
  const folder = mkdtempSync(join(tmpdir(), "nexconn-hosted-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const secret = "nxm_the-token-of-ann", tokens = join(folder, "tokens.toml");
  writeFileSync(tokens, `[[token]]\nname = "ann"\nsha256 = "${createHash("sha256").update(secret).digest("hex")}"\n`);
  const store = (name) => ({ ...environment(), NEXCONN_ARTIFACTS: `file://${join(folder, name)}` });
  const flags = ["--sandbox", "--auth", "tokens", "--tokens-file", tokens];

  const call = async (origin, name, args, bearer = secret) => {
    const answer = await fetch(`${origin}/mcp`, { method: "POST", headers: { "content-type": "application/json", accept: "application/json", authorization: `Bearer ${bearer}` },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } }) });
    const { result } = await answer.json();
    assert.ok(!result.isError, JSON.stringify(result));
    return result.structuredContent;
  };

  // A page of a person's own: nothing of the others' is in it.
  async function open() {
    const person = await browser.browser().newContext({ viewport: { width: 1280, height: 900 } });
    person.setDefaultTimeout(15_000);
    const page = await person.newPage(), faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => { if (/Content.Security.Policy|violates/.test(message.text())) faults.push(message.text()); });
    return { person, page, close: async () => { await person.close(); assert.deepEqual(faults, []); } };
  }

  const server = await serve(bin, "http", store("tokens"), flags);
  const at = server.origin;
  let picture, film;

  await check("over HTTP a link shows the picture to whoever has it, and plays the video", async () => {
    [picture] = (await call(at, "generate_image", { model: "kling-v2", prompt: "A harbour at first light", wait_seconds: 30, save: true })).outputs;
    [film] = (await call(at, "generate_video", { model: "kling-v2-6", prompt: "Waves roll in", seconds: 5, wait_seconds: 30, save: true })).outputs;
    const { person, page, close } = await open();
    const answers = [];
    page.on("response", (answer) => answers.push([answer.status(), answer.request().headers().range]));
    await page.goto(picture.url);
    await page.waitForFunction(() => document.images[0]?.naturalWidth > 100);
    if (shots) await page.screenshot({ path: join(shots, "link.png") });
    await page.goto(film.url);
    await page.waitForFunction(() => document.querySelector("video")?.readyState >= 2);
    await page.goto(`${at}/healthz`);
    // Playing goes by ranges, from a page of elsewhere too.
    const played = await page.evaluate(async (url) => {
      const video = Object.assign(document.createElement("video"), { src: url, muted: true, crossOrigin: "anonymous" });
      document.body.append(video);
      await video.play();
      video.currentTime = video.duration - 0.5;
      await new Promise((done, fail) => { video.onseeked = done; video.onerror = fail });
      return [video.currentTime > 3, video.videoWidth > 0];
    }, film.url);
    assert.deepEqual(played, [true, true]);
    assert.ok(answers.some(([status, range]) => status === 206 && range), "no range was asked for");
    assert.deepEqual(await person.cookies(), []);
    for (const url of [`${picture.url.slice(0, -1)}${picture.url.endsWith("A") ? "Q" : "A"}`, film.url.split("?")[0] + "?" + picture.url.split("?")[1]]) {
      assert.equal((await page.goto(url)).status(), 403);
    }
    await close();
  });

  await check("the hosted gallery is empty without a credential, and shows what its token's holder made", async () => {
    const { page, person, close } = await open();
    const seen = [];
    page.on("request", (request) => seen.push(new URL(request.url()).pathname));
    await page.goto(`${at}/gallery`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.deepEqual(seen.filter((path) => path !== "/favicon.ico"), ["/gallery"], "nothing is asked for before");
    const empty = await page.content();
    for (const made of ["A harbour at first light", "Waves roll in", new URL(picture.url).pathname]) assert.ok(!empty.includes(made), made);
    await accessible(page);
    if (shots) await page.screenshot({ path: join(shots, "gallery-sign-in.png") });
    await page.getByLabel("Token").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("doesn't know this token").waitFor();
    await page.getByLabel("Token").fill(` ${secret} `);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll(".card").length === 2 && [...document.querySelectorAll(".stage img")].some((img) => img.naturalWidth) && document.querySelector("video")?.readyState >= 1);
    assert.equal(await page.locator("#sign-in").isVisible(), false);
    assert.deepEqual(await person.cookies(), []);
    await accessible(page);

    // The link on show stays the same, so that nothing is loaded anew.
    const link = await page.locator("video").getAttribute("src");
    await page.getByRole("button", { name: "Refresh" }).first().click();
    await page.getByText("Up to date").waitFor();
    assert.equal(await page.locator("video").getAttribute("src"), link);

    const requests = [];
    page.on("request", (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname.split("/")[1]}`));
    await page.locator("#file").setInputFiles({ name: "frame.png", mimeType: "image/png", buffer: Buffer.from(await (await fetch(picture.url)).arrayBuffer()) });
    await page.locator("dialog").getByRole("button", { name: "Use as first frame" }).click();
    await page.getByLabel("Model").selectOption("kling-v2-6");
    await page.getByLabel("Prompt").fill("it moves");
    await page.getByRole("button", { name: "Check the price" }).click();
    await page.getByRole("button", { name: /^Make it/ }).click();
    await page.locator("dialog[open]").waitFor({ state: "detached" });
    await page.locator(".card", { hasText: "it moves" }).locator(".status.succeeded").waitFor();
    assert.ok(requests.includes("PUT uploads"), requests.join(", "));

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await page.locator(".card").count(), 0);
    assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage)), []);
    await close();
  });

  await check("another page reads nothing of the hosted gallery", async () => {
    const { headers } = await fetch(`${at}/gallery`);
    assert.equal(headers.get("access-control-allow-origin"), null);
    assert.match(headers.get("content-security-policy"), /frame-ancestors 'none'/);
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(headers.get("set-cookie"), null);
    assert.equal((await fetch(`${at}/gallery`, { method: "POST" })).status, 405);
    const far = await fetch(`${at}/mcp`, { method: "POST", headers: { origin: "https://evil.example", authorization: `Bearer ${secret}`, "content-type": "application/json" }, body: "{}" });
    assert.equal(far.status, 403);
  });
  await server.stop();

  const signing = await serve(bin, "http", { ...store("oauth"), NEXCONN_OAUTH: "true" }, flags);
  await check("with the sign-in page the gallery is a client like any other", async () => {
    await call(signing.origin, "generate_image", { model: "kling-v2", prompt: "A tea house", wait_seconds: 30, save: true });
    const { page, close } = await open();
    await page.goto(`${signing.origin}/gallery`);
    assert.equal(await page.getByLabel("Token").isVisible(), false);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Connect Nexconn gallery" }).waitFor();
    await page.getByLabel("Your token").fill(secret);
    await page.getByRole("button", { name: "Connect" }).click();
    await page.waitForFunction(() => [...document.querySelectorAll(".stage img")].some((img) => img.naturalWidth));
    assert.equal(page.url(), `${signing.origin}/gallery`, "the code is out of the address");
    const [token, refresh] = await page.evaluate(() => ["token", "refresh"].map((name) => sessionStorage.getItem(`nexconn-${name}`)));
    assert.ok(token.startsWith("nxo_") && !token.includes(secret));

    // A token that has ended is renewed once for all that ask at the same time.
    const asked = [];
    page.on("request", (request) => { if (request.url().endsWith("/oauth/token")) asked.push(request.postData()); });
    await page.evaluate(() => sessionStorage.setItem("nexconn-token", "nxo_ended"));
    await page.reload();
    await page.waitForFunction(() => [...document.querySelectorAll(".stage img")].some((img) => img.naturalWidth));
    assert.equal(asked.length, 1, asked.join("\n"));
    assert.ok(new URLSearchParams(asked[0]).get("refresh_token") === refresh);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    const again = await page.evaluate(() => Object.keys(sessionStorage));
    assert.deepEqual(again, []);

    await page.goto(`${signing.origin}/gallery?error=access_denied&state=somebody-else's`);
    await page.getByText("begun in another tab").waitFor();
    await close();
  });
  await signing.stop();

  const local = await serve(bin, "http", environment(), ["--sandbox"]);
  await check("without --auth on loopback the gallery just opens", async () => {
    await call(local.origin, "generate_image", { model: "gemini-3.1-flash-image-preview", prompt: "A mug" }, "");
    const { page, close } = await open();
    await page.goto(`${local.origin}/gallery`);
    await page.waitForFunction(() => [...document.querySelectorAll(".stage img")].some((img) => img.naturalWidth));
    assert.equal(await page.getByRole("button", { name: "Sign out" }).isVisible(), false);
    await close();
  });
  await local.stop();
}
