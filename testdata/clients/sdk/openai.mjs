import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";
import { download, isPNG, onePixel, person, refused, weather } from "./check.mjs";

export async function run(origin, check) {
  const options = { apiKey: "sk-sandbox", maxRetries: 0 };
  const client = new OpenAI({ ...options, baseURL: `${origin}/v1` });
  const bypass = new OpenAI({ ...options, baseURL: `${origin}/bypass/openai/v1` });
  const user = (content) => [{ role: "user", content }];
  const tools = [{ type: "function", function: { name: "get_weather", parameters: weather } }];

  await check("models", async () => {
    const ids = (await client.models.list()).data.map((m) => m.id);
    assert.ok(ids.includes("gemini-2.5-pro") && ids.includes("kling-v3"));
  });

  await check("chat", async () => {
    const a = await client.chat.completions.create({ model: "deepseek-v3", messages: user("Name a river.") });
    assert.match(a.choices[0].message.content, /Name a river/);
    assert.equal(a.choices[0].finish_reason, "stop");
    assert.equal(a.usage.total_tokens, a.usage.prompt_tokens + a.usage.completion_tokens);
  });

  await check("chat stream", async () => {
    const stream = client.chat.completions.stream({
      model: "claude-4.5-sonnet", messages: user("Why is the sea salty?"), max_tokens: 4096,
      thinking: { type: "enabled", budget_tokens: 2048 }, stream_options: { include_usage: true },
    });
    let reasoning = "";
    for await (const chunk of stream) reasoning += chunk.choices[0]?.delta?.reasoning_content ?? "";
    const whole = await stream.finalChatCompletion();
    assert.ok(reasoning.length > 0);
    assert.match(whole.choices[0].message.content, /sea salty/);
    assert.ok(whole.usage.completion_tokens > 0);
  });

  await check("chat tools", async () => {
    const messages = user("What is the weather in Paris?");
    const first = await client.chat.completions.create({ model: "gemini-2.5-flash", messages, tools });
    const [call] = first.choices[0].message.tool_calls;
    assert.equal(call.function.name, "get_weather");
    assert.deepEqual(JSON.parse(call.function.arguments), { city: "Paris", unit: "celsius" });
    messages.push(first.choices[0].message, { role: "tool", tool_call_id: call.id, content: "rain, 9 degrees" });
    const second = await client.chat.completions.create({ model: "gemini-2.5-flash", messages, tools });
    assert.match(second.choices[0].message.content, /rain, 9 degrees/);
  });

  await check("chat tools in a stream", async () => {
    const stream = client.chat.completions.stream({
      model: "openai/gpt-5", messages: user("weather in Oslo"), tools, tool_choice: "required",
    });
    const whole = await stream.finalChatCompletion();
    assert.equal(JSON.parse(whole.choices[0].message.tool_calls[0].function.arguments).city, "Oslo");
  });

  await check("chat structured output", async () => {
    const a = await client.chat.completions.parse({
      model: "gemini-2.5-pro", messages: user("Invent a person"),
      response_format: { type: "json_schema", json_schema: { name: "person", strict: true, schema: person } },
    });
    assert.ok(a.choices[0].message.parsed.tags.length >= 2);
  });

  await check("chat error", async () => {
    const e = await refused(() => client.chat.completions.create({ model: "gemini-2.5-pro", messages: user("x [[status:429]]") }));
    assert.ok(e instanceof OpenAI.RateLimitError);
    const price = await refused(() => client.chat.completions.create({ model: "unknown-model", messages: user("x") }));
    assert.equal(price.status, 503);
    assert.match(price.message, /price of the model is not set/);
  });

  await check("chat image", async () => {
    const a = await client.chat.completions.create({ model: "gemini-2.5-flash-image", messages: user("Draw a boat") });
    const url = a.choices[0].message.images[0].image_url.url;
    assert.ok(isPNG(Buffer.from(url.split(",")[1], "base64")));
  });

  await check("images.generate", async () => {
    const a = await client.images.generate({ model: "gemini-3.0-pro-image-preview", prompt: "a boat" });
    assert.ok(isPNG(Buffer.from(a.data[0].b64_json, "base64")));
  });

  await check("images.generate with Kling", async () => {
    const { task_id } = await client.images.generate({ model: "kling-v2-1", prompt: "a boat" });
    const task = await poll(() => client.get(`/images/tasks/${task_id}`), (t) => t.status !== "processing");
    assert.equal(task.status, "succeed");
    assert.ok(isPNG(await download(task.data[0].url, "image/png")));
  });

  await check("images.edit posts multipart and is told to send JSON", async () => {
    const image = await toFile(Buffer.from(onePixel, "base64"), "a.png", { type: "image/png" });
    const e = await refused(() => client.images.edit({ model: "kling-v2-1", prompt: "a boat", image }));
    assert.equal(e.status, 400);
    assert.match(e.message, /JSON/);
  });

  await check("images/edits as JSON", async () => {
    const a = await client.post("/images/edits", {
      body: { model: "gemini-2.5-flash-image", prompt: "in blue", image: `data:image/png;base64,${onePixel}` },
    });
    assert.ok(isPNG(Buffer.from(a.data[0].b64_json, "base64")));
  });

  await check("videos.create posts multipart and is told to send JSON", async () => {
    const e = await refused(() => client.videos.create({ model: "sora-2", prompt: "a boat" }));
    assert.equal(e.status, 400);
    assert.match(e.message, /JSON/);
  });

  await check("video, retrieve, remix", async () => {
    const made = await client.post("/videos", { body: { model: "sora-2", prompt: "a boat", seconds: "8" } });
    const done = await poll(() => client.videos.retrieve(made.id), (v) => v.completed_at > 0);
    assert.equal(done.status, "completed");
    assert.ok((await download(done.task_result.videos[0].url, "video/mp4")).length > 1000);
    const remix = await client.post(`/videos/${made.id}/remix`, { body: { prompt: "under snow" } });
    assert.equal(remix.remixed_from_video_id, made.id);
  });

  await check("video that fails", async () => {
    const made = await client.post("/videos", { body: { model: "kling-v3", prompt: "a boat [[fail:content]]" } });
    const done = await poll(() => client.videos.retrieve(made.id), (v) => v.completed_at > 0);
    assert.equal(done.status, "failed");
    assert.match(done.error.message, /content/);
  });

  await check("responses", async () => {
    const a = await bypass.responses.create({ model: "openai/gpt-5.2", input: "Name a lake." });
    assert.match(a.output_text, /Name a lake/);
  });

  await check("responses stream", async () => {
    const stream = bypass.responses.stream({
      model: "openai/gpt-5.2", input: "Name a lake.", reasoning: { effort: "high", summary: "auto" },
    });
    let text = "";
    stream.on("response.output_text.delta", (e) => (text += e.delta));
    const whole = await stream.finalResponse();
    assert.equal(whole.status, "completed");
    assert.equal(text, whole.output_text);
  });

  await check("responses tools and structured output", async () => {
    const stream = bypass.responses.stream({
      model: "openai/gpt-5", input: "weather in Rome",
      tools: [{ type: "function", name: "get_weather", parameters: weather, strict: true }],
    });
    const call = (await stream.finalResponse()).output.find((o) => o.type === "function_call");
    assert.equal(JSON.parse(call.arguments).city, "Rome");
    const a = await bypass.responses.parse({
      model: "openai/gpt-5", input: "Invent a person",
      text: { format: { type: "json_schema", name: "person", strict: true, schema: person } },
    });
    assert.equal(typeof a.output_parsed.age, "number");
  });

  await check("responses refuses Claude", async () => {
    const e = await refused(() => bypass.responses.create({ model: "claude-4.5-sonnet", input: "x" }));
    assert.equal(e.status, 500);
    assert.match(e.message, /not implemented/);
  });
}

async function poll(get, done) {
  for (let i = 0; i < 200; i++) {
    const state = await get();
    if (done(state)) return state;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error("it did not end");
}
