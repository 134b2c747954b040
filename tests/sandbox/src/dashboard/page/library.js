/** The apps library: every registered Custom App, and what this instance has installed. */

import { api } from "./api.js";
import { SCOPES, askInstall, askUninstall, permissionWords } from "./dialogs.js";
import { copy, every, h, refill } from "./dom.js";
import { launch } from "./portal.js";

const REFRESH_MS = 4000;

/** Fills `main` with the library; answers what ends its refreshing. */
export function showLibrary(main) {
  const list = h("ul", { class: "cards" });
  const notice = h("div");
  const steps = firstSteps();
  main.replaceChildren(
    h("header", { class: "title" }, h("h1", {}, "Apps"), h("p", {}, "Stripe Sync copies every movement of a Stripe account into a Blnk ledger and proves that both agree. Here you try it with test money: nothing leaves this machine.")),
    steps.node,
    notice,
    list,
  );
  let shown = "";
  const refresh = async () => {
    try {
      const { apps } = await api.workspace();
      notice.replaceChildren(...(apps.length === 0 ? [none()] : []));
      const now = JSON.stringify(apps);
      steps.show(apps);
      if (now !== shown) refill(list, apps.map((app) => card(app, refresh)));
      shown = now;
    } catch (error) {
      notice.replaceChildren(h("p", { class: "note bad", role: "alert" }, error.message));
    }
  };
  return { leave: every(REFRESH_MS, refresh) };
}

/** What a newcomer does, with the key in sight; what is done is ticked. */
function firstSteps() {
  const key = h("input", { id: "first-key", readonly: true, class: "mono", value: "", onfocus: () => key.select() });
  const paste = h(
    "li",
    {},
    h("label", { for: "first-key" }, h("strong", {}, "Paste this key"), " where the app asks for a Stripe key"),
    h("div", { class: "joined" }, key, h("button", { type: "button", class: "button", onclick: () => copy(key, "Key") }, "Copy the key")),
  );
  const install = h("li", {}, h("strong", {}, "Install"), " the app: it gets a key to this ledger");
  const launch = h("li", {}, h("strong", {}, "Launch"), " it: its page opens here");
  const node = h("section", { class: "first-steps", "aria-label": "First steps" }, h("ol", {}, install, launch, paste));
  // Without an account the step says all the same what to do.
  api.accounts().then(([account]) => account && (key.value = account.restricted_key), () => {});
  const show = (apps) => install.classList.toggle("done", apps.some((app) => app.install));
  return { node, show };
}

function none() {
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, "No app is registered"),
    h("p", {}, "Start the sandbox with ", h("code", {}, "--callback-url"), " and ", h("code", {}, "--portal-url"), ", or register one by the control API: ", h("code", {}, "POST /cloud/apps"), "."),
  );
}

function card(app, refresh) {
  const { install } = app;
  const title = h("h2", { id: `name-${app.app_id}` }, app.name);
  const state = install ? h("span", { class: "badge good" }, "Installed") : h("span", { class: "badge" }, "Not installed");
  return h(
    "li",
    { class: "card" },
    h("span", { class: "tile", "aria-hidden": "true" }, app.name.slice(0, 1).toUpperCase()),
    h("div", { class: "card-text" }, h("div", { class: "row" }, title, state), h("p", { class: "muted small" }, app.host ?? "no valid callback URL")),
    permissions(app),
    install && h("p", { class: "muted small ids" }, h("code", {}, install.installed_app_id), " · key ", h("code", {}, `${install.key_prefix}…`)),
    h("div", { class: "actions" }, install ? installed(app, install, refresh) : fresh(app, refresh)),
  );
}

function permissions(app) {
  const granted = app.install?.permissions ?? app.permissions;
  const chip = (scope) => {
    const off = !granted.includes(scope);
    return h("span", { class: off ? "chip off" : "chip", title: SCOPES[scope]?.text }, permissionWords(scope), off && h("span", { class: "sr" }, " (not granted)"));
  };
  return h("p", { class: "chips", "aria-label": app.install ? "Granted" : "Asks for" }, app.permissions.map(chip));
}

function fresh(app, refresh) {
  const open = () => askInstall(app, refresh);
  return [h("button", { type: "button", class: "button main", "data-key": `install-${app.app_id}`, onclick: open }, "Install")];
}

function installed(app, install, refresh) {
  const start = () => launch(app.name, install.installed_app_id);
  const open = () => askUninstall(app, install, refresh);
  return [
    h("button", { type: "button", class: "button main", "data-key": `launch-${app.app_id}`, onclick: start }, "Launch"),
    h("button", { type: "button", class: "button", "data-key": `uninstall-${app.app_id}`, onclick: open }, "Uninstall"),
  ];
}
