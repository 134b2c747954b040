/** Notices while they are edited. */

import type { NoticeKind, Notices } from "../api/types";
import { draftAt, NOTICES_DRAFT, removeDraft, saveDraft } from "./draft";

export interface Draft {
  url: string;
  webhook: NoticeKind[];
  email: NoticeKind[];
}

/** What is written down of it. */
interface Stored extends Omit<Draft, "url"> {
  revision: number;
  urlTyped: boolean;
}

interface StoredUrl {
  revision: number;
  url: string;
}

export interface Restored {
  draft: Draft;
  /** A URL was typed that is not kept any more. */
  urlLost: boolean;
}

export function draftOf({ webhook, email }: Notices): Draft {
  return { url: webhook?.url ?? "", webhook: webhook?.kinds ?? [], email: email.kinds };
}

export function isChanged(shown: Notices, draft: Draft): boolean {
  return JSON.stringify(draft) !== JSON.stringify(draftOf(shown));
}

/**
 * Keeps what is not saved yet. The path of a webhook's URL is often its secret, and the settings keep nothing like it: a URL
 * is kept by the page alone, and is typed again in a new session.
 */
export function saveNotices({ webhook: before, revision }: Notices, draft: Draft): void {
  const { url, ...rest } = draft;
  const urlTyped = url !== (before?.url ?? "");
  saveDraft(NOTICES_DRAFT, { ...rest, revision, urlTyped } satisfies Stored);
  if (urlTyped) saveDraft(NOTICES_DRAFT, { revision, url } satisfies StoredUrl, "page");
  else removeDraft(NOTICES_DRAFT, "page");
}

export function savedNotices(shown: Notices): Restored | undefined {
  const stored = draftAt<Stored>(NOTICES_DRAFT, shown.revision);
  if (!stored) return undefined;
  const { webhook, email, urlTyped } = stored;
  const typed = draftAt<StoredUrl>(NOTICES_DRAFT, shown.revision, "page");
  const url = typed?.url ?? draftOf(shown).url;
  return { draft: { url, webhook, email }, urlLost: urlTyped && typed === undefined };
}

export function removeNotices(): void {
  removeDraft(NOTICES_DRAFT);
  removeDraft(NOTICES_DRAFT, "page");
}
