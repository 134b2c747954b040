/** Which screen each place shows. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api/error";
import { ErrorNote } from "./components/ui/error-note";
import { Skeleton } from "./components/ui/skeleton";
import type { Route } from "./lib/router";
import { OverviewScreen } from "./screens/overview/overview";
import { RunScreen } from "./screens/run/run";
import { t } from "./texts";
import { loadLateTexts } from "./texts/late";

type LaterScreens = typeof import("./later");

export interface Screen {
  title: string;
  content: JSX.Element;
}

/** The overview's pictures and its next payout come after everything else of it. */
const PICTURES = <LaterPart show={({ MoneyPictures }) => <MoneyPictures />} />;
const NEXT_PAYOUT = <LaterPart show={({ NextPayout }) => <NextPayout />} />;

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
  const problem = /^\/problems\/(.+)$/.exec(route.path)?.[1];
  if (problem)
    return later(titles.problem, ({ ProblemScreen }) => (
      <ProblemScreen key={problem} id={problem} />
    ));
  const payout = /^\/payouts\/(\w+)$/.exec(route.path)?.[1];
  if (payout)
    return later(titles.payout, ({ PayoutScreen }) => <PayoutScreen key={payout} id={payout} />);
  switch (route.path) {
    case "/certificates":
      return later(titles.certificates, ({ CertificatesScreen }) => <CertificatesScreen />);
    case "/syncs":
      return later(titles.syncs, ({ SyncsScreen }) => <SyncsScreen route={route} />);
    case "/payouts":
      return later(titles.payouts, ({ PayoutsScreen }) => <PayoutsScreen route={route} />);
    case "/statements":
      return later(titles.statements, ({ StatementsScreen }) => <StatementsScreen route={route} />);
    case "/search":
      return later(titles.search, ({ SearchScreen }) => <SearchScreen route={route} />);
    case "/activity":
      return later(titles.activity, ({ ActivityScreen }) => <ActivityScreen route={route} />);
    case "/problems":
      return later(titles.problems, ({ ProblemsScreen }) => <ProblemsScreen route={route} />);
    case "/stripe":
      return later(titles.stripe, ({ StripeScreen }) => <StripeScreen />);
    case "/settings":
      return later(titles.settings, ({ SettingsScreen }) => <SettingsScreen />);
    case "/notices":
      return later(titles.notices, ({ NoticesScreen }) => <NoticesScreen />);
    case "/access":
      return later(titles.access, ({ AccessScreen }) => <AccessScreen />);
    default:
      return {
        title: titles.overview,
        content: <OverviewScreen pictures={PICTURES} nextPayout={NEXT_PAYOUT} />,
      };
  }
}

type Show = (screens: LaterScreens) => JSX.Element;

function later(title: string, show: Show): Screen {
  return { title, content: <Later title={title} show={show} /> };
}

let loaded: LaterScreens | undefined;

/** Loads the screens that the first view does not need, once. */
export async function loadLater(): Promise<LaterScreens> {
  if (!loaded) {
    const [screens] = await Promise.all([import("./later"), loadLateTexts()]);
    loaded = screens;
  }
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

/** A part of a screen of the first view that is loaded after it. Without it the screen is still of use. */
function LaterPart({ show }: { show: Show }) {
  const [screens, setScreens] = useState(loaded);
  useEffect(() => {
    if (!screens) loadLater().then(setScreens, () => undefined);
  }, [screens]);
  return screens ? show(screens) : null;
}
