// The sandbox's page. Films, searches and analyses go through the API, as a client's would, and so
// appear among the requests; what the page looks at goes through the control calls, and does not.

import { picture } from "./clips.js";
import { $, dropOn, duration, fill, make, options } from "./dom.js";

const MOST_REQUESTS = 200;
const PAGE = 100;
const DIRECT_LIMIT = 200 * 1024 * 1024;

let overview = { indexes: [], assets: [] };
let shown = PAGE; // films of an index
let requests = [];

// Messages

function say(text, bad = false) {
  $("message").textContent = text;
  $("message").className = bad ? "bad" : "";
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (error.name !== "AbortError") say(error.message, true);
    return undefined;
  }
}

const running = new Map();

// The signal for work of which only the newest counts: it ends what was begun before.
function newest(name) {
  running.get(name)?.abort();
  running.set(name, new AbortController());
  return running.get(name).signal;
}

// Calls

async function answered(response) {
  const text = await response.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = { message: text.slice(0, 200) };
  }
  if (response.ok) return value;
  const found = value?.error?.message ?? value?.message ?? response.statusText;
  throw new Error(`${response.status}: ${found}`);
}

async function control(method, path, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  return answered(await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }));
}

// The API is asked on the page's own origin, whatever the sandbox calls itself in addresses.
const apiUrl = (path) => new URL(`/v1.3${path}`, location.href);

// Asked each time: a sandbox that was started anew has another one.
const apiKey = async () => (await control("GET", "connection")).api_key;

async function call(method, path, body, signal) {
  const form = body instanceof FormData;
  const headers = { "x-api-key": await apiKey() };
  if (!form) headers["Content-Type"] = "application/json";
  return fetch(apiUrl(path), { method, headers, signal, body: form ? body : JSON.stringify(body) });
}

// Films

const chosenIndex = () => overview.indexes.find((index) => index.id === $("index").value);

function stateOf(film) {
  if (film.status === "ready") return make("span", {}, "ready");
  const kind = film.status === "failed" ? "bad" : "wait";
  return make("span", { class: kind }, film.error ? `${film.status}: ${film.error}` : film.status);
}

function filmFacts(film) {
  const facts = [duration(film.duration), film.width ? `${film.width} x ${film.height}` : ""];
  return [
    make("p", { dir: "auto" }, film.name),
    make("p", { class: "faint" }, stateOf(film), ` ${facts.filter(Boolean).join(", ")}`),
  ];
}

const filmCard = (film) => make("li", { class: "card" }, picture(film), ...filmFacts(film));

// While the state of a film changes, its picture stays, and goes on if it is a player by now.
function updateCard(card, film) {
  const shown = card.querySelector(":scope > .picture");
  if (!shown.matches("video, audio") && !shown.isEqualNode(picture(film))) return false;
  while (shown.nextSibling) shown.nextSibling.remove();
  shown.after(...filmFacts(film));
  return true;
}

function showFilms() {
  const index = chosenIndex();
  const films = index ? index.films : [];
  fill($("film-list"), films, (film) => film.id, filmCard, updateCard);
  const more = index ? index.film_count - films.length : 0;
  $("more").hidden = more <= 0;
  $("more").textContent = `${more} more`;
}

async function refresh() {
  overview = await control("GET", `overview?limit=${shown}`);
  options($("index"), overview.indexes, (index) => index.id, (index) => `${index.name} (${index.film_count})`);
  showFilms();
  options($("limit-name"), overview.categories, (name) => name, (name) => name);
  const analysed = overview.assets.filter((asset) => asset.kind === "video" && asset.status === "ready");
  options($("film"), analysed, (asset) => asset.id, (asset) => asset.name);
  showFaults(overview.faults);
  showLimits(overview.limits);
  const { time, speed } = overview;
  $("time").dateTime = time;
  $("time").textContent = time.replace("T", " ").replace(/\.\d+Z|Z/, " UTC");
  $("speed").textContent = speed === 0 ? "(stopped)" : speed === 1 ? "" : `(${speed} times)`;
}

