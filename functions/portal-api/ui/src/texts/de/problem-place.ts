/** Records that need a decision, and what is open at Stripe. */

import type { LateTexts } from "../late-en";
import { rich } from "../rich";
import { nouns } from "./common";
import { count } from "./plural";

const REFUSED_ADVICE =
  "Beseitigen Sie, was das Hauptbuch beanstandet, und versuchen Sie es erneut. Gebucht wird einmal, sooft Sie es auch versuchen.";
const BALANCE_CORRECT =
  "Der Saldo stimmt. Schließen Sie diesen Punkt, oder fragen Sie Stripe nach dem Datensatz.";
const ASKED_AGAIN =
  "Jede Synchronisierung fragt Stripe erneut und bucht, sobald Stripe antwortet. Bleibt es tagelang dabei, fragen Sie den Support von Stripe.";

export const problemPlace: LateTexts["problemPlace"] = {
  states: { open: "Offen", dismissed: "Geschlossen", resolved: "Gelöst" },
  actions: {
    retry: "Erneut versuchen",
    fix_in_ledger: "Im Hauptbuch beheben",
    fix_in_stripe: "Bei Stripe beheben",
    review: "Prüfen",
    nothing: "Nichts zu tun",
    contact: "Betreiber informieren",
  },
  advice: {
    validation: REFUSED_ADVICE,
    insufficient_funds: REFUSED_ADVICE,
    customer_refused:
      "Korrigieren Sie den Kunden bei Stripe, oder beseitigen Sie, was das Hauptbuch beanstandet, und versuchen Sie es erneut. Die Zahlung wird einmal gebucht.",
    entry_differs:
      "Jemand hat unter dieser Referenz etwas anderes gebucht. Finden Sie heraus, wer, korrigieren Sie es mit einer eigenen Buchung und schließen Sie diesen Punkt.",
    foreign_entry:
      "Finden Sie heraus, wer gebucht hat. Stornieren Sie mit einer eigenen Buchung: Quelle und Ziel vertauscht, gleicher Betrag. Schließen Sie dann beide Punkte; Buchungen lassen sich nicht löschen.",
    entry_unlisted:
      "Stripe löscht Testdaten; sonst sollte kein Datensatz verschwinden. Stornieren Sie mit einer eigenen Buchung und schließen Sie beide Punkte, oder fragen Sie Stripe nach dem Datensatz.",
    entry_changed:
      "Jemand hat das Hauptbuch geändert oder unter unserer Referenz gebucht. Gleichen Sie die Abweichung mit einer eigenen Buchung aus und schließen Sie beide Punkte.",
    entry_missing:
      "Versuchen Sie es erneut: Der Datensatz wird noch einmal gelesen, und was fehlt, wird einmal gebucht.",
    customer_unknown:
      "Erteilen Sie dem Stripe-Schlüssel die Berechtigung, Kunden zu lesen, und versuchen Sie es erneut. Was auf dem Gästekonto gebucht ist, bleibt dort.",
    unknown_type:
      "Buchen Sie den Betrag vom Klärungskonto dorthin um, wohin er gehört, und schließen Sie diesen Punkt.",
    before_the_start:
      "Sehen Sie sich die Datensätze dieses Tages bei Stripe an. Setzen Sie in den Einstellungen ein früheres Startdatum, damit sie gebucht werden, oder schließen Sie diesen Punkt.",
    record_unreadable:
      "Diese Version der App kann den Datensatz nicht lesen. Informieren Sie den Betreiber der App; versuchen Sie es nach einem Update erneut.",
    does_not_add_up: BALANCE_CORRECT,
    foreign_fee: BALANCE_CORRECT,
    identity_refused:
      "Geld ist nicht betroffen. Korrigieren Sie den Kunden bei Stripe: Er wird mit seiner nächsten Änderung wieder kopiert.",
    balance_doubled:
      "Der älteste Saldo wird verwendet. Buchen Sie um, was auf den anderen steht, und schließen Sie diesen Punkt.",
    record_gone:
      "Stripe hat den Datensatz gelöscht, wie es bei Testdaten geschieht. Schließen Sie diesen Punkt.",
    record_unrendered: ASKED_AGAIN,
    page_unreadable: ASKED_AGAIN,
    right_missing:
      "Erteilen Sie dem Stripe-Schlüssel die Berechtigung, oder verbinden Sie einen anderen. Was nicht lesbar war, wird noch einmal gelesen.",
    unknown_answer:
      "Etwas zwischen dieser App und dem Dienst antwortet vielleicht an seiner Stelle. Prüfen Sie, ob der Dienst funktioniert, oder informieren Sie den Betreiber der App.",
    set_aside:
      "Es wird von selbst erneut versucht, in wachsenden Abständen. Geben Sie die Kennung der Anfrage an die andere Seite, oder korrigieren Sie den Datensatz bei Stripe, und versuchen Sie es dann erneut.",
    identity_set_aside:
      "Geld ist nicht betroffen. Es wird von selbst erneut versucht. Korrigieren Sie den Kunden bei Stripe, oder geben Sie die Kennung der Anfrage an Blnk, und versuchen Sie es dann erneut.",
  },
  unrecognised: (kind, amount) =>
    rich`Unbekannte Stripe-Bewegung (${kind}) über ${amount}, auf dem Klärungskonto`,
  unrecognisedKind: "ohne Art",

  intro: {
    unknown: "Diese Datensätze brauchen eine Entscheidung.",
    read_only:
      "Gefunden beim Lesen und Vergleichen. Nichts wurde gebucht: Diese App darf nicht in das Hauptbuch buchen.",
    not_started: "Gefunden beim Lesen. Noch nichts ist gebucht.",
    posting: (n) =>
      `Alles andere ist gebucht. ${n === 1 ? "Dieser Punkt braucht" : "Diese Punkte brauchen"} eine Entscheidung.`,
  },
  noneOpen: {
    unknown: "Kein Datensatz braucht eine Entscheidung.",
    read_only:
      "Jeder gelesene Datensatz wurde verstanden. Nichts wurde gebucht: Diese App darf nicht in das Hauptbuch buchen.",
    not_started:
      "Noch nichts ist gebucht. Was die erste Synchronisierung nicht buchen kann, steht dann hier.",
    posting: "Jeder gelesene Datensatz ist gebucht.",
  },
  empty: {
    open: "Kein Datensatz zu prüfen",
    dismissed: "Nichts geschlossen",
    resolved: "Zuletzt nichts gelöst",
  },
  noneDismissed:
    "Ein Punkt, der bleiben darf, wie er ist, lässt sich mit einer Begründung schließen.",
  noneResolved:
    "Ein Punkt ist gelöst, wenn eine spätere Synchronisierung seine Ursache nicht mehr findet.",
  someDismissed: (n) => ` Geschlossen und so belassen: ${nouns.items(n)}.`,
  noneOfKind: "Nichts von dieser Art",
  noneOfKindText: {
    open: "Kein offener Punkt dieser Art.",
    dismissed: "Kein geschlossener Punkt dieser Art.",
    resolved: "Kein gelöster Punkt dieser Art.",
  },
  otherKinds: (n) => `${nouns.items(n)} anderer Art ansehen`,

  noAlerts: "In Blnk erscheinen keine Warnungen",
  noAlertsText: (scope, link) =>
    rich`Diese App hat ${scope} nicht erhalten; Probleme stehen deshalb nur hier. ${link("Was jede Berechtigung erlaubt")}`,

  filterLabel: "Punkte nach Zustand filtern",
  kind: "Art",
  allKinds: "Alle Arten",
  orMore: "+",

  retry: "Erneut versuchen",
  retryAll: (n) => `Alle ${n} dieser Art erneut versuchen`,
  retried: (n) => `${nouns.items(n)} ${n === 1 ? "wird" : "werden"} erneut versucht.`,
  retriedSync: "Zur Synchronisierung, die es versucht",
  retriedLater: "Eine Synchronisierung läuft schon; die nächste versucht es erneut.",
  retriedMore:
    " · Es gibt mehr von dieser Art: Versuchen Sie es noch einmal, wenn sie beendet ist.",
  willBeRetried: "Wird erneut versucht",
  reopen: "Wieder öffnen",
  reopened: "Der Punkt ist wieder offen.",
  dismiss: "Schließen …",
  select: (what) => `Auswählen: ${what}`,
  selectAll: (n) => `Alle ${n} auswählen`,
  dismissSelected: (n) => `${n} ausgewählte schließen …`,
  dismissedFor: (reason) => `Geschlossen: ${reason}`,
  dismissedAt: (at, reason) => rich`Geschlossen ${at}: ${reason}`,
  resolvedAt: (at) => rich`Gelöst ${at}`,
  resolvedBy: (at, link) => rich`Gelöst ${at} durch ${link("eine spätere Synchronisierung")}`,
  firstSeen: (at) => rich`Zuerst gesehen ${at}`,
  lastSeen: (at, syncs, link) =>
    rich`zuletzt ${at}, in ${count(syncs, { one: "Synchronisierung", other: "Synchronisierungen" })} (${link("zur letzten")})`,
  inStripe: "Bei Stripe",
  inBlnk: "In Blnk",
  ownPage: "Link zu diesem Punkt",
  backToList: "← Alle Punkte",
  notFound: "Dieser Punkt ist nicht mehr offen",
  notFoundText: "Er ist vielleicht gelöst oder bei Stripe erledigt.",

  reversing: {
    button: "Gegenbuchung kopieren",
    copied: "Die Gegenbuchung ist kopiert",
    prepared: "Die Gegenbuchung liegt zum Kopieren bereit",
    text: "Sie ist nicht gebucht: Buchen Sie sie selbst in Ihrem Hauptbuch, und schließen Sie dann beide.",
    from: "Von",
    to: "An",
    amount: "Betrag",
    body: "Die Buchung im Format des Hauptbuchs",
  },

  dismissTitle: (n) => (n === 1 ? "Diesen Punkt schließen?" : `${n} Punkte schließen?`),
  dismissText:
    "Geschlossene Punkte bleiben, wie sie sind, und werden nicht mehr gezählt. Was im Hauptbuch fehlt, fehlt weiterhin, und der Vergleich meldet es weiter. Ändert sich die Ursache, ist der Punkt wieder offen.",
  dismissReason: "Begründung, zum späteren Nachlesen",
  dismissConfirm: "Schließen",
  dismissed: (n) => `${nouns.items(n)} geschlossen.`,

  urgentObjects: "Handlungsbedarf bei Stripe",
  onTheWay: "Unterwegs",
  objects: {
    payout: "Auszahlung",
    dispute: "Angefochtene Zahlung",
    refund: "Erstattung",
    charge: "Zahlung",
  },
  statuses: {
    needs_response: "Antwort nötig",
    warning_needs_response: "Rückfrage, Antwort nötig",
    under_review: "Bank prüft",
    warning_under_review: "Rückfrage, Bank prüft",
    won: "Gewonnen",
    lost: "Verloren",
    warning_closed: "Rückfrage beendet",
    failed: "Fehlgeschlagen",
    canceled: "Storniert",
    in_transit: "Unterwegs",
    paid: "Ausgezahlt",
    pending: "Ausstehend",
    requires_action: "Handlung nötig",
  },
  evidenceOver: (at) => rich`Die Bank prüft. Die Frist für Nachweise endete ${at}.`,
  underReview: "Die Bank prüft.",
  moreAtStripe: "Es gibt weitere; siehe das Dashboard von Stripe.",
  arrives: (at) => rich`Kommt an ${at}`,
  reason: (words) => `Grund: ${words}`,
};
