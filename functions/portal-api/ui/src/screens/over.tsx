/** The calm page when there is no session, in words that fit the cause. */

import { Icon, type IconName, Mark } from "../components/icons";
import type { OverReason } from "../session/session";

const WORDS: Record<OverReason, { title: string; icon: IconName; text: string; next: string }> = {
  expired: {
    title: "This session is over",
    icon: "clock",
    text: "Portal sessions are kept short on purpose. A sync that is running goes on without this page.",
    next: "Launch Stripe Sync again from Blnk Cloud.",
  },
  removed: {
    title: "This session is over",
    icon: "access",
    text: "Stripe Sync was uninstalled from this workspace, or installed anew, after this page was opened. This page no longer has access to anything.",
    next: "If the app is installed, launch it again from Blnk Cloud.",
  },
  link_expired: {
    title: "This launch link is used up",
    icon: "clock",
    text: "A launch link works for a few minutes and a few times only.",
    next: "Launch Stripe Sync again from Blnk Cloud.",
  },
  link_invalid: {
    title: "This launch link does not work",
    icon: "cross",
    text: "The link is damaged or was made for something else.",
    next: "Launch Stripe Sync again from Blnk Cloud.",
  },
  missing: {
    title: "Open Stripe Sync from Blnk Cloud",
    icon: "arrow",
    text: "This page has no session of its own. The app opens from your workspace’s apps.",
    next: "Go to Blnk Cloud, find Stripe Sync among the installed apps, and launch it.",
  },
};

export function OverScreen({ reason, dashboardUrl }: { reason: OverReason; dashboardUrl: string | null }) {
  const words = WORDS[reason];
  return (
    <main class="full-page" data-reason={reason}>
      <div class="full-page-inner" role="alert">
        <p class="brand">
          <Mark /> Stripe Sync
        </p>
        <span class="empty-sign">
          <Icon name={words.icon} size={28} />
        </span>
        <h1>{words.title}</h1>
        <p class="lead">{words.text}</p>
        <p>{words.next}</p>
        {dashboardUrl && window.top === window && (
          <p>
            <a class="button primary" href={dashboardUrl}>
              Go to Blnk Cloud
            </a>
          </p>
        )}
      </div>
    </main>
  );
}
