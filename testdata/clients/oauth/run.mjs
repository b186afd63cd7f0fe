// Signs in as clients do that can't be given a token: the official TypeScript
// clients of both protocol eras register themselves, a person signs in with a
// real browser, the client calls, refreshes and revokes. In front of tokens and
// of passthrough, on one server and through three replicas behind a proxy that
// sends each request to the next of them.
//
//   node run.mjs PATH-OF-NEXCONN-MCP [PATH-OF-CHROMIUM]
import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as forward } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client as Modern, StreamableHTTPClientTransport as ModernHTTP } from "@modelcontextprotocol/client";
import { Client as Legacy } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyHTTP } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { chromium } from "playwright-core";
import { check, refused, report } from "../sdk/check.mjs";
import { binary, environment, serve } from "../process.mjs";

process.setMaxListeners(0); // each server has one for the end
const bin = binary("PATH-OF-NEXCONN-MCP [PATH-OF-CHROMIUM]");
const executablePath = process.argv[3] ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const whoAmI = { name: "sign-in check", version: "1.0.0" };

const clients = {
  legacy: { make: () => new Legacy(whoAmI), transport: LegacyHTTP },
  modern: { make: () => new Modern(whoAmI, { versionNegotiation: { mode: { pin: "2026-07-28" } } }), transport: ModernHTTP },
};

// The client's own side: where its answer comes, and what it remembers.
const landings = [];
const app = createServer((request, response) => {
  if (request.url.startsWith("/callback?")) landings.push(new URL(request.url, "http://127.0.0.1"));
  response.setHeader("content-type", "text/html").end("<!doctype html><title>back in the client</title>");
}).listen(0, "127.0.0.1");
await once(app, "listening");
const callback = `http://127.0.0.1:${app.address().port}/callback`;

function provider() {
  const kept = {};
  return {
    kept,
    redirectUrl: callback,
    // Registered with another port: a program on a person's machine takes what is free.
    clientMetadata: { client_name: "Sign-in check", redirect_uris: ["http://127.0.0.1:1/callback"], grant_types: ["authorization_code", "refresh_token"], response_types: ["code"], token_endpoint_auth_method: "none" },
    state: () => (kept.state = crypto.randomUUID()),
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void (kept.tokens = tokens),
    redirectToAuthorization: (url) => void (kept.url = url),
    saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
    codeVerifier: () => kept.verifier,
    invalidateCredentials: (what) => {
      if (what === "all" || what === "tokens") delete kept.tokens;
      if (what === "all" || what === "client") delete kept.client;
    },
    saveDiscoveryState: (found) => void (kept.found = found),
    discoveryState: () => kept.found,
  };
}

