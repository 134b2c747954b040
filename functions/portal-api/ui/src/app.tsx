/** From a launch to a live session, and the frame around all screens. */

import { Component, type ComponentChildren } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Api, ApiError, redeem } from "./api/client";
import type { RunSummary } from "./api/types";
import { ErrorNote } from "./components/basics";
import { Mark } from "./components/icons";
import { Shell } from "./components/shell";
import { Context } from "./lib/app";
import { useQuery } from "./lib/query";
import { buildHash, parseHash, setLaunch, useRoute } from "./lib/router";
import { AccessScreen } from "./screens/access";
import { CertificateScreen, CertificatesScreen } from "./screens/certificates";
import { ConnectScreen } from "./screens/connect";
import { HistoryScreen } from "./screens/history";
import { OverScreen } from "./screens/over";
import { OverviewScreen } from "./screens/overview";
import { ProblemsScreen } from "./screens/problems";
import { RunScreen } from "./screens/run";
import { SettingsScreen } from "./screens/settings";
import { launchIdOf } from "./session/launch";
import { endOf, type Opening, type OverReason, openSession } from "./session/session";
import { SessionStore, tabStorage } from "./session/store";

/** How often the overview renews itself while nothing is running. */
const OVERVIEW_POLL_MS = 20_000;

const store = new SessionStore(tabStorage());

/** The page's session by its URL; a session found leaves only the launch id and the place in it. Whatever goes wrong is an answer. */
async function open(): Promise<Opening> {
  try {
    const { launchId, path, params } = parseHash(window.location.hash);
    const token = new URLSearchParams(window.location.search).get("token");
    const opening = await openSession({
      token,
      launchId,
      store,
      nowMs: () => Date.now(),
      redeem: (text) => redeem(text, store.redemptionId(launchIdOf(text))),
    });
    if (opening.kind === "live") {
      setLaunch(opening.launchId);
      showAddress(buildHash(opening.launchId, path, Object.fromEntries(params)));
    }
    return opening;
  } catch {
    return { kind: "unavailable", error: new ApiError(0, "unexpected", "This page ran into a fault") };
  }
}

/** Takes the token out of the address. A frame without an origin of its own may only change the fragment, if that. */
function showAddress(hash: string): void {
  try {
    window.history.replaceState(null, "", window.location.pathname + hash);
  } catch {
    try {
      window.location.replace(hash);
    } catch {
      // The session is as good without.
    }
  }
}

export function Root() {
  return (
    <Safety>
      <Door />
    </Safety>
  );
}

/** A fault in the page itself must not leave a blank frame. */
class Safety extends Component<{ children: ComponentChildren }, { failed: boolean }> {
  override state = { failed: false };

  static override getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    const error = new ApiError(0, "unexpected", "This page ran into a fault");
    return (
      <FullPage>
        <ErrorNote error={error} retry={() => window.location.reload()} />
      </FullPage>
    );
  }
}

function FullPage({ children }: { children: ComponentChildren }) {
  return (
    <main class="full-page">
      <div class="full-page-inner">
        <p class="brand">
          <Mark /> Stripe Sync
        </p>
        {children}
      </div>
    </main>
  );
}

type DoorState = Opening | { kind: "opening" };

function Door() {
  const [state, setState] = useState<DoorState>({ kind: "opening" });
  const [dashboardUrl, setDashboardUrl] = useState<string | null>(null);
  const begin = useCallback(() => {
    setState({ kind: "opening" });
    void open().then(setState);
  }, []);
  useEffect(begin, [begin]);

  const launchId = state.kind === "live" ? state.launchId : null;
  const end = useCallback(
    (reason: OverReason) => {
      if (launchId !== null) store.remove(launchId);
      setState({ kind: "over", reason });
    },
    [launchId],
  );

  switch (state.kind) {
    case "opening":
      return (
        <FullPage>
          <h1 class="visually-hidden">Stripe Sync</h1>
          <p class="opening" role="status">
            <span class="spinner" aria-hidden="true" /> Opening your session…
          </p>
        </FullPage>
      );
    case "unavailable":
      return (
        <FullPage>
          <h1>Stripe Sync cannot be reached</h1>
          <ErrorNote error={state.error} retry={begin} />
        </FullPage>
      );
    case "over":
      return <OverScreen reason={state.reason} dashboardUrl={dashboardUrl} />;
    case "live":
      return <Live session={state} onEnd={end} onDashboardUrl={setDashboardUrl} />;
  }
}

interface LiveProps {
  session: Extract<Opening, { kind: "live" }>;
  onEnd: (reason: OverReason) => void;
  onDashboardUrl: (url: string | null) => void;
}

function Live({ session, onEnd, onDashboardUrl }: LiveProps) {
  const api = useMemo(() => new Api(session.bearer, (error) => onEnd(endOf(error))), [session.bearer, onEnd]);
  const route = useRoute();
  const overview = useQuery(
    "overview",
    (signal) => api.overview(signal),
    () => OVERVIEW_POLL_MS,
  );
  const { data, set, reload } = overview;
  const dashboardUrl = data?.links.dashboard_url ?? null;
  useEffect(() => onDashboardUrl(dashboardUrl), [dashboardUrl, onDashboardUrl]);

  const onRunStarted = useCallback(
    (run: RunSummary) => {
      if (data?.stripe)
        set({ ...data, stripe: { ...data.stripe, current_run: run.id }, last_run: data.last_run });
      reload();
    },
    [data, set, reload],
  );
  const app = useMemo(() => ({ api, overview, onRunStarted }), [api, overview, onRunStarted]);
  const screen = screenOf(route.path);
  useArrival(route.path, screen.title);
  return (
    <Context.Provider value={app}>
      <Shell path={route.path} expiresAtMs={session.expiresAtMs} onExpired={() => onEnd("expired")}>
        {screen.render(route)}
      </Shell>
    </Context.Provider>
  );
}

interface Screen {
  title: string;
  render: (route: ReturnType<typeof useRoute>) => preact.JSX.Element;
}

function screenOf(path: string): Screen {
  const run = /^\/runs\/([\w-]+)$/.exec(path)?.[1];
  if (run) return { title: "Sync", render: () => <RunScreen key={run} id={run} /> };
  const certificate = /^\/certificates\/([\w-]+)$/.exec(path)?.[1];
  if (certificate) {
    return { title: "Certificate", render: () => <CertificateScreen key={certificate} id={certificate} /> };
  }
  switch (path) {
    case "/certificates":
      return { title: "Certificates", render: () => <CertificatesScreen /> };
    case "/syncs":
      return { title: "Sync history", render: (route) => <HistoryScreen route={route} /> };
    case "/problems":
      return { title: "Problems", render: (route) => <ProblemsScreen route={route} /> };
    case "/stripe":
      return { title: "Stripe", render: () => <ConnectScreen /> };
    case "/settings":
      return { title: "Settings", render: () => <SettingsScreen /> };
    case "/access":
      return { title: "Access", render: () => <AccessScreen /> };
    default:
      return { title: "Overview", render: () => <OverviewScreen /> };
  }
}

/** A change of screen is told to the title, to the scroll position and to the focus, as a page load would. */
function useArrival(path: string, title: string): void {
  const first = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each place, also when titles are the same.
  useEffect(() => {
    document.title = `${title} · Stripe Sync`;
    if (!first.current) {
      window.scrollTo(0, 0);
      document.querySelector<HTMLElement>("h1")?.focus();
    }
    first.current = false;
  }, [path, title]);
}
