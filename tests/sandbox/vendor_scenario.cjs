// The main job by the vendor's JavaScript SDK, against a sandbox that is steered with curl.
// Run by test_javascript.py: it prints one JSON object a step.
"use strict";
const fs = require("node:fs");
const { execFileSync } = require("node:child_process");
const { TwelveLabs, TwelvelabsApiError } = require("twelvelabs-js");

const [origin, apiKey, film] = process.argv.slice(2);
const client = new TwelveLabs({ apiKey });  // TWELVELABS_BASE_URL names the sandbox

function say(step, value) {
  console.log(JSON.stringify({ step, ...value }));
}

// The sandbox's clock is stopped: each look at a job lets a minute pass.
function control(method, path, body) {
  const args = ["-sS", "--fail", "-X", method, `${origin}/_sandbox/${path}`];
  if (body !== undefined) args.push("-H", "Content-Type: application/json", "-d", JSON.stringify(body));
  const answer = execFileSync("curl", args, { encoding: "utf8" });
  return answer ? JSON.parse(answer) : null;
}

async function until(look) {
  for (let round = 0; round < 50; round++) {
    const found = await look();
    if (found.status === "ready" || found.status === "failed") return found;
    control("POST", "clock", { advance: 60 });
  }
  throw new Error("never ready");
}

async function main() {
  const index = await client.indexes.create({
    indexName: "films",
    models: [{ modelName: "marengo3.0", modelOptions: ["visual", "audio"] }],
  });
  say("index", { id: index.id });

  const direct = await client.assets.create({ method: "direct", file: fs.createReadStream(film) });
  say("asset", { id: direct.id, status: (await until(() => client.assets.retrieve(direct.id))).status });

  const upload = await client.multipartUpload.uploadFile(film, { fileType: "video" });
  await until(() => client.assets.retrieve(upload.assetId));
  const indexed = await client.indexes.indexedAssets.create(index.id, { assetId: upload.assetId });
  const ready = await until(() => client.indexes.indexedAssets.retrieve(index.id, indexed.id));
  say("indexed", { id: indexed.id, status: ready.status });

  const found = [];
  const hits = await client.search.query({ indexId: index.id, queryText: "red", searchOptions: ["visual"] });
  for await (const clip of hits) found.push({ start: clip.start, end: clip.end, id: clip.videoId });
  say("search", { hits: found });

  const video = { type: "asset_id", assetId: upload.assetId };
  const answer = await client.analyze({ modelName: "pegasus1.5", video, prompt: "What is seen?" });
  say("analysis", { text: answer.data });

  let streamed = "";
  const stream = await client.analyzeStream({ modelName: "pegasus1.5", video, prompt: "What is seen?" });
  for await (const event of stream) if (event.eventType === "text_generation") streamed += event.text;
  say("stream", { text: streamed });

  // One refusal, which the SDK retries; then more than it retries.
  control("POST", "faults", { method: "GET", path: "/indexes", status: 503, times: 1 });
  const names = [];
  for await (const each of await client.indexes.list()) names.push(each.indexName);
  say("retried", { names, faults: control("GET", "faults") });

  control("POST", "faults", { method: "GET", path: "/indexes/.*", status: 429, times: null });
  try {
    await client.indexes.retrieve(index.id, { maxRetries: 1 });
    say("refused", { error: null });
  } catch (error) {
    say("refused", { status: error.statusCode, known: error instanceof TwelvelabsApiError });
  }
  control("DELETE", "faults");
  say("again", { id: (await client.indexes.retrieve(index.id)).id });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
