// What an agent does on a first day, told without regard to the protocol era:
// look around, chat, draw, edit, film, ask again, and be refused politely.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { isPNG } from "../sdk/check.mjs";

const tools = [
  "chat", "delete_file", "edit_image", "generate_image", "generate_video", "get_usage", "list_files", "list_models",
  "list_tasks", "native_chat", "query_file", "query_task", "remix_video", "save_outputs", "upload_file",
];

export async function tour({ client, call }, { local }, check) {
  // ask calls a tool and gives its structured result; the client itself holds
  // that against the tool's output schema.
  const ask = async (name, args = {}, options) => {
    const result = await call(name, args, options);
    assert.ok(!result.isError, result.content?.[0]?.text);
    assert.equal(result.content?.[0]?.type, "text", "the first block is text");
    return result.structuredContent;
  };
  const ended = async (task) => {
    for (let tries = 0; tries < 10 && ["queued", "running"].includes(task.status); tries++) {
      task = await ask("query_task", { task_id: task.task_id, wait_seconds: 10 });
    }
    assert.equal(task.status, "succeeded", JSON.stringify(task.error));
    return task;
  };

  await check("the tools and their size", async () => {
    const list = await client.listTools();
    assert.deepEqual(list.tools.map((tool) => tool.name).sort(), tools);
    const bytes = Buffer.byteLength(JSON.stringify(list));
    assert.ok(bytes < 20_000, `${bytes} bytes`);
    for (const tool of list.tools) {
      assert.equal(tool.inputSchema.type, "object", tool.name);
      assert.ok(tool.annotations, `${tool.name} has annotations`);
    }
  });

  await check("list_models", async () => {
    const { models, count } = await ask("list_models", { kind: "video" });
    assert.ok(count >= 15 && models.length === count, `${count} models`);
  });

  await check("chat with progress", async () => {
    const steps = [];
    const answer = await ask("chat", { model: "deepseek-v3", prompt: "Say hello in one line." }, {
      onprogress: (step) => steps.push(step.progress),
    });
    assert.ok(answer.text.length > 0);
    assert.ok(answer.usage.output_tokens > 0);
    assert.ok(steps.length > 0, "no progress came");
    assert.ok(steps.every((step, i) => i === 0 || step > steps[i - 1]), `not rising: ${steps}`);
  });

  let picture;
  await check("generate_image", async () => {
    picture = await ended(await ask("generate_image", { model: "kling-v2", prompt: "a lighthouse at dusk", wait_seconds: 20 }));
    assert.match(picture.task_id, /^kling-v2:image-/);
    assert.ok(picture.outputs[0].url.startsWith("http"), "an output has a link");
    if (local) assert.ok(isPNG(readFileSync(picture.outputs[0].path)), "the saved file is a PNG");
    else assert.equal(picture.outputs[0].path, undefined, "no local path over HTTP");
  });

  await check("generate_video from the picture", async () => {
    const film = await ended(await ask("generate_video", {
      model: "kling-v2-6", prompt: "the light begins to turn", first_frame: `${picture.task_id}#0`, seconds: 5,
    }));
    assert.equal(film.operation, "image_to_video");
    assert.equal(film.outputs[0].mime_type, "video/mp4");
    if (local) assert.equal(readFileSync(film.outputs[0].path).subarray(4, 8).toString(), "ftyp");
  });

  await check("the same key pays once", async () => {
    const args = { model: "kling-v2", prompt: "two boats", idempotency_key: "two-boats" };
    const [first, second] = [await ask("generate_image", args), await ask("generate_image", args)];
    assert.equal(first.task_id, second.task_id);
  });

  await check("list_tasks and get_usage", async () => {
    const { tasks } = await ask("list_tasks", { limit: 100 });
    assert.ok(tasks.some((task) => task.task_id === picture.task_id));
    const { total } = await ask("get_usage", { period: "day" });
    assert.ok(total.calls >= 4, `${total.calls} calls`);
  });

  await check("a call that can't work is refused with all faults", async () => {
    const result = await call("generate_video", { model: "kling-v2-6", prompt: "x", resolution: "480p", aspect_ratio: "7:1" });
    assert.equal(result.isError, true);
    assert.equal(result.structuredContent, undefined);
    assert.equal(result._meta["nexconn/error"].code, "invalid_argument");
    assert.match(result.content[0].text, /resolution/);
    assert.match(result.content[0].text, /aspect_ratio/);
  });

  await check("resources", async () => {
    const { resources } = await client.listResources();
    assert.ok(resources.some((resource) => resource.uri === "nexconn://models"));
    const { contents } = await client.readResource({ uri: "nexconn://models/kling-v2-6" });
    assert.match(contents[0].text, /kling-v2-6/);
  });
}
