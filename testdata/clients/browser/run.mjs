// Plays what the server made in a real browser: every video of a few shapes
// must load its metadata, seek and play on; every image must decode. A video
// that only a parser accepts doesn't pass.
//
//   node run.mjs PATH-OF-NEXCONN-MCP [PATH-OF-CHROMIUM]
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { check, report } from "../sdk/check.mjs";
import { binary, environment } from "../process.mjs";

const bin = binary("PATH-OF-NEXCONN-MCP [PATH-OF-CHROMIUM]");
const executablePath = process.argv[3] ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const env = environment();

async function make(tool, args) {
  const pairs = Object.entries({ ...args, save: true }).map(([key, value]) => `${key}:=${JSON.stringify(value)}`);
  const { stdout } = await promisify(execFile)(bin, ["call", tool, ...pairs, "--sandbox", "--output", "json"], { env, timeout: 60_000 });
  const task = JSON.parse(stdout);
  assert.equal(task.status, "succeeded", stdout);
  return task.outputs[0];
}

// Files are served with ranges, which a player needs to seek.
const files = new Map();
const server = createServer((request, response) => {
  if (request.url === "/") return response.setHeader("content-type", "text/html").end("<!doctype html><title>check</title>");
  const file = files.get(request.url);
  if (!file) return response.writeHead(404).end();
  const { size } = statSync(file.path);
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const [start, end] = from === undefined ? [0, size - 1] : [Number(from), to ? Number(to) : size - 1];
  response.writeHead(from === undefined ? 200 : 206, {
    "content-type": file.mime_type,
    "content-length": end - start + 1,
    "accept-ranges": "bytes",
    ...(from !== undefined && { "content-range": `bytes ${start}-${end}/${size}` }),
  });
  createReadStream(file.path, { start, end }).pipe(response);
}).listen(0, "127.0.0.1");
await once(server, "listening");

function place(output) {
  const url = `/${files.size}`;
  files.set(url, output);
  return url;
}

// In the page: loads a video, seeks to its middle, plays on, and tells what
// was seen; a picture of one frame shows that there is something to see.
async function play(url) {
  const video = document.createElement("video");
  video.muted = true;
  video.src = url;
  document.body.append(video);
  const event = (name) =>
    new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no ${name} within 10 s`)), 10_000);
      video.addEventListener(name, () => (clearTimeout(timer), done()), { once: true });
      video.addEventListener("error", () => fail(new Error(video.error.message || `media error ${video.error.code}`)), { once: true });
    });
  await event("loadedmetadata");
  const seeked = event("seeked");
  video.currentTime = video.duration / 2;
  await seeked;
  const from = video.currentTime;
  await video.play();
  while (video.currentTime < from + 0.3) await event("timeupdate");
  video.pause();

  const canvas = new OffscreenCanvas(32, 32).getContext("2d");
  canvas.drawImage(video, 0, 0, 32, 32);
  const { data } = canvas.getImageData(0, 0, 32, 32);
  return { width: video.videoWidth, height: video.videoHeight, seconds: video.duration, colours: new Set(new Uint32Array(data.buffer)).size };
}

async function show(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return { width: image.naturalWidth, height: image.naturalHeight };
}

const profile = mkdtempSync(join(tmpdir(), "nexconn-browser-"));
let browser;
await check("the browser starts", async () => {
  assert.ok(executablePath, "no Chromium found; give its path");
  browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
});
if (browser) {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);

  const films = [
    { model: "kling-v2-6", aspect_ratio: "16:9", seconds: 5 },
    { model: "sora-2", aspect_ratio: "9:16", seconds: 8 },
    { model: "viduq2", aspect_ratio: "1:1", seconds: 4 },
  ];
  for (const film of films) {
    await check(`a video of ${film.model}, ${film.aspect_ratio}, plays`, async () => {
      const output = await make("generate_video", { ...film, prompt: "waves roll in" });
      const seen = await page.evaluate(play, place(output));
      const [across, down] = film.aspect_ratio.split(":").map(Number);
      assert.ok(Math.abs(seen.width / seen.height - across / down) < 0.02, `${seen.width}x${seen.height}`);
      assert.ok(Math.abs(seen.seconds - film.seconds) < 0.1, `${seen.seconds} s`);
      assert.ok(seen.colours > 50, `a frame with ${seen.colours} colours`);
    });
  }
  await check("an image shows", async () => {
    const output = await make("generate_image", { model: "kling-v2", prompt: "a harbour", aspect_ratio: "16:9" });
    const seen = await page.evaluate(show, place(output));
    assert.deepEqual([seen.width, seen.height], [output.width, output.height]);
  });
  await browser.close();
}
server.close();
rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
report();
