import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import { onePixel, person, refused, weather } from "./check.mjs";

export async function run(origin, check) {
  const bypass = new Anthropic({ baseURL: `${origin}/bypass/anthropic`, authToken: "sk-sandbox", apiKey: null, maxRetries: 0 });
  const plain = new Anthropic({ baseURL: origin, apiKey: "sk-sandbox", authToken: null, maxRetries: 0 });
  const model = "claude-4.5-sonnet";
  const ask = (content, more = {}) => ({ model, max_tokens: 4096, messages: [{ role: "user", content }], ...more });

  await check("messages", async () => {
    const a = await bypass.messages.create(ask("Name a river."));
    assert.match(a.content[0].text, /Name a river/);
    assert.equal(a.stop_reason, "end_turn");
  });

  await check("/v1/messages with x-api-key and another vendor's model", async () => {
    const a = await plain.messages.create({ ...ask("Name a river."), model: "moonshotai/kimi-k2.5" });
    assert.match(a.content[0].text, /Name a river/);
  });

  await check("stream with thinking", async () => {
    const stream = bypass.messages.stream(ask("Why is the sea salty?", { thinking: { type: "enabled", budget_tokens: 2048 } }));
    let thinking = "";
    stream.on("thinking", (delta) => (thinking += delta));
    const whole = await stream.finalMessage();
    assert.ok(thinking.length > 0);
    assert.deepEqual(whole.content.map((b) => b.type), ["thinking", "text"]);
    assert.ok(whole.content[0].signature);
    assert.ok(whole.usage.output_tokens > 0);
  });

  await check("tools", async () => {
    const tools = [{ name: "get_weather", input_schema: weather }];
    const first = await bypass.messages.create(ask("What is the weather in Paris?", { tools }));
    assert.equal(first.stop_reason, "tool_use");
    const call = first.content.find((b) => b.type === "tool_use");
    assert.equal(call.input.city, "Paris");
    const messages = [
      { role: "user", content: "What is the weather in Paris?" },
      { role: "assistant", content: first.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "rain, 9 degrees" }] },
    ];
    const second = await bypass.messages.create({ model, max_tokens: 1024, tools, messages });
    assert.match(second.content[0].text, /rain, 9 degrees/);
  });

  await check("tools in a stream", async () => {
    const tools = [{ name: "get_weather", input_schema: weather }];
    const stream = bypass.messages.stream(ask("Say hello", { tools, tool_choice: { type: "tool", name: "get_weather" } }));
    const call = (await stream.finalMessage()).content.find((b) => b.type === "tool_use");
    assert.equal(call.input.unit, "celsius");
  });

  await check("structured output", async () => {
    const a = await bypass.messages.create(ask("Invent a person", { output_config: { format: { type: "json_schema", schema: person } } }));
    assert.ok(JSON.parse(a.content[0].text).tags.length >= 2);
  });

  await check("image input", async () => {
    const a = await bypass.messages.create(ask([
      { type: "image", source: { type: "base64", media_type: "image/png", data: onePixel } },
      { type: "text", text: "What is this?" },
    ]));
    assert.match(a.content[0].text, /1 image/);
  });

  await check("count tokens", async () => {
    const { input_tokens } = await plain.messages.countTokens({ model, messages: [{ role: "user", content: "Name a river." }] });
    assert.ok(input_tokens > 0);
  });

  await check("errors", async () => {
    const slow = await refused(() => bypass.messages.create(ask("x [[status:429]]")));
    assert.ok(slow instanceof Anthropic.RateLimitError);
    assert.equal(slow.error.type, "error");
    const budget = await refused(() => bypass.messages.create(ask("x", { thinking: { type: "enabled", budget_tokens: 10 } })));
    assert.ok(budget instanceof Anthropic.BadRequestError);
  });
}
