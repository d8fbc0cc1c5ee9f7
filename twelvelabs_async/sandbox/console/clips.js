// A picture that becomes a player when it is pressed, for a film or for a part of it.

import { duration, make } from "./dom.js";

const kindOf = { video: "video", audio: "audio" };

export function picture(film, start = 0, end = null) {
  const name = film.name;
  if (film.kind === "image") {
    return make("img", { class: "picture", src: `films/${film.id}`, alt: name, loading: "lazy" });
  }
  if (!film.playable) return make("div", { class: "picture" });
  const middle = end === null ? Math.min(1, (film.duration ?? 0) / 2) : (start + end) / 2;
  const thumbnail =
    film.kind === "video"
      ? make("img", { src: `thumbnails/${film.id}/${middle.toFixed(3)}.jpg`, alt: "", loading: "lazy" })
      : null;
  const what = end === null ? name : `${name}, ${duration(start)} to ${duration(end)}`;
  const button = make("button", { type: "button", class: "picture", "aria-label": `Play ${what}` }, thumbnail);
  button.addEventListener("click", () => {
    const player = playerOf(film, start, end, what);
    button.replaceWith(player);
    player.focus();
    player.play().catch(() => undefined); // a browser may want a further gesture
  });
  return button;
}

function playerOf(film, start, end, label) {
  const source = `films/${film.id}${end === null ? "" : `#t=${start},${end}`}`;
  const player = make(kindOf[film.kind] ?? "video", {
    class: "picture", src: source, controls: true, preload: "auto", "aria-label": label, tabindex: "0",
  });
  if (end === null) return player;
  player.dataset.start = start;
  player.dataset.end = end;
  player.addEventListener("loadedmetadata", () => {
    if (Math.abs(player.currentTime - start) > 0.05) player.currentTime = start;
  });
  // A media fragment ends a clip once only; played again, it begins anew.
  player.addEventListener("timeupdate", () => {
    if (player.currentTime >= end && !player.paused) player.pause();
  });
  player.addEventListener("play", () => {
    if (player.currentTime >= end - 0.05 || player.currentTime < start - 0.05) player.currentTime = start;
  });
  return player;
}
