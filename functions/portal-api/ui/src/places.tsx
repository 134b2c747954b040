/** Which screen each place shows. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api/client";
import { ErrorNote } from "./components/ui/error-note";
import { Skeleton } from "./components/ui/skeleton";
import type { Route } from "./lib/router";
import { OverviewScreen } from "./screens/overview/overview";
import { RunScreen } from "./screens/run/run";
import { SyncsScreen } from "./screens/syncs/syncs";
import { t } from "./texts";

type LaterScreens = typeof import("./later");

export interface Screen {
  title: string;
  content: JSX.Element;
}

export function screenOf(route: Route): Screen {
  const titles = t.frame.titles;
  const run = /^\/runs\/([\w-]+)$/.exec(route.path)?.[1];
  if (run) return { title: titles.run, content: <RunScreen key={run} id={run} /> };
  const certificate = /^\/certificates\/([\w-]+)$/.exec(route.path)?.[1];
  if (certificate) {
    return later(titles.certificate, ({ CertificateScreen }) => (
      <CertificateScreen key={certificate} id={certificate} />
    ));
  }
  switch (route.path) {
    case "/certificates":
      return later(titles.certificates, ({ CertificatesScreen }) => <CertificatesScreen />);
    case "/syncs":
      return { title: titles.syncs, content: <SyncsScreen route={route} /> };
    case "/problems":
      return later(titles.problems, ({ ProblemsScreen }) => <ProblemsScreen route={route} />);
    case "/stripe":
      return later(titles.stripe, ({ StripeScreen }) => <StripeScreen />);
    case "/settings":
      return later(titles.settings, ({ SettingsScreen }) => <SettingsScreen />);
    case "/access":
      return later(titles.access, ({ AccessScreen }) => <AccessScreen />);
    default:
      return { title: titles.overview, content: <OverviewScreen /> };
  }
}

type Show = (screens: LaterScreens) => JSX.Element;

function later(title: string, show: Show): Screen {
  return { title, content: <Later title={title} show={show} /> };
}

let loaded: LaterScreens | undefined;

/** Loads the screens that the first view does not need, once. */
export async function loadLater(): Promise<LaterScreens> {
  loaded ??= await import("./later");
  return loaded;
}

/** A screen that may have to be loaded first. */
function Later({ title, show }: { title: string; show: Show }) {
  const [screens, setScreens] = useState(loaded);
  const [failed, setFailed] = useState(false);
  const waited = useRef(false);
  useEffect(() => {
    // The heading that had the focus is gone with what stood in for the screen.
    if (screens && waited.current) document.querySelector<HTMLElement>("h1")?.focus();
    if (screens) return;
    waited.current = true;
    loadLater().then(setScreens, () => setFailed(true));
  }, [screens]);
  if (screens) return show(screens);
  return (
    <>
      <h1 tabIndex={-1}>{title}</h1>
      {failed ? (
        <ErrorNote error={ApiError.local("unreachable")} retry={() => window.location.reload()} />
      ) : (
        <Skeleton lines={6} tall />
      )}
    </>
  );
}
