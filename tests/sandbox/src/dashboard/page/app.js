/** Boots the page: which of its two parts is shown, for which instance. */

import { api, instance } from "./api.js";
import { every, h } from "./dom.js";
import { showLedger } from "./ledger.js";
import { showLibrary } from "./library.js";
import { closePortal } from "./portal.js";
import { toggleStripe } from "./stripe.js";

const main = document.getElementById("main");
const links = [...document.querySelectorAll("nav a[data-page]")];
let leave = () => {};
let shown = "";

function show() {
  // Going to a place within the page is no reason to build it again.
  if (shown === location.pathname) return;
  shown = location.pathname;
  leave();
  const ledger = location.pathname === "/ledger";
  if (ledger) closePortal();
  for (const link of links) {
    if ((link.dataset.page === "ledger") === ledger) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${ledger ? "Ledger" : "Apps"} · Cloud sandbox`;
  leave = ledger ? showLedger(main) : showLibrary(main);
}

for (const link of links) {
  link.search = location.search;
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.pathname === location.pathname) return;
    history.pushState(null, "", link.href);
    show();
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  });
}
addEventListener("popstate", show);

const field = document.getElementById("instance");
const organization = document.getElementById("organization");
field.value = instance;
every(5_000, async () => {
  try {
    const space = await api.workspace();
    const options = space.instances.map((id) => h("option", { value: id }));
    document.getElementById("instances").replaceChildren(...options);
    organization.textContent = space.known ? space.organization_id : "New: its ledger begins empty.";
  } catch (error) {
    organization.textContent = error.message;
  }
});

document.getElementById("stripe-toggle").addEventListener("click", toggleStripe);
show();
