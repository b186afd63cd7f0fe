// The gallery as the page of `nexconn-mcp gallery`.
import { strict as assert } from "node:assert";
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { check } from "../sdk/check.mjs";
import { environment } from "../process.mjs";
import { accessible } from "./accessible.mjs";

const made = [
  ["generate_image", { model: "kling-v2", prompt: "A harbour at first light, fishing boats, long lens", aspect_ratio: "16:9" }],
  ["generate_video", { model: "sora-2", prompt: "A paper crane unfolds over a still lake", seconds: 4 }],
  ["generate_image", { model: "gemini-3.1-flash-image-preview", prompt: "Isometric tea house in the snow" }],
  ["generate_video", { model: "kling-v2-6", prompt: "Waves roll in at dawn, slow dolly forward", seconds: 5, aspect_ratio: "9:16" }],
  ["generate_image", { model: "kling-v2", prompt: "A crowd in front of a theatre at night, neon signs reflected in the rain on the street, umbrellas, faces turned to the camera, shot on a long lens [[fail:content]]" }],
  ["generate_image", { model: "kling-v2", prompt: "Product photo: a blue enamel mug on linen", aspect_ratio: "1:1", count: 2 }],
];

export async function pageChecks(browser, bin, shots) {
  const env = environment();
  const call = async (tool, args, wait = true) => {
    const pairs = Object.entries(args).map(([key, value]) => `${key}:=${JSON.stringify(value)}`);
    const run = promisify(execFile)(bin, ["call", tool, ...pairs, "--sandbox", "--output", "json", ...(wait ? [] : ["--no-wait"])], { env, timeout: 60_000 });
    return JSON.parse((await run.catch((error) => error)).stdout);
  };

  async function gallery() {
    const child = spawn(bin, ["gallery", "--sandbox", "--no-open"], { env, stdio: ["ignore", "pipe", "inherit"] });
    process.on("exit", () => child.kill("SIGKILL"));
    let out = "";
    const link = await new Promise((done, fail) => {
      child.stdout.on("data", (text) => { out += text; const found = /http:\/\/\S+/.exec(out); if (found) done(found[0]); });
      child.on("exit", (code) => fail(new Error(`gallery ended with ${code}: ${out}`)));
    });
    return { link, origin: new URL(link).origin, stop: () => new Promise((done) => { child.removeAllListeners("exit"); child.on("exit", done); child.kill("SIGTERM"); }) };
  }

  const page = await browser.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => { if (/Content.Security.Policy|violates/.test(message.text())) faults.push(message.text()); });

  let place = await gallery();
  await check("nothing made yet is an empty page that says how to begin", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(place.link);
    await page.getByText("Nothing made yet").waitFor();
    await page.getByText(/today/).waitFor();
    await accessible(page);
    if (shots) await page.screenshot({ path: join(shots, "gallery-empty.png") });
  });

  await check("the link is good once, and only from here", async () => {
    const again = await fetch(place.link, { redirect: "manual" });
    assert.equal(again.status, 403);
    const home = new URL(page.url()).pathname;
    for (const headers of [{}, { cookie: "nexconn-gallery=guess" }, { origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }]) {
      const answer = await fetch(place.origin + home, { headers });
      assert.equal(answer.status, 403, JSON.stringify(headers));
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
    }
    const [cookie] = (await browser.cookies(place.origin + home)).filter(({ name }) => name === "nexconn-gallery");
    assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, "Strict", home]);
    const renamed = await new Promise((done, fail) => import("node:http").then(({ get }) =>
      get({ host: "127.0.0.1", port: new URL(place.origin).port, path: home, headers: { host: "rebound.example", cookie: `nexconn-gallery=${cookie.value}` } }, (answer) => done(answer.statusCode)).on("error", fail)));
    assert.equal(renamed, 403);
  });

  await check("another page of the same browser reads nothing", async () => {
    let cookies;
    const other = createServer((request, response) => { cookies = request.headers.cookie; response.setHeader("content-type", "text/html").end("<title>other</title>"); }).listen(0, "127.0.0.1");
    await new Promise((done) => other.once("listening", done));
    const stranger = await browser.newPage();
    await stranger.goto(`http://127.0.0.1:${other.address().port}/`);
    assert.equal(cookies, undefined, "the cookie goes to no other port");
    const home = new URL(page.url());
    const seen = await stranger.evaluate(async (url) => {
      const tries = { read: fetch(url, { credentials: "include" }), call: fetch(`${url}rpc`, { method: "POST", credentials: "include", mode: "no-cors", body: "{}" }).then((answer) => { if (answer.type === "opaque") throw new Error("opaque"); }) };
      const picture = new Promise((done) => { const img = new Image(); img.onload = () => done("shown"); img.onerror = () => done("kept"); img.src = `${url}media?task=x&n=0`; });
      return { read: await tries.read.then(() => "read", () => "kept"), call: await tries.call.then(() => "read", () => "kept"), picture: await picture };
    }, home.href);
    assert.deepEqual(seen, { read: "kept", call: "kept", picture: "kept" });
    await stranger.close();
    other.close();
  });

  for (const [tool, args] of made) await call(tool, args);
  const running = call("generate_video", { model: "kling-v2-6", prompt: "A lighthouse turns in the fog, its beam sweeping over black water and wet rocks while gulls cross the light, filmed from a boat that rises and falls with the swell [[slow:12s]]", seconds: 5 }, false);
  await running;

  await check("the grid shows every kind, with today's spend", async () => {
    await page.getByRole("button", { name: "Refresh" }).first().click();
    await page.waitForFunction((n) => document.querySelectorAll(".card").length === n, made.length + 1);
    await page.waitForFunction(() => [...document.querySelectorAll(".stage img")].length >= 3 && [...document.querySelectorAll(".stage img")].every((img) => img.naturalWidth) && document.querySelectorAll("video").length === 2);
    await page.waitForFunction(() => document.querySelector("progress"));
    assert.match(await page.locator("#spend").innerText(), /\$[\d.]+ today · \d+ calls/);
    assert.ok(await page.getByText("Isometric tea house in the snow").isVisible());
    await page.evaluate(() => Promise.all([...document.querySelectorAll("video")].map((video) => { video.currentTime = 1; return new Promise((done) => video.addEventListener("seeked", done, { once: true })); })));
    await accessible(page);
    if (shots) {
      for (const scheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        await page.screenshot({ path: join(shots, `gallery-${scheme}.png`) });
      }
    }
    await page.emulateMedia({ colorScheme: "dark" });
    await accessible(page);
  });

  await check("at 320 px nothing is cut off", async () => {
    await page.setViewportSize({ width: 320, height: 720 });
    await page.emulateMedia({ colorScheme: "light" });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), "no sideways scrolling");
    await accessible(page);
    if (shots) await page.screenshot({ path: join(shots, "gallery-narrow.png") });
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  await check("by keyboard alone a video is asked for", async () => {
    await page.getByText("Isometric tea house in the snow").waitFor();
    await page.locator("body").press("Tab");
    for (let i = 0; i < 80 && (await page.evaluate(() => document.activeElement.dataset?.does)) !== "frame"; i++) await page.keyboard.press("Tab");
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(ring, "solid", "the focus shows");
    await page.keyboard.press("Enter");
    await page.locator("dialog[open]").waitFor();
    await accessible(page);
    if (shots) await page.screenshot({ path: join(shots, "gallery-composer.png") });
    await page.keyboard.type("snow begins to fall");
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" });
  });

  await check("a dropped picture becomes a first frame", async () => {
    const { outputs: [picture] } = await call("generate_image", { model: "kling-v2", prompt: "dropped" });
    await page.locator("#file").setInputFiles(picture.path);
    await page.locator("dialog").getByRole("button", { name: "Use as first frame" }).click();
    await page.getByRole("heading", { name: "Video from this picture" }).waitFor();
    await page.getByLabel("Model").selectOption("kling-v2-6");
    await page.getByLabel("Prompt").fill("it moves");
    await page.getByRole("button", { name: "Check the price" }).click();
    await page.getByRole("button", { name: /^Make it/ }).click();
    await page.locator("dialog[open]").waitFor({ state: "detached" });
    await page.locator(".card", { hasText: "it moves" }).locator(".status.succeeded").waitFor();
    await page.evaluate(() => { const data = new DataTransfer(); data.items.add(new File(["x"], "notes.txt", { type: "text/plain" })); document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })); });
    await page.getByText(/notes.txt is neither/).waitFor();
  });

  await check("with reduced motion nothing moves by itself", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.reload();
    await page.locator("video").first().scrollIntoViewIfNeeded();
    await page.waitForTimeout(700);
    assert.equal(await page.evaluate(() => [...document.querySelectorAll("video")].some((video) => !video.paused)), false);
  });

  await check("when the server has gone the page says so and keeps what it has", async () => {
    const cards = await page.locator(".card").count();
    await place.stop();
    await page.getByRole("button", { name: "Refresh" }).first().click();
    await page.getByText(/can't be reached/).waitFor();
    assert.equal(await page.locator(".card").count(), cards);
    assert.deepEqual(faults, []);
  });
  await page.close();
}
