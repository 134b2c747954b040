/** Boots the page: which of its parts is shown, for which instance. */

import { api, instance } from "./api.js";
import { every, h } from "./dom.js";
import { showFaults } from "./faults.js";
import { showLedger } from "./ledger.js";
import { showLibrary } from "./library.js";
import { closePortal, makeRoom } from "./portal.js";
import { address, visit } from "./route.js";
import { toggleStripe } from "./stripe.js";

/** By path: the part's title, what draws it, and what becomes of an app's page that is open beside. */
const PARTS = {
  "/": { title: "Apps", draw: showLibrary },
  "/ledger": { title: "Ledger", draw: showLedger, portal: closePortal },
  "/faults": { title: "Faults", draw: showFaults, portal: makeRoom },
};

const main = document.getElementById("main");
const links = [...document.querySelectorAll("nav a[data-page]")];
let shown = { path: "", query: "", leave: () => {} };

function show() {
  const { pathname: path, search: query } = location;
  // A place within the document (#main) is no other page.
  if (shown.path === path && shown.query === query) return;
  const part = PARTS[path] ?? PARTS["/"];
  if (shown.path === path && shown.moved) {
    shown.query = query;
    shown.moved();
    return;
  }
  shown.leave();
  part.portal?.();
  for (const link of links) {
    if (link.pathname === path) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${part.title} · Cloud sandbox`;
  shown = { path, query, ...part.draw(main) };
}

/** After a move the focus is on what is new, unless it is on something that stayed. */
function arrive(top) {
  if (main.contains(document.activeElement)) return;
  main.focus({ preventScroll: true });
  if (top) scrollTo(0, 0);
}

for (const link of links) link.href = address(link.pathname);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || !(link.pathname in PARTS) || link.hash) return;
  event.preventDefault();
  if (link.href === location.href) return;
  if (links.includes(link)) link.blur();
  visit(link.href);
});
addEventListener("visit", ({ detail }) => {
  show();
  if (!detail.replace) arrive(true);
});
addEventListener("popstate", () => {
  show();
  arrive(false);
});

const field = document.getElementById("instance");
const organization = document.getElementById("organization");
field.value = instance;
every(5_000, async () => {
  try {
    const space = await api.workspace();
    const options = space.instances.map((id) => h("option", { value: id }));
    document.getElementById("instances").replaceChildren(...options);
    organization.textContent = space.known ? `Organization ${space.organization_id}` : "New: its ledger begins empty.";
  } catch (error) {
    organization.textContent = error.message;
  }
});

document.getElementById("stripe-toggle").addEventListener("click", toggleStripe);
show();
