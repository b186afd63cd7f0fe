import assert from "node:assert/strict";
import { ApiError, createFalClient } from "@fal-ai/client";
import { download, isPNG, refused } from "./check.mjs";

export async function run(origin, check) {
  const fal = createFalClient({
    credentials: "sk-sandbox",
    requestMiddleware: async (request) => {
      const url = new URL(request.url);
      return { ...request, url: `${origin}/queue${url.pathname}${url.search}` };
    },
  });
  const options = (input) => ({ input, pollInterval: 50, logs: true });

  await check("Vidu from text", async () => {
    const states = new Set();
    let requestId = "";
    const { data } = await fal.subscribe("fal-ai/vidu/q2/text-to-video", {
      ...options({ prompt: "a boat [[slow:2s]]", duration: 6, resolution: "720p" }),
      onEnqueue: (id) => (requestId = id),
      onQueueUpdate: (update) => states.add(update.status),
    });
    assert.match(requestId, /^qvideo-/);
    assert.ok(states.has("IN_PROGRESS") && states.has("COMPLETED"));
    assert.equal(data.video.duration, 6);
    assert.ok((await download(data.video.url, "video/mp4")).length > 1000);
  });

  await check("kling-image o1", async () => {
    const { data } = await fal.subscribe("fal-ai/kling-image/o1", options({ prompt: "a boat", num_images: 2 }));
    assert.equal(data.images.length, 2);
    assert.ok(isPNG(await download(data.images[1].url, "image/png")));
  });

  await check("Veo 3.1 from an image", async () => {
    const { data } = await fal.subscribe("fal-ai/veo3.1/fast/image-to-video", options({
      prompt: "it drifts", image_url: "https://example.org/boat.png", duration: "4s",
    }));
    assert.equal(data.video.content_type, "video/mp4");
  });

  await check("submit, status and result apart", async () => {
    const { request_id: requestId } = await fal.queue.submit("fal-ai/vidu/q3/text-to-video/pro", { input: { prompt: "a boat [[slow:2s]]" } });
    const early = await refused(() => fal.queue.result("fal-ai/vidu/q3/text-to-video/pro", { requestId }));
    assert.equal(early.status, 400);
    const status = await fal.queue.subscribeToStatus("fal-ai/vidu/q3/text-to-video/pro", { requestId, pollInterval: 50 });
    assert.equal(status.status, "COMPLETED");
    assert.ok((await fal.queue.result("fal-ai/vidu/q3/text-to-video/pro", { requestId })).data.video.url);
  });

  await check("a job that fails is COMPLETED, its result a 500", async () => {
    const { request_id: requestId } = await fal.queue.submit("fal-ai/vidu/q1/text-to-video", { input: { prompt: "x [[fail:content]]" } });
    const status = await fal.queue.subscribeToStatus("fal-ai/vidu/q1/text-to-video", { requestId, pollInterval: 50 });
    assert.equal(status.status, "COMPLETED");
    const e = await refused(() => fal.queue.result("fal-ai/vidu/q1/text-to-video", { requestId }));
    assert.equal(e.status, 500);
    assert.match(e.body.detail.msg, /moderation/);
  });

  await check("a refused submit", async () => {
    const e = await refused(() => fal.queue.submit("fal-ai/vidu/q2/image-to-video/pro", { input: { prompt: "x" } }));
    assert.ok(e instanceof ApiError);
    assert.equal(e.status, 400);
    assert.equal(e.body.detail, "image_url is required");
  });
}
