/** The two dialogs that send an event to an app, and stay open until it has answered. */

import { api, failure, instance } from "./api.js";
import { h, say } from "./dom.js";

/** What each scope lets an app do. */
export const SCOPES = {
  "data:read": { name: "Read the ledger", text: "Balances, transactions and identities." },
  "data:write": { name: "Write to the ledger", text: "Post transactions, create balances and identities." },
  "alerts:read": { name: "Read alerts", text: "Those of this instance, raised by whomever." },
  "alerts:write": { name: "Raise and close alerts", text: "Its own, where people who watch the ledger see them." },
};

/** A permission in plain words, and its scope as programs name it. */
export function permissionWords(scope) {
  const name = SCOPES[scope]?.name;
  return name ? [name, " ", h("code", { class: "scope" }, scope)] : [h("code", {}, scope)];
}

/** How long the platform waits; only for the bar, the server keeps the real time. */
const DEADLINE_S = 10;

/** A modal dialog with a title; it is gone from the document once closed. */
function dialog(title, ...content) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const node = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, heading, ...content);
  node.addEventListener("close", () => node.remove());
  node.addEventListener("cancel", (event) => {
    if (node.dataset.busy !== undefined) event.preventDefault();
  });
  document.body.append(node);
  node.showModal();
  return node;
}

/** A bar that fills while an app is waited for. */
function waiting(text) {
  const bar = h("progress", { max: DEADLINE_S, value: 0, "aria-label": text });
  const seconds = h("span", { class: "muted small" }, text);
  const node = h("div", { class: "waiting", hidden: true, role: "status" }, seconds, bar);
  let timer;
  return {
    node,
    start() {
      const begun = performance.now();
      node.hidden = false;
      timer = setInterval(() => {
        bar.value = Math.min((performance.now() - begun) / 1000, DEADLINE_S);
      }, 100);
    },
    stop() {
      node.hidden = true;
      clearInterval(timer);
    },
  };
}

/** Sends an event when the form is submitted, and tells how it went. */
function eventDialog({ title, body, button, danger, wait, send, accepted, refused }) {
  const problem = h("div", { role: "alert" });
  const progress = waiting(wait);
  const submit = h("button", { type: "submit", class: danger ? "button danger" : "button main" }, button);
  const cancel = h("button", { type: "button", class: "button", onclick: () => node.close() }, "Cancel");
  const form = h("form", { method: "dialog" }, ...body, problem, progress.node, h("div", { class: "actions end" }, cancel, submit));
  const fields = () => form.querySelectorAll("button, input");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.replaceChildren();
    node.dataset.busy = "";
    node.tabIndex = 0;
    node.focus();
    for (const field of fields()) field.disabled = true;
    progress.start();
    let text;
    try {
      const outcome = await send(form);
      if (outcome.accepted) {
        await accepted(outcome);
        node.close();
        return;
      }
      text = refused(outcome);
    } catch (error) {
      text = [h("p", {}, error.message)];
    } finally {
      progress.stop();
      delete node.dataset.busy;
      node.removeAttribute("tabindex");
      for (const field of fields()) field.disabled = false;
    }
    problem.replaceChildren(h("div", { class: "note bad" }, text));
    submit.focus();
  });
  const node = dialog(title, form);
  submit.focus();
}

/** Lets the user choose what to grant, and installs. */
export function askInstall(app, refresh) {
  const box = (scope) =>
    h("label", { class: "check" }, h("input", { type: "checkbox", name: "scope", value: scope, checked: true }), h("span", {}, permissionWords(scope), h("span", { class: "muted small" }, SCOPES[scope]?.text ?? "")));
  eventDialog({
    title: `Install ${app.name}`,
    body: [
      h("p", { class: "muted" }, "Into ", h("code", {}, instance), ". Permissions cannot be changed later: to change them, remove the app and set it up again."),
      h("fieldset", { class: "checks" }, h("legend", {}, "Permissions"), app.permissions.map(box)),
    ],
    button: "Install",
    wait: `Waiting for ${app.name} to accept: ${DEADLINE_S} seconds at most.`,
    send: (form) => api.install(app.app_id, [...form.querySelectorAll("input:checked")].map((input) => input.value)),
    async accepted() {
      await refresh();
      say(`${app.name} is installed.`);
    },
    refused: (outcome) => [
      h("p", {}, h("strong", {}, "Not installed. "), failure(app.name, outcome)),
      h("p", { class: "small" }, "The install was cancelled and its key is revoked. Trying again makes a new one."),
    ],
  });
}

/** Asks once more, then uninstalls. */
export function askUninstall(app, install, refresh) {
  eventDialog({
    title: `Uninstall ${app.name}`,
    body: [
      h("p", {}, `${app.name} is told first. Once it accepts, its key is revoked and it can neither read nor write here any more.`),
      h("p", { class: "muted" }, "What it wrote to the ledger stays."),
    ],
    button: "Uninstall",
    danger: true,
    wait: `Waiting for ${app.name} to accept: ${DEADLINE_S} seconds at most.`,
    send: () => api.uninstall(install.installed_app_id),
    async accepted() {
      await refresh();
      say(`${app.name} is uninstalled.`);
    },
    refused: (outcome) => [
      h("p", {}, h("strong", {}, "Still installed. "), failure(app.name, outcome)),
      h("p", { class: "small" }, "Nothing changed: its key works as before."),
    ],
  });
}
