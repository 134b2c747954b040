/** Words that many screens use. */

import type { Texts } from "../en";
import { count } from "./plural";

export const common: Texts["common"] = {
  appName: "Stripe Sync",
  loading: "Wird geladen …",
  loadMore: "Mehr laden",
  tryAgain: "Erneut versuchen",
  notNow: "Nicht jetzt",
  cancel: "Abbrechen",
  none: "Keine",
  newTab: " (öffnet einen neuen Tab)",
  test: "Test",
  live: "Live",
  balance: "Saldo",
  entries: "Buchungen",
  movements: "Bewegungen",
  account: "Konto",
  connected: "Verbunden",
  mode: "Modus",
  mirror: "Konto im Hauptbuch",
  unknown: "unbekannt",
  technicalDetails: "Technische Einzelheiten",
};

export const nouns: Texts["nouns"] = {
  records: (n) => count(n, { one: "Datensatz", other: "Datensätze" }),
  entries: (n) => count(n, { one: "Buchung", other: "Buchungen" }),
  items: (n) => count(n, { one: "Punkt", other: "Punkte" }),
  movements: (n) => count(n, { one: "Bewegung", other: "Bewegungen" }),
  balances: (n) => count(n, { one: "Saldo", other: "Salden" }),
  attempts: (n) => count(n, { one: "Versuch", other: "Versuche" }),
  hours: (n) => count(n, { one: "Stunde", other: "Stunden" }),
};

export const time: Texts["time"] = {
  justNow: "gerade eben",
  now: "jetzt",
  in: (span) => `in ${span}`,
  when: (span, exact) => `${span} (${exact})`,
  also: (utc) => `, ${utc}`,
  lessThanAMinute: "weniger als eine Minute",
  aboutMinutes: (minutes) => `etwa ${minutes} Min.`,
  seconds: (seconds) => `${seconds} s`,
  minutes: (minutes, seconds) => `${minutes} Min. ${seconds} s`,
  hours: (hours, minutes) => `${hours} Std. ${minutes} Min.`,
  utc: (stamp) => `${stamp} UTC`,
};

export const errors: Texts["errors"] = {
  titles: {
    timed_out: "Die App hat nicht rechtzeitig geantwortet",
    unreachable: "Die App ist nicht erreichbar",
    unreadable_answer: "Die Antwort der App war nicht lesbar",
    page_failed: "Auf dieser Seite ist ein Fehler aufgetreten",
    unexpected: "Etwas ist schiefgegangen",
    unexpected_answer: "Die App ist nicht erreichbar",
    unavailable: "Die App ist ausgelastet",
    internal: "In der App ist etwas schiefgegangen",
    not_found: "Nicht gefunden",
    bad_request: "Die Anfrage wurde nicht angenommen",
    changed_meanwhile: "Inzwischen hat jemand anderes etwas geändert",
    problem_changed: "Dieser Punkt hat sich inzwischen geändert",
    not_connected: "Kein Stripe-Konto ist verbunden",
    permission_missing: "Der App fehlt eine Berechtigung",
    blnk_key_refused: "Blnk akzeptiert den Schlüssel dieser App nicht mehr",
    run_open: "Eine Synchronisierung läuft",
    inactive: "Die App ist nicht mehr installiert",
    invalid_setting: "Diese Einstellung wurde nicht angenommen",
    malformed_secret: "Das ist kein Signaturgeheimnis",
    webhook_refused: "Stripe hat den Webhook-Endpunkt nicht angenommen",
    webhook_right_missing: "Der Schlüssel darf keine Webhook-Endpunkte anlegen",
  },
  texts: {
    unavailable:
      "Ein Dienst, den sie braucht, hat nicht geantwortet. Nichts ging verloren; bitte versuchen Sie es gleich noch einmal.",
    internal:
      "Nichts ging verloren. Bitte versuchen Sie es noch einmal; besteht der Fehler weiter, geben Sie den Code unten an den Betreiber der App.",
    not_found: "Der Link ist vielleicht veraltet, oder der Eintrag wurde entfernt.",
    bad_request: "Prüfen Sie Ihre Eingabe und versuchen Sie es noch einmal.",
    changed_meanwhile:
      "Laden Sie neu, um den aktuellen Stand zu sehen, und versuchen Sie es dann noch einmal.",
    problem_changed:
      "Laden Sie neu, um den aktuellen Stand zu sehen, und versuchen Sie es dann noch einmal.",
    permission_missing:
      "Berechtigungen werden bei der Installation erteilt: Installieren Sie die App in Blnk Cloud neu, um weitere zu erteilen.",
    blnk_key_refused:
      "Installieren Sie Stripe Sync in Blnk Cloud neu und öffnen Sie die App dann wieder.",
    run_open: "Eine Vorschau ist möglich, sobald sie beendet ist.",
    malformed_secret:
      "Ein Signaturgeheimnis beginnt mit whsec_. Stripe zeigt es auf der Seite des Endpunkts.",
  },
  tooManyRequests: "Gerade zu viele Anfragen",
  refused: "Die Anfrage wurde nicht angenommen",
  forbidden: "Das ist nicht erlaubt",
  failed: "In der App ist etwas schiefgegangen",
  nothingLost: "Nichts ging verloren. Bitte versuchen Sie es gleich noch einmal.",
  code: (code) => `Code ${code}`,
  requestId: (id) => `Anfrage ${id}`,
};