let refreshing = null;

// One look at a time; what is asked meanwhile is answered by the next.
function look() {
  refreshing ??= refresh().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

// What a call has changed is not in a look that was under way.
async function lookAgain() {
  await refreshing?.catch(() => undefined);
  await look();
}

let lost = false; // whether the sandbox did not answer the last look

async function watch() {
  for (;;) {
    try {
      if (!document.hidden) {
        await look();
        if (lost) await followRequests();
        if (lost) say("The sandbox answers again.");
        lost = false;
      }
    } catch (error) {
      if (!lost) say(`The sandbox does not answer: ${error.message}`, true);
      lost = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function createIndex(name) {
  const models = [{ model_name: "marengo3.0", model_options: ["visual", "audio"] }];
  const made = await answered(await call("POST", "/indexes", { index_name: name, models }));
  await lookAgain();
  $("index").value = made._id;
  showFilms();
  say(`The index ${name} is there.`);
  return made._id;
}

// Uploads

async function sendFile(file, progress) {
  const key = await apiKey();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("method", "direct");
    form.append("file", file);
    request.open("POST", apiUrl("/assets"));
    request.setRequestHeader("x-api-key", key);
    request.upload.addEventListener("progress", (event) => progress(event.loaded, event.total));
    request.addEventListener("load", () =>
      answered(new Response(request.responseText, { status: request.status })).then(resolve, reject));
    request.addEventListener("error", () => reject(new Error("the connection broke off")));
    request.send(form);
  });
}

async function upload(file) {
  const bar = make("progress", { max: "1", value: "0", "aria-label": `Upload of ${file.name}` });
  const state = make("span", {}, "");
  const row = make("li", {}, `${file.name} `, state, bar);
  $("uploads").append(row);
  try {
    if (file.size > DIRECT_LIMIT) throw new Error("more than 200 MB: use the client or the command line");
    const asset = await sendFile(file, (sent, total) => {
      bar.value = total ? sent / total : 0;
      state.textContent = `${Math.round((100 * sent) / (total || 1))} %`;
    });
    if (file.type.startsWith("image/")) {
      say(`${file.name} is stored as an asset.`);
    } else {
      const index = $("index").value || (await createIndex("films"));
      await answered(await call("POST", `/indexes/${index}/indexed-assets`, { asset_id: asset._id }));
      say(`${file.name} is sent, and being indexed.`);
    }
    await lookAgain();
    row.remove();
  } catch (error) {
    bar.remove();
    state.textContent = error.message;
    state.className = "bad";
    say(`${file.name}: ${error.message}`, true);
  }
}

async function uploadAll(files) {
  for (const file of files) await upload(file);
}

// Search

// What is seen, heard and said, as far as the index has it; an image is only seen.
function searchOptions(index, image) {
  const model = index.models.find((each) => each.model_name.startsWith("marengo"));
  const indexed = model?.model_options ?? [];
  if (image) return ["visual"];
  const said = indexed.includes("audio") && model.model_name.startsWith("marengo3") ? ["transcription"] : [];
  return [...indexed, ...said];
}

async function search(words, image) {
  const index = chosenIndex();
  if (!index) throw new Error("There is no index: create one, and add a film.");
  const form = new FormData();
  form.append("index_id", index.id);
  if (words) form.append("query_text", words);
  if (image) {
    form.append("query_media_type", "image");
    form.append("query_media_file", image);
  }
  for (const option of searchOptions(index, image)) form.append("search_options", option);
  form.append("page_limit", "24");
  const signal = newest("search");
  const found = await answered(await call("POST", "/search", form, signal));
  const films = new Map(index.films.map((film) => [film.id, film]));
  const others = new Set(found.data.map((hit) => hit.video_id).filter((id) => !films.has(id)));
  await Promise.all([...others].map(async (id) => films.set(id, await control("GET", `videos/${id}`))));
  signal.throwIfAborted();
  const rows = found.data.map((hit) => ({ ...hit, film: films.get(hit.video_id) }));
  fill($("hits"), rows, (hit) => `${hit.video_id} ${hit.start}`, hitCard);
  say(rows.length === 0 ? "Nothing was found." : rows.length === 1 ? "1 clip was found." : `${rows.length} clips were found.`);
}

function hitCard(hit) {
  const { film } = hit;
  const text = hit.transcription ? make("p", { class: "faint", dir: "auto" }, hit.transcription) : null;
  const score = hit.score === undefined || hit.score === null ? "" : `, score ${hit.score.toFixed(1)}`;
  return make(
    "li", { class: "card" },
    picture(film, hit.start, hit.end),
    make("p", { dir: "auto" }, film.name),
    make("p", { class: "faint" }, `${duration(hit.start)} to ${duration(hit.end)}, rank ${hit.rank ?? ""}${score}`),
    text,
  );
}

// Analysis

async function analyze(assetId, prompt) {
  const answer = $("answer");
  const body = { model_name: "pegasus1.5", video: { type: "asset_id", asset_id: assetId }, prompt, stream: true };
  const response = await call("POST", "/analyze", body, newest("analysis"));
  answer.textContent = "";
  if (!response.ok) await answered(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let ended = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.trim()) continue;
      const event = JSON.parse(line);
      if (event.event_type === "text_generation") answer.append(event.text);
      if (event.event_type === "stream_end") ended = true;
      if (event.event_type === "error" || event.error) throw new Error(event.error?.message ?? line);
    }
  }
  if (!ended) throw new Error("The analysis broke off.");
}

