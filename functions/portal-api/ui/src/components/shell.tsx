/** The frame of a live session: name, account, navigation, the session's clock, appearance. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { onAnnounce } from "../lib/announce";
import { useApp } from "../lib/app";
import { useNow } from "../lib/query";
import { href } from "../lib/router";
import { chooseTheme, storedTheme, type Theme } from "../lib/theme";
import { Icon, type IconName, Mark } from "./icons";

/** How long before its end a session says so. */
const WARN_MS = 2 * 60 * 1000;

interface ShellProps {
  path: string;
  expiresAtMs: number;
  onExpired: () => void;
  children: ComponentChildren;
}

export function Shell({ path, expiresAtMs, onExpired, children }: ShellProps) {
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to the content
      </button>
      <header class="top">
        <div class="top-line">
          <p class="brand">
            <Mark /> Stripe Sync
          </p>
          <AccountChip />
        </div>
        <Nav path={path} />
      </header>
      <SessionClock expiresAtMs={expiresAtMs} onExpired={onExpired} />
      <main id="main" class="content" tabIndex={-1}>
        {children}
      </main>
      <footer class="foot">
        <p>Posted means proven.</p>
        <ThemeSwitch />
      </footer>
      <Spoken />
    </>
  );
}

/** The fragment belongs to the router, so this is a button that moves the focus and not a link. */
function skip(): void {
  document.getElementById("main")?.focus();
}

function AccountChip() {
  const stripe = useApp().overview.data?.stripe;
  if (!stripe) return null;
  return (
    <p class="account">
      <span class="account-name">{stripe.display_name ?? stripe.account_id}</span>
      <span class={`mode mode-${stripe.mode}`}>{stripe.mode === "test" ? "Test" : "Live"}</span>
    </p>
  );
}

const PLACES: { path: string; name: string; icon: IconName }[] = [
  { path: "/", name: "Overview", icon: "overview" },
  { path: "/syncs", name: "Syncs", icon: "syncs" },
  { path: "/problems", name: "Problems", icon: "problems" },
  { path: "/stripe", name: "Stripe", icon: "stripe" },
  { path: "/settings", name: "Settings", icon: "settings" },
  { path: "/access", name: "Access", icon: "access" },
];

/** The place in the navigation that a screen belongs to. */
function placeOf(path: string): string {
  if (path.startsWith("/runs/")) return "/syncs";
  return path.startsWith("/certificates") ? "/" : path;
}

function Nav({ path }: { path: string }) {
  const problems = useApp().overview.data?.open_problems ?? 0;
  const here = placeOf(path);
  return (
    <nav class="nav" aria-label="Main">
      {PLACES.map((place) => (
        <a key={place.path} href={href(place.path)} aria-current={place.path === here ? "page" : undefined}>
          <span class="nav-icon">
            <Icon name={place.icon} size={18} />
            {place.path === "/problems" && problems > 0 && (
              <span class="badge">{problems > 99 ? "99+" : problems}</span>
            )}
          </span>
          {place.name}
          {place.path === "/problems" && problems > 0 && <span class="visually-hidden"> open</span>}
        </a>
      ))}
    </nav>
  );
}

/** Says two minutes ahead that the session will end, and ends it on time. */
function SessionClock({ expiresAtMs, onExpired }: { expiresAtMs: number; onExpired: () => void }) {
  const left = expiresAtMs - useNow(1000);
  const over = left <= 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: ends once.
  useEffect(() => {
    if (over) onExpired();
  }, [over]);
  const near = left <= WARN_MS && !over;
  return (
    <div class="session-clock" role="status">
      {near && (
        <p class="session-warning">
          <Icon name="clock" size={16} />
          <span>
            This session ends in less than {left > WARN_MS / 2 ? "two minutes" : "one minute"}. A running sync
            goes on without this page; launch Stripe Sync again from Blnk Cloud to continue here.
          </span>
        </p>
      )}
    </div>
  );
}

const THEMES: { value: Theme; name: string }[] = [
  { value: "system", name: "System" },
  { value: "light", name: "Light" },
  { value: "dark", name: "Dark" },
];

function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">Appearance</legend>
      {THEMES.map(({ value, name }) => (
        <label key={value}>
          <input
            type="radio"
            name="theme"
            value={value}
            checked={theme === value}
            onChange={() => {
              setTheme(value);
              chooseTheme(value);
            }}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Spoken() {
  const [text, setText] = useState("");
  useEffect(() => onAnnounce(setText), []);
  return (
    <p class="visually-hidden" role="status">
      {text}
    </p>
  );
}
