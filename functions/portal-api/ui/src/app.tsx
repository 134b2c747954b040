/** From a launch to a live session, and the screen for each place. */

import { Component, type ComponentChildren } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Api } from "./api/client";
import { ApiError } from "./api/error";
import type { RunSummary } from "./api/types";
import styles from "./app.module.css";
import { FullPage } from "./components/frame/full-page";
import { Shell } from "./components/frame/shell";
import { ErrorNote } from "./components/ui/error-note";
import { Spinner } from "./components/ui/spinner";
import text from "./components/ui/text.module.css";
import { Context } from "./lib/app";
import { savePlace } from "./lib/place";
import { useQuery } from "./lib/query";
import { useRoute } from "./lib/router";
import { useSituation } from "./lib/situation";
import { useZone } from "./lib/zone";
import { loadLater, screenOf } from "./places";
import { SessionEndScreen } from "./screens/session-end/session-end";
import { endSession, openPage } from "./session/page";
import { type EndReason, endOf, type Live, type Opening } from "./session/session";
import { t } from "./texts";

/** How often the overview is read while nothing is running. */
const OVERVIEW_POLL_MS = 5000;

export function Root() {
  return (
    <ErrorBoundary>
      <SessionGate />
    </ErrorBoundary>
  );
}

/** A fault in the page itself must not leave a blank frame. */
class ErrorBoundary extends Component<{ children: ComponentChildren }, { failed: boolean }> {
  override state = { failed: false };

  static override getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <FullPage>
        <ErrorNote error={ApiError.local("page_failed")} retry={() => window.location.reload()} />
      </FullPage>
    );
  }
}

type GateState = Opening | { kind: "opening" };

/** Shows the screens while there is a session, and says why when there is none. */
function SessionGate() {
  const [state, setState] = useState<GateState>({ kind: "opening" });
  const [dashboardUrl, setDashboardUrl] = useState<string | null>(null);
  const open = useCallback(() => {
    setState({ kind: "opening" });
    void openPage().then(setState);
  }, []);
  useEffect(open, [open]);

  const launchId = state.kind === "live" ? state.launchId : null;
  const end = useCallback(
    (reason: EndReason) => {
      if (launchId !== null) endSession(launchId);
      setState({ kind: "over", reason });
    },
    [launchId],
  );

  switch (state.kind) {
    case "opening":
      return (
        <FullPage>
          <h1 class={text.visuallyHidden}>{t.common.appName}</h1>
          <p class={styles.opening} role="status">
            <Spinner />
            {t.frame.opening}
          </p>
        </FullPage>
      );
    case "unavailable":
      return (
        <FullPage>
          <h1>{t.frame.unreachable}</h1>
          <ErrorNote error={state.error} retry={open} />
        </FullPage>
      );
    case "over":
      return <SessionEndScreen reason={state.reason} dashboardUrl={dashboardUrl} />;
    case "live":
      return (
        <LiveSession
          session={state}
          onEnd={end}
          onRenewed={setState}
          onDashboardUrl={setDashboardUrl}
        />
      );
  }
}

interface LiveSessionProps {
  session: Live;
  onEnd: (reason: EndReason) => void;
  onRenewed: (session: Live) => void;
  onDashboardUrl: (url: string | null) => void;
}

function LiveSession({ session, onEnd: onOver, onRenewed, onDashboardUrl }: LiveSessionProps) {
  const install = useRef<string>(undefined);
  const onEnd = useCallback(
    (reason: EndReason) => {
      if (reason === "expired" && install.current)
        savePlace(install.current, window.location.hash, Date.now());
      onOver(reason);
    },
    [onOver],
  );
  const api = useMemo(
    () => new Api(session.bearer, (error) => onEnd(endOf(error))),
    [session.bearer, onEnd],
  );
  const route = useRoute();
  const overview = useQuery(
    "overview",
    (signal) => api.overview(signal),
    () => OVERVIEW_POLL_MS,
  );
  const situation = useSituation(api, overview);
  // Every time on the page follows the chosen zone.
  useZone();
  const { data, set, reload } = overview;
  install.current = data?.install.installed_app_id;
  const dashboardUrl = data?.links.dashboard_url ?? null;
  useEffect(() => onDashboardUrl(dashboardUrl), [dashboardUrl, onDashboardUrl]);

  const seen = data !== undefined;
  useEffect(() => {
    // A screen that needs them and cannot load them says so itself.
    if (seen) loadLater().catch(() => undefined);
  }, [seen]);

  useEffect(() => {
    if (session.renewableUntilMs === null) return;
    let stop: (() => void) | undefined;
    let left = false;
    // If it cannot be loaded, the session ends after its first bearer.
    loadLater().then(
      ({ renewWhileUsed }) => {
        if (!left) stop = renewWhileUsed(session, onRenewed);
      },
      () => undefined,
    );
    return () => {
      left = true;
      stop?.();
    };
  }, [session, onRenewed]);

  const onRunStarted = useCallback(
    (run: RunSummary) => {
      if (data?.stripe) set({ ...data, stripe: { ...data.stripe, current_run: run.id } });
      reload();
    },
    [data, set, reload],
  );
  const app = { api, overview, situation, onRunStarted };
  const screen = screenOf(route);
  useScreenChange(route.path, screen.title);
  return (
    <Context.Provider value={app}>
      <Shell path={route.path} expiresAtMs={session.expiresAtMs} onExpired={() => onEnd("expired")}>
        {screen.content}
      </Shell>
    </Context.Provider>
  );
}

/** A change of screen sets the title, the scroll position and the focus, as a page load would. */
function useScreenChange(path: string, title: string): void {
  const first = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each place, also when titles are the same.
  useEffect(() => {
    document.title = t.frame.pageTitle(title);
    if (!first.current) {
      window.scrollTo(0, 0);
      document.querySelector<HTMLElement>("h1")?.focus();
    }
    first.current = false;
  }, [path, title]);
}
