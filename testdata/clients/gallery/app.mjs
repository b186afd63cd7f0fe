// The gallery as an MCP App: the resource as the server gives it, in a
// sandboxed frame under the policy that its _meta asks for, before the official
// AppBridge.
import { strict as assert } from "node:assert";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { build } from "esbuild";
import { check } from "../sdk/check.mjs";
import { environment } from "../process.mjs";
import { accessible } from "./accessible.mjs";

const here = import.meta.dirname;

// policy is the Content-Security-Policy that hosts make of _meta.ui.csp.
function policy({ csp }) {
  const hosts = csp.resourceDomains.join(" ");
  return `default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: ${hosts}; media-src data: ${hosts}; connect-src ${csp.connectDomains.join(" ")}`;
}

export async function appChecks(browser, bin, shots) {
  const client = new Client({ name: "gallery-check", version: "1" });
  await client.connect(new StdioClientTransport({ command: bin, args: ["--sandbox"], env: environment(), stderr: "ignore" }));
  const calls = [];
  const call = async (name, args = {}) => client.callTool({ name, arguments: args });

  let resource;
  await check("the task tools name the app, the resource is declared with its policy", async () => {
    const { tools } = await client.listTools();
    const named = tools.filter((tool) => tool._meta?.ui?.resourceUri).map((tool) => tool.name).sort();
    assert.deepEqual(named, ["edit_image", "generate_image", "generate_video", "list_tasks", "query_task", "remix_video"]);
    const uri = tools.find((tool) => tool.name === "query_task")._meta.ui.resourceUri;
    [resource] = (await client.readResource({ uri })).contents;
    assert.equal(resource.mimeType, "text/html;profile=mcp-app");
    assert.deepEqual(resource._meta["openai/widgetCSP"].resource_domains, resource._meta.ui.csp.resourceDomains);
    assert.equal(resource._meta.ui.domain, undefined);
    assert.ok(client.getServerCapabilities().extensions?.["io.modelcontextprotocol/ui"], "the extension is declared");
  });
  if (!resource) return;

  const script = (await build({ entryPoints: [join(here, "host.mjs")], bundle: true, write: false, format: "iife", logLevel: "error" })).outputFiles[0].text;
  const server = createServer((request, response) => {
    const path = request.url.split("?")[0];
    if (path === "/host.js") return response.setHeader("content-type", "text/javascript").end(script);
    if (path === "/app") {
      const csp = request.url.includes("closed") ? { csp: { resourceDomains: [], connectDomains: [] } } : resource._meta.ui;
      return response.setHeader("content-security-policy", policy(csp)).setHeader("content-type", "text/html").end(resource.text);
    }
    response.setHeader("content-type", "text/html").end(readFileSync(join(here, "host.html")));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  // open shows the app in a host with these capabilities, all of them if none are named.
  async function open({ capabilities = { serverTools: {}, serverResources: {}, openLinks: {} }, context = {}, textOnly = false, closed = false, offline } = {}) {
    const page = await browser.newPage();
    const faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.exposeFunction("callTool", async (params) => {
      if (offline?.now) throw new Error("no network");
      calls.push(params);
      const result = await client.callTool(params);
      if (textOnly) delete result.structuredContent;
      return result;
    });
    await page.exposeFunction("readResource", (params) => (calls.push(params), client.readResource(params)));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.evaluate(([src, host]) => window.openApp(src, host), [closed ? "/app?closed" : "/app", { capabilities, context }]);
    const frame = page.frames()[1];
    const result = (value, input) => page.evaluate(async ([value, input]) => {
      if (input) await window.bridge.sendToolInput({ arguments: input });
      await window.bridge.sendToolResult(value);
    }, [value, input]);
    return { page, frame, result, faults, close: async () => { await page.close(); assert.deepEqual(faults, []); } };
  }
  const status = (frame) => frame.locator(".status").first().innerText();
  const until = (frame, word) => frame.locator(`.status.${word}`).first().waitFor();
  const last = (name) => calls.findLast((made) => made.name === name)?.arguments;

  const video = { model: "kling-v2-6", prompt: "Waves roll in at dawn", seconds: 5, aspect_ratio: "16:9" };
  await check("a running video is watched to its end and plays", async () => {
    const { page, frame, result, close } = await open();
    await result(await call("generate_video", { ...video, save: false, prompt: "Waves roll in [[slow:3s]]" }), video);
    await until(frame, "running");
    assert.ok(await frame.locator("progress").isVisible());
    await accessible(frame);
    await until(frame, "succeeded");
    await frame.waitForFunction(() => document.querySelector("video")?.currentTime > 0.2);
    assert.match(await frame.locator(".facts").innerText(), /kling-v2-6[\s\S]*5 s[\s\S]*\$[\d.]+/);
    assert.ok((await page.evaluate(() => window.asked.sizes)).length > 0, "the host hears of the size");
    await accessible(frame);
    await close();
  });

  await check("a failed job says why and what to do", async () => {
    const { frame, result, close } = await open();
    await result(await call("generate_image", { model: "kling-v2", prompt: "a harbour [[fail:content]]" }));
    await until(frame, "failed");
    assert.match(await frame.locator(".error.tiny").innerText(), /content/i);
    await accessible(frame);
    await close();
  });

  await check("an expired link is said to be expired", async () => {
    const { frame, result, close } = await open({ capabilities: {} });
    const task = { task_id: "kling-v2-6:qvideo-1", status: "succeeded", model: "kling-v2-6", kind: "video", outputs: [{ index: 0, url: "https://aitoken-video.qnaigc.com/1.mp4", mime_type: "video/mp4", expires_at: "2026-01-01T00:00:00Z" }] };
    await result({ content: [], structuredContent: task });
    await frame.getByText("The link has expired and nothing was saved.").waitFor();
    assert.match(await frame.locator(".facts").innerText(), /link expired/);
    await accessible(frame);
    await close();
  });

  await check("several outputs can each be seen", async () => {
    const { frame, result, close } = await open();
    await result(await call("generate_image", { model: "kling-v2", prompt: "two harbours", count: 2 }));
    const second = frame.getByRole("button", { name: "Output 2 of 2" });
    await frame.locator("img").first().waitFor();
    const first = await frame.locator(".stage img").getAttribute("src");
    await second.press("Enter");
    await frame.waitForFunction((src) => ![src, undefined].includes(document.querySelector(".stage img")?.getAttribute("src")), first);
    assert.equal(await second.getAttribute("aria-pressed"), "true");
    await close();
  });

  await check("a host that passes text alone gets the same", async () => {
    const { frame, result, close } = await open({ textOnly: true });
    const made = await call("generate_image", { model: "kling-v2", prompt: "a harbour at night", save: false });
    await result({ content: made.content.filter((part) => part.type === "text") }, { prompt: "a harbour at night" });
    await until(frame, "succeeded");
    await frame.waitForFunction(() => document.querySelector(".stage img")?.naturalWidth > 0);
    assert.equal(await frame.locator(".card h2").innerText(), "a harbour at night");
    assert.equal(last("query_task").task_id, made.structuredContent.task_id);
    await close();
  });

  await check("a host that passes nothing is made up for by query_task", async () => {
    const made = await call("generate_image", { model: "kling-v2", prompt: "a lighthouse" });
    const { frame, result, close } = await open();
    await result({ content: [] }, { task_id: made.structuredContent.task_id });
    await until(frame, "succeeded");
    await close();
  });

  await check("a video that the policy keeps out comes in pieces through the host", async () => {
    const made = await call("query_task", { task_id: (await call("generate_video", { ...video, wait_seconds: 20 })).structuredContent.task_id, wait_seconds: 20, save: true });
    assert.equal(made.structuredContent.status, "succeeded");
    const { frame, result, close } = await open({ closed: true });
    await result(made);
    await frame.waitForFunction(() => document.querySelector("video")?.src.startsWith("data:video/mp4") && document.querySelector("video").duration > 1);
    assert.ok(calls.some((made) => made.uri?.includes("?bytes=0-")));
    await close();
    const bare = await open({ closed: true, capabilities: {} });
    await bare.result(made);
    await bare.frame.locator(".stage .still").waitFor();
    await bare.close();
  });

  await check("theme, colours and fonts follow the host", async () => {
    const { page, frame, result, close } = await open({ context: { theme: "light", styles: { variables: { "--color-background-primary": "rgb(1, 2, 3)" } } } });
    await result(await call("generate_image", { model: "kling-v2", prompt: "theme" }));
    await until(frame, "succeeded");
    const colours = () => frame.evaluate(() => [getComputedStyle(document.querySelector(".card")).backgroundColor, getComputedStyle(document.querySelector("h1")).color]);
    const [card, ink] = await colours();
    assert.equal(card, "rgb(1, 2, 3)");
    await page.evaluate(() => window.bridge.sendHostContextChange({ theme: "dark" }));
    await frame.waitForFunction(() => document.documentElement.dataset.theme === "dark");
    assert.notEqual((await colours())[1], ink);
    await close();
  });

  await check("each button calls its tool", async () => {
    const { page, frame, result, close } = await open();
    const button = (name) => frame.locator(".actions").getByRole("button", { name });
    const make = async (name, title) => {
      await button(name).click();
      await frame.getByRole("heading", { name: title }).waitFor();
      await frame.getByLabel("Prompt").fill("more light [[slow:1s]]");
      const before = calls.length;
      await frame.getByRole("button", { name: "Check the price" }).click();
      await frame.getByText(/Nothing has been sent yet/).waitFor();
      assert.equal(calls.slice(before).findLast((made) => made.arguments?.prompt).arguments.dry_run, true);
      await accessible(frame);
      await frame.getByRole("button", { name: /^Make it/ }).click();
      await frame.locator("dialog[open]").waitFor({ state: "detached" });
      return calls.findLast((made) => made.arguments?.prompt && !made.arguments.dry_run);
    };
    const image = (await call("generate_image", { model: "kling-v2", prompt: "buttons", save: false })).structuredContent;
    await result({ content: [], structuredContent: image });
    await until(frame, "succeeded");
    await button("Save").click();
    await frame.getByText(/^Saved/).first().waitFor();
    assert.deepEqual(last("save_outputs"), { task_id: image.task_id });
    await button("Open").click();
    assert.equal((await page.evaluate(() => window.asked.links))[0], image.outputs[0].url);
    await button("Copy link").click();
    await frame.getByText("Link copied").waitFor();
    await frame.getByRole("button", { name: "Refresh" }).first().click();
    await frame.getByText("Up to date").waitFor();
    let made = await make("Use as first frame", "Video from this picture");
    assert.equal(made.name, "generate_video");
    assert.equal(made.arguments.first_frame, `${image.task_id}#0`);
    assert.match(made.arguments.idempotency_key, /^gallery-/);
    await close();

    const edits = await open();
    await edits.result({ content: [], structuredContent: image });
    await until(edits.frame, "succeeded");
    await edits.frame.locator("[data-does=edit]").click();
    await edits.frame.getByLabel("Prompt").fill("at night");
    await edits.frame.getByRole("button", { name: "Check the price" }).click();
    await edits.frame.getByRole("button", { name: /^Make it/ }).click();
    await edits.frame.locator("dialog[open]").waitFor({ state: "detached" });
    assert.deepEqual(last("edit_image").images, [`${image.task_id}#0`]);
    await edits.close();

    const sora = (await call("generate_video", { model: "sora-2", prompt: "buttons", seconds: 4, wait_seconds: 20 })).structuredContent;
    const remix = await open();
    await remix.result({ content: [], structuredContent: sora });
    await until(remix.frame, "succeeded");
    await remix.frame.locator("[data-does=remix]").click();
    await remix.frame.getByLabel("Prompt").fill("in the rain");
    await remix.frame.getByRole("button", { name: "Check the price" }).click();
    await remix.frame.getByRole("button", { name: /^Make it/ }).click();
    await remix.frame.locator("dialog[open]").waitFor({ state: "detached" });
    assert.equal(last("remix_video").task_id, sora.task_id);
    await remix.frame.getByRole("button", { name: "Show all" }).click();
    await remix.frame.waitForFunction(() => document.querySelectorAll(".card").length > 5);
    await accessible(remix.frame);
    await remix.close();
  });

  await check("without a network what was there stays, and comes back", async () => {
    const offline = { now: false };
    const { frame, result, close } = await open({ offline });
    await result(await call("generate_video", { ...video, prompt: "gone [[slow:2s]]" }));
    await until(frame, "running");
    offline.now = true;
    await frame.locator("#notice:not([hidden])").waitFor();
    assert.equal(await status(frame), "running");
    offline.now = false;
    await until(frame, "succeeded");
    await frame.locator("#notice").waitFor({ state: "hidden" });
    await close();
  });

  await check("a host without tools shows the result and offers no more", async () => {
    const { frame, result, close } = await open({ capabilities: {} });
    await result(await call("generate_image", { model: "kling-v2", prompt: "still" }));
    await until(frame, "succeeded");
    assert.equal(await frame.locator("#drop").isVisible(), false);
    await accessible(frame);
    if (shots) await frame.locator("body").screenshot({ path: join(shots, "gallery-app.png") });
    await close();
  });

  server.close();
  await client.close();
}
