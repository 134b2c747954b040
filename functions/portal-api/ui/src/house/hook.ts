/** Hooks without a page: their component draws nothing, so it needs no nodes. */

import { h, render } from "preact";
import { act } from "preact/test-utils";
import { vi } from "vitest";

export interface Mounted<T> {
  /** What the hook gave last. */
  now: () => T;
  /** Renders again, as when something else has changed. */
  again: () => Promise<void>;
  /** Does something, and waits for what comes of it. */
  doing: (what: () => unknown) => Promise<void>;
  /** A reader returns to the tab. */
  returns: () => Promise<void>;
  unmount: () => void;
}

export async function mount<T>(useIt: () => T): Promise<Mounted<T>> {
  const page = new EventTarget();
  vi.stubGlobal("document", page);
  vi.stubGlobal("window", new EventTarget());
  const root = { nodeType: 1, childNodes: [], firstChild: null } as unknown as Element;
  let last: { value: T } | undefined;
  const Probe = () => {
    last = { value: useIt() };
    return null;
  };
  const doing = async (what: () => unknown) => {
    await act(() => void what());
    // What effects have begun by then is settled, and rendered.
    await act(() => new Promise((resolve) => setTimeout(resolve)));
  };
  const again = () => doing(() => render(h(Probe, {}), root));
  await again();
  return {
    now: () => {
      if (last === undefined) throw new Error("nothing was rendered");
      return last.value;
    },
    again,
    doing,
    returns: () => doing(() => page.dispatchEvent(new Event("visibilitychange"))),
    unmount: () => render(null, root),
  };
}

/** An answer that comes when a test wants it. */
export function deferred<T>(): { promise: Promise<T>; answer: (value: T) => void } {
  let answer: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    answer = resolve;
  });
  return { promise, answer };
}