// Faults and limits

function effectOf(fault) {
  const waits = fault.delay ? `after ${fault.delay} s` : "";
  const ends = fault.status ?? (fault.end === "reply" && waits ? "" : fault.end);
  return [ends, waits].filter((part) => part !== "").join(" ");
}

function faultText(fault) {
  const storage = fault.origin === "storage" ? "storage " : "";
  if (fault.type === "request") return `${storage}${fault.method ?? "any"} ${fault.path}: ${effectOf(fault)}`;
  return [fault.type, fault.kind, fault.state, fault.code, fault.event].filter(Boolean).join(" ");
}

function showFaults(faults) {
  fill($("faults"), faults, (fault) => fault.id, (fault) =>
    make("li", {}, `${faultText(fault)}, ${fault.hits} of ${fault.times ?? "all"}`));
}

async function setFault() {
  const kind = $("fault-kind").value;
  const fault = { times: Number($("fault-times").value) };
  if ($("fault-method").value) fault.method = $("fault-method").value;
  if ($("fault-path").value) fault.path = $("fault-path").value;
  if (kind === "delay") fault.delay = 2;
  else if (kind === "reset" || kind === "garbage") fault.end = kind;
  else fault.status = Number(kind);
  await control("POST", "faults", fault);
  await lookAgain();
  say("The fault is set.");
}

function showLimits(limits) {
  const rows = Object.entries(limits).map(([name, limit]) => ({ name, ...limit }));
  fill($("limits"), rows, (limit) => limit.name, (limit) =>
    make("li", {}, `${limit.name}: ${limit.used} of ${limit.requests} in ${limit.window} s`));
}

async function setLimit() {
  const limits = await control("GET", "limits");
  for (const limit of Object.values(limits)) delete limit.used;
  limits[$("limit-name").value] = {
    requests: Number($("limit-requests").value), window: Number($("limit-window").value),
  };
  await control("PUT", "limits", limits);
  await lookAgain();
  say("The limit is set.");
}

// Requests

