/** Before the first posting: the preview of a sync, and the confirmation that starts it. */

import type { Texts } from "../en";
import { rich } from "../rich";
import { nouns } from "./common";
import { count } from "./plural";

export const preview: Texts["preview"] = {
  readOnly: "Nur-Lese-Modus",
  readOnlyText: (link) =>
    rich`Diese App darf Ihr Hauptbuch lesen, aber nicht hinein buchen. Synchronisierungen lesen Stripe, vergleichen beide Seiten und zeigen, was sie buchen würden. ${link("Was eine Berechtigung hinzufügt")}`,
  start: "Vorschau",
  startAgain: "Neue Vorschau",
  see: "Vorschau ansehen",
  isBeingMade: "Die Vorschau wird erstellt.",

  title: "Was diese Synchronisierung bucht",
  titleFollowed: "Was diese Vorschau gefunden hat",
  about: (figure) => rich`etwa ${figure}`,
  timeWithCheck: (figure) => rich`etwa ${figure}, danach die Prüfung`,
  facts: {
    there: "Schon im Hauptbuch",
    beforeStart: "Vor dem Beginn",
    currencies: "Währungen",
    period: "Zeitraum",
    unreadable: "Nicht buchbar",
    time: "Dauer",
    stripeCalls: "Aufrufe bei Stripe",
    customers: "Neue Kunden",
    customersThere: "Vorhandene Kunden",
    customersMatched: "Zugeordnete Kunden",
    customersOpen: "Kunden noch offen",
    customerBalances: "Neue Kundensalden",
  },
  beforeStart: (movements, date) =>
    `${nouns.movements(movements)} vor ${date}, in Eröffnungsbuchungen`,
  period: (first, last) => `${first} – ${last}`,
  matchedByEmail: (figure) => rich`${figure}, nach E-Mail-Adresse, zu vorhandenen Identitäten`,
  notKnownYet: (figure) =>
    rich`${figure}: Die Synchronisierung zeigt, ob ihre E-Mail-Adresse zu einer Identität passt`,
  findings: {
    does_not_add_up: "Geht bei Stripe nicht auf",
    foreign_fee: "Gebühr in anderer Währung",
    customer_unknown: "Kunde von Stripe nicht genannt",
  },

  blocked: "Blockiert",
  conflict: (currency) => `${currency} lässt sich in dieses Hauptbuch nicht buchen`,
  conflictText: (currency, ours, theirs) =>
    `Ihr Hauptbuch führt ${currency} mit der Genauigkeit ${theirs}, Stripe mit ${ours}.`,
  conflictEntry: (entry) => rich`Gefunden in Buchung ${entry}.`,
  conflictAdvice:
    "Verwenden Sie für dieses Stripe-Konto eine andere Blnk-Instanz, oder bitten Sie Ihre Blnk-Administration, diese Buchungen auf die übliche Genauigkeit umzustellen.",
  blockedReason:
    "Die Synchronisierung kann nicht starten, solange sich eine Währung nicht buchen lässt.",
  followed: (link) =>
    rich`Das hat eine Synchronisierung inzwischen gebucht. ${link("Zur letzten Synchronisierung")}`,
  underWay: (link) => rich`Eine Synchronisierung läuft. ${link("Zum Fortschritt")}`,

  startSync: "Synchronisierung starten",
  startTitle: "Synchronisierung starten?",
  startReadOnly:
    "Beide Seiten werden gelesen und verglichen. Nichts wird gebucht, weil diese App nicht in das Hauptbuch buchen darf.",
  startText: (entries) =>
    `Sie bucht ${nouns.entries(entries)} in Ihr Hauptbuch und vergleicht dann beide Seiten. Buchungen lassen sich nicht löschen. Danach starten Synchronisierungen auch nach Zeitplan und durch Ereignisse bei Stripe.`,

  firstSyncTitle: "Erste Synchronisierung starten?",
  firstSyncText:
    "Sie liest die ganze Historie dieses Stripe-Kontos und bucht sie in Ihr Hauptbuch, ab dem Startdatum, wenn die Einstellungen eines nennen. Dann werden beide Seiten verglichen. Buchungen lassen sich nicht löschen. Danach starten Synchronisierungen auch nach Zeitplan und durch Ereignisse bei Stripe.",
  seeFirst: (link) =>
    rich`${link("Zuerst die Vorschau ansehen")}: was gebucht würde, ohne dass etwas geschrieben ist.`,
  previewFirst: "Zuerst eine Vorschau",
  previewFirstText: "Eine Vorschau zeigt, was gebucht würde, und schreibt nichts.",

  unknown: {
    title: "Unbekannte Bewegungen",
    text: "Diese Bewegungen kommen auf das Klärungskonto, und jede steht unter „Handlungsbedarf“.",
    caption: "Unbekannte Bewegungen nach Art",
    kind: "Art",
    sum: "Summe",
    more: (n) => `und ${nouns.movements(n)} weiterer Arten`,
  },
  accounts: {
    title: "Salden danach",
    caption: "Konten des Hauptbuchs nach der Synchronisierung",
    debits: "Soll",
    credits: "Haben",
    allCustomers: "Alle Kunden",
    sign: "In Ihrem Hauptbuch tragen diese Konten das umgekehrte Vorzeichen des Saldos bei Stripe.",
    more: (n) =>
      `${count(n, { one: "Buchungsseite steht", other: "Buchungsseiten stehen" })} auf weiteren, nicht aufgeführten Konten.`,
    showAll: (n) => `Alle ${n} zeigen`,
  },
};
