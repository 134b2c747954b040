/** Spoken status: one polite live region in the page, present from the start, that any part may speak through. */

type Listener = (text: string) => void;

let listener: Listener | undefined;

/** Says one short sentence to screen readers. */
export function announce(text: string): void {
  listener?.(text);
}

/** Connects the live region; returns its disconnection. */
export function onAnnounce(next: Listener): () => void {
  listener = next;
  return () => {
    if (listener === next) listener = undefined;
  };
}
