/** Syncs and previews: their states, their progress, their list. */

import type { Texts } from "../en";
import { rich } from "../rich";
import { nouns } from "./common";

export const runs: Texts["runs"] = {
  states: {
    queued: "In der Warteschlange",
    running: "Läuft",
    completed: "Fertig",
    completed_with_problems: "Fertig",
    failed: "Fehlgeschlagen",
    cancelled: "Gestoppt",
    paused: "Pausiert",
  },
  completedWith: (n) => `Fertig – ${nouns.items(n)} zu prüfen`,
  stopping: "Wird gestoppt",
  waiting: "Wartet",
  parties: {
    stripe: "Wartet auf Stripe",
    blnk: "Wartet auf Blnk",
    aws: "Wartet auf Dienste dieser App",
    app: "Wartet auf die App selbst",
  },
  partyWithStatus: (party, status) => `${party} (Fehler ${status})`,
  triggers: {
    manual: "Von Hand gestartet",
    schedule: "Nach Zeitplan gestartet",
    webhook: "Durch ein Ereignis bei Stripe gestartet",
  },
  scopes: {
    preview: "Vorschau",
    everything: "Vollständige Prüfung",
    new: "Synchronisierung",
  },
  phases: {
    paused: "Pausiert",
    queued: "Wartet auf den Start",
    preview: "Bewegungen werden gezählt",
    proof: "Beide Seiten werden verglichen",
    mirror: "Bewegungen werden gebucht",
  },
  steps: { queued: "Start", movements: "Bewegungen", proof: "Prüfung", done: "Fertig" },
  progress: { preview: "Fortschritt der Vorschau", sync: "Fortschritt der Synchronisierung" },
  progressBar: "Fortschritt",
  shareAndLeft: (share, left) => `${share} · noch ${left}`,
  days: {
    reading: (done, all) => `${done} von ${all} Tagen gelesen`,
    checking: (done, all) => `${done} von ${all} Tagen geprüft`,
  },
  spokenProgress: (phase, records, posted) =>
    `${phase}: ${nouns.records(records)} gelesen, ${posted} gebucht.`,
  spokenEnd: (kind, state) =>
    `${kind === "preview" ? "Vorschau" : "Synchronisierung"} beendet: ${state}.`,
  recordsRead: (figure) => rich`${figure} Datensätze gelesen`,
  recordsReadOf: (figure, all) => rich`${figure} von ${all} Datensätzen gelesen`,
  reachedBack: (date) => ` · bis zurück zum ${date}`,

  waitingFacts: {
    answer: "Antwort",
    call: "Aufruf",
    request: "Anfrage",
    since: "Seit",
    nextAttempt: "Nächster Versuch",
  },
  waitingTitle: (party, next) => `${party}. Nächster Versuch ${next}.`,
  waitingSince: (at, attempts) => rich`${at}, ${nouns.attempts(attempts)}`,
  goesOnByItself:
    "Die Synchronisierung geht von selbst weiter. Nichts geht verloren, nichts wird doppelt gebucht.",
  tryNow: "Jetzt versuchen",
  askedToGoOn: "Die Synchronisierung wurde gebeten, weiterzumachen.",
  stalled: "Seit einer Weile hat sich nichts geändert",
  stalledText:
    "Stripe oder das Hauptbuch ist vielleicht langsam. Nichts geht verloren, und ein neuer Versuch bucht nichts doppelt.",
  askAgain: "Jetzt erneut versuchen",

  counters: {
    records: "Gelesene Datensätze",
    posted: "Gebucht",
    there: "Schon vorhanden",
    problems: "Zu prüfen",
    problemsSoFar: "Bisher zu prüfen",
    time: "Dauer",
    customersCreated: "Neue Kundensalden",
    customersUpdated: "Geänderte Kunden",
    pages: "Gelesene Seiten",
    stripeCalls: "Aufrufe bei Stripe",
    ledgerCalls: "Aufrufe beim Hauptbuch",
  },
  posted: (n) => `${nouns.entries(n)} gebucht`,
  readOnly: "Nur-Lese-Modus",
  proofPrefix: "Ergebnis: ",

  back: "← Verlauf",
  found: (n) => `${nouns.items(n)} zu prüfen`,
  wentOn: (link) => rich`Alle anderen Datensätze sind gebucht. ${link("Ansehen")}`,
  wentOnReadOnly: (link) =>
    rich`Gefunden beim Vergleichen; nichts wurde gebucht. ${link("Ansehen")}`,
  endedEarly: (link) =>
    rich`Die Synchronisierung endete vorzeitig; die nächste macht dort weiter. ${link("Ansehen")}`,
  foundInPreview:
    "Sie brauchen eine Entscheidung. Die Synchronisierung bucht alle anderen Datensätze.",
  whatItDid: "Was sie getan hat",
  proof: "Vergleich",
  matches: "Alles stimmt überein.",
  toOverview: "Zur Übersicht",
  totals: "Summen nach Währung",
  totalsCaption: "Summen nach Saldo und Währung",
  totalColumns: {
    payIns: "Zahlungseingänge",
    other: "Erstattungen, Anfechtungen, anderes",
    fees: "Gebühren",
    payouts: "Auszahlungen",
    net: "Veränderung",
  },
  times: "Zeiten",
  timeFacts: {
    requested: "Angefordert",
    started: "Gestartet",
    finished: "Beendet",
    oldest: "Ältester Datensatz",
    id: "Kennung",
  },

  stop: "Stoppen",
  stops: "Stoppt nach dieser Seite …",
  spokenStop: "Die Synchronisierung stoppt nach der Seite, an der sie arbeitet.",
  stopTitle: { preview: "Diese Vorschau stoppen?", sync: "Diese Synchronisierung stoppen?" },
  stopConfirm: { preview: "Vorschau stoppen", sync: "Synchronisierung stoppen" },
  stopText:
    "Sie endet nach der Seite, an der sie arbeitet. Was gebucht ist, bleibt; die nächste Synchronisierung macht dort weiter und bucht nichts doppelt.",

  started: "Synchronisierung gestartet.",
  alreadyRunning: "Eine Synchronisierung läuft bereits.",
  goesOn: "Die Synchronisierung geht weiter.",
};
