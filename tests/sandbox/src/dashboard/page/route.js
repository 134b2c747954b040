/** Places in the page. Each has an address of its own, so that back and forward, a bookmark and an app's link lead to it. */

import { instance, search } from "./api.js";
import { h } from "./dom.js";

/** What the address asks for. */
export const asked = () => new URLSearchParams(location.search);

/** An address in this page, of the same instance; what is empty is left out of it. */
export function address(path, given = {}) {
  return `${path}?${search({ ...given, instance_id: instance })}`;
}

/** A link to a place in this page. */
export function link(href, props, ...children) {
  return h("a", { ...props, href }, ...children);
}

/** Goes to an address. With `replace` the one left is forgotten: typing is no journey. */
export function visit(href, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  dispatchEvent(new CustomEvent("visit", { detail: { replace } }));
}

/** Calls `work` once nothing was typed for a moment. */
export function settled(work, ms = 250) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };
}
