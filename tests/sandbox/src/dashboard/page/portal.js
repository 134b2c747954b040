/** The panel that shows an app's own page in a frame, in one of four layouts. */

import { api, failure } from "./api.js";
import { h, icon } from "./dom.js";

const LAYOUTS = [
  ["preview", "Floating preview", "M3 4h14v12H3zM10.5 9.5h5v5h-5z"],
  ["side", "Side panel", "M3 4h14v12H3zM12 4v12"],
  ["wide", "Wide", "M3 4h14v12H3zM8 4v12"],
  ["full", "Full", "M3 8V4h4M13 4h4v4M17 12v4h-4M7 16H3v-4"],
];

/** What a hosted workspace lets a frame do: run, keep its storage, send forms, open tabs, leave when the user says so. */
const SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-top-navigation-by-user-activation";

const panel = document.getElementById("portal");
const remembered = "dashboard.layout";
/** The launch that counts: an older one's answer comes too late. */
let turn = 0;
let parts;

/** Asks the app for a fresh address and shows it. A panel that is open shows its old page until there is a new one. */
export async function launch(name, id) {
  turn += 1;
  const own = turn;
  if (panel.hidden || parts?.id !== id) open(name, id);
  panel.focus({ preventScroll: true });
  tell(h("p", { class: "note", role: "status" }, `Asking ${name} for its page…`));
  let outcome;
  let text;
  try {
    outcome = await api.launch(id);
    if (outcome.accepted && !address(outcome.portal_url)) text = `${name} answered with an address that is not http(s).`;
    else if (!outcome.accepted) text = failure(name, outcome);
  } catch (error) {
    text = error.message;
  }
  if (own !== turn || panel.hidden) return;
  if (text === undefined) load(name, outcome.portal_url);
  else tell(h("p", { class: "note bad", role: "alert" }, h("strong", {}, "Not launched. "), text));
}

/** An address that a frame may be sent to. */
function address(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

function tell(...nodes) {
  parts.notice.replaceChildren(...nodes);
}

/** A new frame for each launch: the history of the old one stays out of the back button's way. */
function load(name, url) {
  parts.link.href = url;
  parts.link.hidden = false;
  parts.origin.textContent = address(url).origin;
  const frame = h("iframe", { title: `${name}: its own page`, sandbox: SANDBOX, referrerpolicy: "strict-origin-when-cross-origin", src: url });
  frame.addEventListener("load", () => tell());
  parts.stage.replaceChildren(frame);
}

function open(name, id) {
  const notice = h("div", { class: "portal-notice" });
  const stage = h("div", { class: "stage" });
  const origin = h("span", { class: "muted small" });
  const link = h("a", { class: "button quiet", target: "_blank", rel: "noopener", hidden: true }, "Open ↗");
  const again = h("button", { type: "button", class: "button quiet", onclick: () => launch(name, id) }, "Launch again");
  const close = h("button", { type: "button", class: "button quiet icon", "aria-label": `Close ${name}`, onclick: closePortal }, icon("M5 5l10 10M15 5L5 15"));
  const layouts = LAYOUTS.map(([layout, label, drawing]) =>
    h("button", { type: "button", class: "button quiet icon", "aria-label": label, title: label, "data-layout": layout, onclick: () => arrange(layout) }, icon(drawing)),
  );
  panel.setAttribute("aria-label", name);
  panel.replaceChildren(
    h("header", { class: "portal-bar" }, h("div", { class: "portal-name" }, h("h2", {}, name), origin), h("div", { role: "group", "aria-label": "Layout", class: "layouts" }, layouts), h("div", { class: "portal-acts" }, again, link), close),
    notice,
    stage,
  );
  parts = { id, name, notice, stage, origin, link, layouts };
  panel.hidden = false;
  arrange(localStorage.getItem(remembered) ?? "wide");
}

/** Only styles change: the frame is neither moved nor loaded again. */
function arrange(wanted) {
  const layout = LAYOUTS.some(([known]) => known === wanted) ? wanted : "wide";
  document.body.dataset.portal = layout;
  for (const button of parts.layouts) button.setAttribute("aria-pressed", String(button.dataset.layout === layout));
  localStorage.setItem(remembered, layout);
}

/** Leaves some of the page free: a frame that is all over it becomes a panel at the side. */
export function makeRoom() {
  if (!panel.hidden && document.body.dataset.portal === "full") arrange("side");
}

/** Ends the page in the frame. */
export function closePortal() {
  if (panel.hidden) return;
  turn += 1;
  const inside = panel.contains(document.activeElement);
  panel.hidden = true;
  panel.replaceChildren();
  parts = undefined;
  delete document.body.dataset.portal;
  if (inside) (document.querySelector('[data-key^="launch-"]') ?? document.getElementById("main")).focus();
}
