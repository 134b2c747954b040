/** Small helpers around the document. Nothing here takes HTML: what apps and ledgers say is always text. */

/** An element. `props`: attributes, `on…` listeners; `false`, `null` and `undefined` leave an attribute out. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A drawing for a button that has a name of its own. */
export function icon(...paths) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** Replaces a node's children, and gives the focus back to the element with the same `data-key`. */
export function refill(node, children) {
  const active = document.activeElement;
  const key = node.contains(active) ? active.dataset.key : undefined;
  node.replaceChildren(...children);
  if (key !== undefined) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

let hushed;

/** Says something for a moment, also to screen readers. */
export function say(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  clearTimeout(hushed);
  hushed = setTimeout(() => {
    place.textContent = "";
  }, 5000);
}

/** Runs `work` every `ms` while the page is seen; the next turn waits for the last. Answers a function that ends it. */
export function every(ms, work) {
  let over = false;
  const turn = async () => {
    if (over) return;
    if (document.visibilityState === "visible") await work();
    if (!over) setTimeout(turn, ms);
  };
  turn();
  return () => {
    over = true;
  };
}

/** Copies a text; where the browser refuses, selects it so that the user can. */
export async function copy(field, what) {
  try {
    await navigator.clipboard.writeText(field.value);
    say(`${what} copied.`);
  } catch {
    field.focus();
    field.select();
    say("Press Ctrl+C to copy.");
  }
}
