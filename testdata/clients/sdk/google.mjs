import assert from "node:assert/strict";
import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from "@google/genai";
import { isPNG, onePixel, person, refused, weather } from "./check.mjs";

export async function run(origin, check) {
  const ai = new GoogleGenAI({
    apiKey: "unused",
    httpOptions: { baseUrl: `${origin}/bypass/vertex`, apiVersion: "v1", headers: { Authorization: "Bearer sk-sandbox" } },
  });
  const model = "gemini-2.5-flash";

  await check("generateContent", async () => {
    const a = await ai.models.generateContent({ model, contents: "Name a river." });
    assert.match(a.text, /Name a river/);
    assert.ok(a.usageMetadata.totalTokenCount > 0);
  });

  await check("generateContentStream", async () => {
    let text = "";
    let chunks = 0;
    for await (const chunk of await ai.models.generateContentStream({ model, contents: "Name a river." })) {
      text += chunk.text ?? "";
      chunks++;
    }
    assert.ok(chunks > 2);
    assert.match(text, /Name a river/);
  });

  await check("thoughts", async () => {
    const a = await ai.models.generateContent({ model, contents: "Name a river.", config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } } });
    assert.ok(a.candidates[0].content.parts[0].thought);
    assert.match(a.text, /Name a river/);
  });

  await check("tools", async () => {
    const config = { tools: [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: weather }] }] };
    const question = { role: "user", parts: [{ text: "What is the weather in Paris?" }] };
    const first = await ai.models.generateContent({ model, contents: [question], config });
    assert.equal(first.functionCalls[0].args.city, "Paris");
    const second = await ai.models.generateContent({
      model, config,
      contents: [question, first.candidates[0].content, {
        role: "user", parts: [{ functionResponse: { name: "get_weather", response: { sky: "rain" } } }],
      }],
    });
    assert.match(second.text, /rain/);
  });

  await check("a tool that must be called", async () => {
    const a = await ai.models.generateContent({
      model, contents: "Say hello",
      config: {
        tools: [{ functionDeclarations: [{ name: "get_weather", parameters: { type: "OBJECT", properties: { city: { type: "STRING" } } } }] }],
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
      },
    });
    assert.equal(a.functionCalls[0].name, "get_weather");
  });

  await check("structured output", async () => {
    const a = await ai.models.generateContent({
      model, contents: "Invent a person", config: { responseMimeType: "application/json", responseJsonSchema: person },
    });
    assert.ok(JSON.parse(a.text).tags.length >= 2);
  });

  await check("images", async () => {
    const a = await ai.models.generateContent({
      model: "gemini-3.1-flash-image-preview",
      contents: [{ role: "user", parts: [{ inlineData: { mimeType: "image/png", data: onePixel } }, { text: "in blue" }] }],
      config: { responseModalities: ["TEXT", "IMAGE"], imageConfig: { aspectRatio: "16:9", imageSize: "512" } },
    });
    const picture = a.candidates[0].content.parts.find((p) => p.inlineData);
    assert.ok(isPNG(Buffer.from(picture.inlineData.data, "base64")));
  });

  await check("errors", async () => {
    const e = await refused(() => ai.models.generateContent({ model, contents: "x [[status:400]]" }));
    assert.ok(e instanceof ApiError);
    assert.equal(e.status, 400);
    const keyless = new GoogleGenAI({ apiKey: "unused", httpOptions: { baseUrl: `${origin}/bypass/vertex`, apiVersion: "v1" } });
    assert.equal((await refused(() => keyless.models.generateContent({ model, contents: "x" }))).status, 401);
  });
}