function requestRow(record) {
  const bad = record.status === 0 || record.status >= 400;
  const time = record.seconds === null ? "" : `${Math.round(record.seconds * 1000)} ms`;
  const body = record.body ?? record.form;
  const shown = typeof body === "string" ? body : body ? JSON.stringify(body, null, 1) : "no body";
  const notes = [record.fault ? `fault ${record.fault}` : "", record.deprecated ? "deprecated" : "", record.time];
  return make(
    "li", {},
    make(
      "details", {},
      make(
        "summary", {},
        make("span", { class: bad ? "bad" : "" }, record.status === 0 ? "broken" : String(record.status ?? "")),
        make("span", {}, record.method),
        make("span", {}, `${record.origin === "storage" ? "storage " : ""}${record.path}${record.fault ? " (fault)" : ""}`),
        make("span", {}, time),
      ),
      make("p", { class: "faint" }, notes.filter(Boolean).join(", ")),
      make("pre", {}, shown),
    ),
  );
}

function showRequests() {
  const wanted = $("filter").value;
  const errors = $("errors-only").checked;
  const rows = requests.filter((record) =>
    record.path.includes(wanted) && (!errors || record.status === 0 || record.status >= 400));
  fill($("request-list"), rows, (record) => String(record.number), requestRow);
}

let events = null;
let drawing = 0;

async function followRequests() {
  events?.close();
  const { requests: earlier } = await control("GET", `requests?limit=${MOST_REQUESTS}`);
  requests = earlier.filter((record) => record.status !== null).reverse();
  showRequests();
  // From the first that had not ended: it may end before the events are followed.
  const open = earlier.find((record) => record.status === null);
  const last = open ? open.number - 1 : (earlier.at(-1)?.number ?? 0);
  events = new EventSource(`requests?follow=1&after=${last}&limit=${MOST_REQUESTS}`);
  events.addEventListener("request", (event) => {
    const record = JSON.parse(event.data);
    requests = [record, ...requests.filter((each) => each.number !== record.number)].slice(0, MOST_REQUESTS);
    // Clients may send a thousand in a second.
    drawing ||= requestAnimationFrame(() => {
      drawing = 0;
      showRequests();
    });
  });
}

// What the user does

const submitted = (id, work) => $(id).addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(work);
});
const pressed = (id, work) => $(id).addEventListener("click", () => attempt(work));

submitted("new-index", async () => {
  await createIndex($("new-name").value);
  $("new-name").value = "";
});
submitted("search-form", () => search($("words").value.trim(), $("image").files[0]));
submitted("analysis-form", () => analyze($("film").value, $("prompt").value));
submitted("fault-form", setFault);
submitted("limit-form", setLimit);
pressed("fault-clear", async () => {
  await control("DELETE", "faults");
  await lookAgain();
  say("No fault is set.");
});
pressed("limit-clear", async () => {
  await control("PUT", "limits", {});
  await lookAgain();
  say("No limit is set.");
});
pressed("reset", async () => {
  if (!confirm("Delete all films, indexes and settings of the sandbox?")) return;
  await control("POST", "reset");
  requests = [];
  showRequests();
  for (const id of ["hits", "uploads", "answer"]) $(id).replaceChildren();
  await lookAgain();
  say("The sandbox is as new.");
});
for (const button of document.querySelectorAll("[data-advance], [data-speed]")) {
  button.addEventListener("click", () => attempt(async () => {
    const { advance, speed } = button.dataset;
    await control("POST", "clock", advance ? { advance: Number(advance) } : { speed: Number(speed) });
    await lookAgain();
  }));
}
$("index").addEventListener("change", showFilms);
pressed("more", async () => {
  shown = Math.min(shown + PAGE, 1000);
  await lookAgain();
});
$("file").addEventListener("change", () => uploadAll([...$("file").files]).then(() => { $("file").value = ""; }));
dropOn($("drop"), uploadAll);
dropOn($("search-form"), (files) => attempt(() => search($("words").value.trim(), files[0])));
// A file that misses both boxes would be opened in the page's place.
for (const kind of ["dragover", "drop"]) {
  addEventListener(kind, (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
}
$("filter").addEventListener("input", showRequests);
$("errors-only").addEventListener("change", showRequests);

// A page that is left may be shown again as it was.
addEventListener("pagehide", () => events?.close());
addEventListener("pageshow", (event) => event.persisted && attempt(followRequests));

await attempt(followRequests);
watch();
