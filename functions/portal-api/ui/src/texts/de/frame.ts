/** The frame around all screens, and the pages without a session. */

import type { Texts } from "../en";
import { count } from "./plural";

const SESSION_END_ADVICE =
  "Eine laufende Synchronisierung geht ohne diese Seite weiter; starten Sie Stripe Sync in Blnk Cloud neu, um hier weiterzumachen.";

export const frame: Texts["frame"] = {
  skip: "Zum Inhalt springen",
  navigation: "Hauptnavigation",
  settingsNavigation: "Einstellungen",
  places: {
    overview: "Übersicht",
    syncs: "Syncs",
    payouts: "Auszahlungen",
    statements: "Abschlüsse",
    search: "Suche",
    // Without room it breaks where the language does: not every browser knows where.
    attention: "Handlungs\u00ADbedarf",
    reconciliation: "Abstimmung",
    settings: "Einstellungen",
  },
  settingsPlaces: {
    settings: "Allgemein",
    notices: "Mitteilungen",
    stripe: "Stripe-Konto",
    access: "Zugriff",
    activity: "Protokoll",
  },
  openItems: (n) => ` (${count(n, { one: "offener Punkt", other: "offene Punkte" })})`,
  manyItems: "99+",
  titles: {
    overview: "Übersicht",
    syncs: "Verlauf der Synchronisierungen",
    run: "Synchronisierung",
    payouts: "Auszahlungen",
    payout: "Auszahlung",
    statements: "Abschlüsse",
    search: "Suche",
    certificates: "Abstimmung",
    certificate: "Zertifikat",
    problems: "Handlungsbedarf",
    problem: "Punkt",
    stripe: "Stripe-Konto",
    settings: "Einstellungen",
    notices: "Mitteilungen",
    access: "Zugriff",
    activity: "Protokoll",
  },
  searchFor: "Kennung, E-Mail oder Betrag suchen",
  pageTitle: (screen) => `${screen} · Stripe Sync`,
  appearance: "Darstellung",
  themes: { system: "System", light: "Hell", dark: "Dunkel" },
  zone: "Zeitzone",
  zones: { utc: "UTC", local: (zone) => `Lokal (${zone})` },
  sessionEnds: {
    twoMinutes: `Diese Sitzung endet in weniger als zwei Minuten. ${SESSION_END_ADVICE}`,
    oneMinute: `Diese Sitzung endet in weniger als einer Minute. ${SESSION_END_ADVICE}`,
    saveFirst: " Speichern Sie vorher Ihre Änderungen: Nicht alle bleiben erhalten.",
  },
  opening: " Ihre Sitzung wird geöffnet …",
  unreachable: "Stripe Sync ist nicht erreichbar",
  offlineText: "Die App versucht es automatisch erneut. Sie sehen den letzten bekannten Stand.",
};

const LAUNCH_AGAIN = "Starten Sie Stripe Sync in Blnk Cloud neu.";

export const sessionEnd: Texts["sessionEnd"] = {
  reasons: {
    expired: {
      title: "Sie wurden abgemeldet",
      text: "Sitzungen sind kurz, um Ihre Daten zu schützen. Eine laufende Synchronisierung geht ohne diese Seite weiter.",
      next: LAUNCH_AGAIN,
    },
    removed: {
      title: "Sie wurden abgemeldet",
      text: "Stripe Sync wurde aus diesem Arbeitsbereich entfernt oder neu installiert, nachdem diese Seite geöffnet wurde. Diese Seite hat keinen Zugriff mehr.",
      next: "Wenn die App installiert ist, starten Sie sie in Blnk Cloud neu.",
    },
    link_expired: {
      title: "Dieser Startlink ist abgelaufen",
      text: "Ein Startlink funktioniert nur wenige Minuten und wenige Male.",
      next: LAUNCH_AGAIN,
    },
    link_invalid: {
      title: "Dieser Startlink funktioniert nicht",
      text: "Der Link ist beschädigt oder für etwas anderes bestimmt.",
      next: LAUNCH_AGAIN,
    },
    missing: {
      title: "Öffnen Sie Stripe Sync in Blnk Cloud",
      text: "Die App öffnet sich aus den Apps Ihres Arbeitsbereichs.",
      next: "Suchen Sie Stripe Sync in Blnk Cloud unter den installierten Apps und starten Sie die App.",
    },
  },
  dashboard: "Zu Blnk Cloud",
};
