// Elements, made without markup: every name is text, whatever is in it.

export const $ = (id) => document.getElementById(id);

export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const filled = new WeakMap(); // what each child of a list shows: its key, and its row as text

// Puts in the children whose key is new or whose row has changed, and moves no other: what plays
// goes on playing, and what has the focus keeps it. `update` may change a child in its place.
export function fill(list, rows, key, render, update = () => false) {
  const wanted = new Map(rows.map((row) => [key(row), row]));
  const kept = new Map();
  for (const child of [...list.children]) {
    const shown = filled.get(child);
    const row = wanted.get(shown.key);
    const state = JSON.stringify(row);
    if (row !== undefined && (state === shown.state || update(child, row))) {
      kept.set(shown.key, child);
      shown.state = state;
    } else {
      child.remove();
    }
  }
  let next = list.firstElementChild;
  for (const row of rows) {
    let child = kept.get(key(row));
    if (!child) {
      child = render(row);
      filled.set(child, { key: key(row), state: JSON.stringify(row) });
    }
    if (child === next) next = next.nextElementSibling;
    else list.insertBefore(child, next);
  }
}

export function options(select, rows, value, label) {
  const before = select.value;
  const state = JSON.stringify(rows.map((row) => [value(row), label(row)]));
  if (select.dataset.state === state) return;
  select.dataset.state = state;
  select.replaceChildren(...rows.map((row) => make("option", { value: value(row) }, label(row))));
  if (rows.some((row) => value(row) === before)) select.value = before;
}

export function dropOn(target, take) {
  target.addEventListener("dragover", (event) => {
    event.preventDefault();
    target.classList.add("over");
  });
  target.addEventListener("dragleave", () => target.classList.remove("over"));
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    target.classList.remove("over");
    take([...event.dataTransfer.files]);
  });
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const whole = Math.floor(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const rest = `${String(m).padStart(h ? 2 : 1, "0")}:${String(s).padStart(2, "0")}`;
  const tenth = Math.floor((seconds - whole) * 10);
  return `${h ? `${h}:` : ""}${rest}${tenth ? `.${tenth}` : ""}`;
}
