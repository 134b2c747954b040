/** Die Suche nach einer Bewegung von beiden Seiten. */

import type { LateTexts } from "../late-en";
import { rich } from "../rich";
import { count } from "./plural";

export const search: LateTexts["search"] = {
  label: "Wonach gesucht wird",
  intro:
    "Jede Kennung von Stripe (ch_…, re_…, po_…, cus_…, txn_…), eine Referenz oder Kennung einer Buchung, eine E-Mail-Adresse oder ein Betrag mit Währung und Tagen: 12.05 USD 2026-03-01 2026-03-31.",
  button: "Suchen",
  empty: "Eine Zahlung, eine Auszahlung, einen Kunden oder einen Betrag finden",
  emptyText:
    "Sie sehen den Datensatz von Stripe, seine Buchungen, seine Auszahlung und seinen offenen Punkt nebeneinander.",
  searching: "Stripe und das Hauptbuch werden gefragt …",
  outcomes: {
    found: "Gefunden",
    not_mirrored_yet: "Bei Stripe, und noch nicht im Hauptbuch",
    before_the_start: "Aus der Zeit vor dem Beginn",
    not_readable: "Der Stripe-Schlüssel darf das nicht lesen",
    not_found: "Weder Stripe noch das Hauptbuch kennt das",
    too_many: "Es gibt mehr, als gezeigt wird",
  },
  outcomeTexts: {
    found: "",
    not_mirrored_yet:
      "Noch hat es keine Synchronisierung gelesen. Die nächste bucht es ins Hauptbuch.",
    before_the_start: "Es gehört zu einer Eröffnungsbuchung und hat keine eigene Buchung.",
    not_readable: "Geben Sie dem Schlüssel die Berechtigung, oder verbinden Sie einen anderen.",
    not_found:
      "Prüfen Sie, ob die ganze Kennung kopiert ist und ob sie zu diesem Konto und Modus gehört.",
    too_many: "Suchen Sie nach etwas Engerem, zum Beispiel einer Kennung.",
  },
  invoice:
    "Die App liest keine Rechnungen. Suchen Sie stattdessen nach der Zahlung (pi_… oder ch_…).",
  permission: "Berechtigung",
  makeKey: "Einen Schlüssel damit anlegen",
  states: {
    posted: "Im Hauptbuch",
    partly_posted: "Teilweise im Hauptbuch",
    not_posted: "Nicht im Hauptbuch",
    not_mirrored_yet: "Noch nicht gelesen",
    before_the_start: "Vor dem Beginn",
    nothing_to_post: "Nichts zu buchen",
  },
  payoutStates: {
    own: "Das ist die Auszahlung selbst oder ihre Rückbuchung.",
    settled: "Mit dieser Auszahlung ausgezahlt.",
    not_available: "Ausstehend",
    unknown:
      "Hier nicht zu ermitteln: Die Auszahlung ist manuell oder bei Stripe noch nicht abgeschlossen, oder sie hat mehr Bewegungen, als eine Suche liest.",
  },
  notAvailable: (day) => `Ausstehend: Das Geld wird am ${day} (UTC) verfügbar.`,
  movements: (n) => count(n, { one: "Bewegung", other: "Bewegungen" }),
  facts: {
    movement: "Bewegung",
    kind: "Art",
    gross: "Brutto",
    fees: "Gebühren",
    net: "Netto",
    created: "Angelegt",
    available: "Verfügbar",
    source: "Quelle",
    customer: "Kunde",
    payout: "Auszahlung",
    problem: "Offener Punkt",
    status: "Stand",
    amount: "Betrag",
  },
  entries: "Buchungen im Hauptbuch",
  noEntries: "Keine Buchung im Hauptbuch.",
  entriesAlone: "Buchungen ohne Datensatz von Stripe hier",
  fromTo: (from, to) => rich`${from} → ${to}`,
  customerBalance: "Kundensaldo",
  posted: "Gebucht",
  notPosted: "Nicht gebucht",
  atStripe: "Bei Stripe",
  ofCustomer: "alle Bewegungen",
  inBlnk: "In Blnk ansehen",
  object: "Der Datensatz von Stripe",
  noMovement: "Er hat kein Geld bewegt, also ist nichts für ihn gebucht.",
};