// The replicas behind one address, each request to the next.
async function fleet(n, flags, env) {
  if (n === 1) return serve(bin, "http", env, flags);
  const proxy = createServer((request, response) => {
    const to = replicas[turn++ % n].origin;
    const passed = forward(to + request.url, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    request.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const origin = `http://127.0.0.1:${proxy.address().port}`;
  let turn = 0;
  const replicas = [];
  for (let i = 0; i < n; i++) replicas.push(await serve(bin, "http", { ...env, NEXCONN_PUBLIC_URL: origin }, flags));
  return {
    origin,
    stop: async () => {
      proxy.closeAllConnections();
      proxy.close();
      return (await Promise.all(replicas.map((replica) => replica.stop()))).find((how) => how !== "ended with 0") ?? "ended with 0";
    },
  };
}

const secrets = { tokens: "nxm_the-token-of-ann", passthrough: "a-key-of-the-service" };
const folder = mkdtempSync(join(tmpdir(), "nexconn-oauth-"));
const tokensFile = join(folder, "tokens.toml");
writeFileSync(tokensFile, `[[token]]\nname = "ann"\nsha256 = "${createHash("sha256").update(secrets.tokens).digest("hex")}"\n`);
const flags = { tokens: ["--auth", "tokens", "--tokens-file", tokensFile], passthrough: ["--auth", "passthrough"] };

let browser;
await check("the browser starts", async () => {
  assert.ok(executablePath, "no Chromium found; give its path");
  browser = await chromium.launch({ executablePath, headless: true, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"] });
});

// A person signs in at the page of url; the browser has to end at the client.
async function signIn(url, origin, secret, wrong) {
  const person = await browser.newContext({ viewport: { width: 320, height: 640 } });
  try {
    const page = await person.newPage();
    const elsewhere = [];
    const complaints = [];
    page.on("request", (request) => {
      const at = new URL(request.url());
      if (at.origin !== origin && at.origin !== new URL(callback).origin) elsewhere.push(request.url());
    });
    page.on("console", (message) => message.type() === "error" && !message.text().includes("status of 4") && complaints.push(message.text()));
    await page.goto(url.href);
    assert.match(await page.locator("main").innerText(), /Sign-in check[^]*127\.0\.0\.1:\d+[^]*a program on this computer/);
    assert.ok(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than 320 px");
    assert.equal(await page.evaluate("document.activeElement.id"), "secret");
    if (wrong) {
      await page.keyboard.type(wrong);
      await page.keyboard.press("Enter");
      await page.getByRole("alert").waitFor();
    }
    await page.getByLabel(/^Your /).fill(secret);
    const landed = page.waitForURL(callback + "?**");
    await page.getByRole("button", { name: "Connect" }).click();
    await landed;
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(complaints, []);
  } finally {
    await person.close();
  }
  return landings.at(-1).searchParams;
}

async function visit(name, era, origin, secret, wrong) {
  const { make, transport: Transport } = clients[era];
  const auth = provider();
  const connect = async () => {
    const client = make();
    await client.connect(new Transport(new URL("/mcp", origin), { authProvider: auth }));
    return client;
  };
  await check(`${name}: registers and is sent to the page`, async () => {
    const first = new Transport(new URL("/mcp", origin), { authProvider: auth });
    await refused(() => make().connect(first));
    assert.ok(auth.kept.client?.client_id, "not registered");
    assert.equal(auth.kept.url.origin, origin);
    const answer = await signIn(auth.kept.url, origin, secret, wrong);
    assert.equal(answer.get("state"), auth.kept.state);
    assert.equal(answer.get("iss"), origin);
    await first.finishAuth(answer.get("code"), answer.get("iss"));
    assert.ok(auth.kept.tokens.refresh_token);
  });
  if (!auth.kept.tokens) return;
  await check(`${name}: calls`, async () => {
    const client = await connect();
    const list = await client.listTools();
    assert.ok(list.tools.length > 10);
    const made = await client.callTool({ name: "chat", arguments: { model: "gpt-5.2", prompt: "hello" } });
    assert.ok(!made.isError, JSON.stringify(made));
    await client.close();
  });
  let used;
  await check(`${name}: refreshes when its token is refused`, async () => {
    used = auth.kept.tokens.refresh_token;
    auth.kept.tokens = { ...auth.kept.tokens, access_token: "nxo_of-yesterday" };
    const client = await connect();
    await client.listTools();
    await client.close();
    assert.notEqual(auth.kept.tokens.refresh_token, used);
  });
  const metadata = await (await fetch(`${origin}/.well-known/oauth-authorization-server`)).json();
  const post = (url, form) => fetch(url, { method: "POST", body: new URLSearchParams({ client_id: auth.kept.client.client_id, ...form }) });
  const call = (token) => fetch(`${origin}/mcp`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json", accept: "application/json, text/event-stream" }, body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' });
  await check(`${name}: revokes`, async () => {
    assert.equal((await call(auth.kept.tokens.access_token)).status, 200);
    assert.equal((await post(metadata.revocation_endpoint, { token: auth.kept.tokens.refresh_token })).status, 200);
    const answer = await call(auth.kept.tokens.access_token);
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get("www-authenticate"), /error="invalid_token".*resource_metadata="/);
    assert.equal((await (await post(metadata.token_endpoint, { grant_type: "refresh_token", refresh_token: auth.kept.tokens.refresh_token })).json()).error, "invalid_grant");
  });
  await check(`${name}: is sent to the page again`, async () => {
    auth.kept.url = undefined;
    await refused(connect);
    assert.ok(auth.kept.url && !auth.kept.tokens);
  });
}

// What an attacker's page can do with the browser of somebody else.
async function attack(origin) {
  const registered = await (await fetch(`${origin}/oauth/register`, { method: "POST", body: JSON.stringify({ client_name: "Evil", redirect_uris: [callback] }) })).json();
  const ask = `${origin}/oauth/authorize?${new URLSearchParams({ response_type: "code", client_id: registered.client_id, redirect_uri: callback, code_challenge: createHash("sha256").update("x".repeat(43)).digest("base64url"), code_challenge_method: "S256" })}`;
  const form = /name="request" value="([^"]*)"/.exec(await (await fetch(ask)).text())[1];
  const evil = createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(request.url === "/frame" ? `<iframe src="${ask.replaceAll("&", "&amp;")}"></iframe>`
      : `<form method="post" action="${origin}/oauth/authorize"><input name="request" value="${form}"><input name="secret" value="${secrets.tokens}"><input name="answer" value="allow"></form><script>document.forms[0].submit()</script>`);
  }).listen(0, "127.0.0.1");
  await once(evil, "listening");
  const victim = await browser.newContext();
  const page = await victim.newPage();
  const before = landings.length;
  await check("a form of another site is refused", async () => {
    await page.goto(ask); // the victim has the cookie of the page
    const answer = page.waitForResponse((response) => response.request().method() === "POST");
    await page.goto(`http://localhost:${evil.address().port}/form`).catch(() => {}); // it sends the form before it has loaded
    assert.equal((await answer).status(), 403);
    assert.equal(landings.length, before);
  });
  await check("the page can't be framed", async () => {
    await page.goto(`http://localhost:${evil.address().port}/frame`);
    await page.waitForTimeout(300);
    const inner = page.frames()[1];
    assert.equal(await inner.locator("input[name=secret]").count(), 0);
  });
  await victim.close();
  evil.closeAllConnections();
  evil.close();
}

if (browser) {
  for (const [auth, secret] of Object.entries(secrets)) {
    for (const n of [1, 3]) {
      let server;
      await check(`${auth}, ${n} server(s): start`, async () => {
        server = await fleet(n, ["--sandbox", ...flags[auth]], { ...environment(), NEXCONN_OAUTH: "true" });
      });
      if (!server) continue;
      for (const era of Object.keys(clients)) {
        await visit(`${auth}, ${n} server(s), ${era}`, era, server.origin, secret, auth === "tokens" && "a wrong token");
      }
      if (auth === "tokens" && n === 1) await attack(server.origin);
      await check(`${auth}, ${n} server(s): stop`, async () => assert.equal(await server.stop(), "ended with 0"));
    }
  }
  await browser.close();
}
app.closeAllConnections();
app.close();
rmSync(folder, { recursive: true, force: true });
report();
