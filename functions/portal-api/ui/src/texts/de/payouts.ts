/** Auszahlungen und was sie abrechneten. */

import type { LateTexts } from "../late-en";
import { rich } from "../rich";
import { count } from "./plural";

export const payoutPlace: LateTexts["payoutPlace"] = {
  intro:
    "Woraus jede Gutschrift auf Ihrem Bankkonto besteht. Tage sind UTC-Tage, wie in den Berichten von Stripe.",
  statuses: {
    pending: "Ausstehend",
    in_transit: "Unterwegs",
    paid: "Ausgezahlt",
    failed: "Fehlgeschlagen",
    canceled: "Storniert",
  },
  reconciliations: {
    reconciled: "Abgestimmt",
    remainder: "Mit Rest",
    pending: "Noch nicht geprüft",
    not_listed: "Von Stripe nicht aufgeführt",
    returned: "Rückgebucht",
  },
  notes: {
    reconciled: "Ihre Zahlungen, Erstattungen und Gebühren ergeben die Gutschrift.",
    remainder:
      "Ihre Zahlungen, Erstattungen und Gebühren ergeben nicht die Gutschrift. Stripe kann eine Bewegung nachtragen.",
    pending:
      "Eine der nächsten Synchronisierungen addiert ihre Bewegungen, sobald Stripe sie abgeschlossen hat.",
    not_listed:
      "Stripe führt nur die Bewegungen automatischer Auszahlungen auf. Der Betrag selbst gehört zur Prüfung des Saldos.",
    returned:
      "Sie schlug fehl oder wurde storniert, und das Geld kam zurück. Eine spätere Auszahlung rechnet ihre Bewegungen ab.",
  },
  entries: {
    posted: "Im Hauptbuch",
    not_applied: "Nicht angewandt",
    missing: "Nicht im Hauptbuch",
    before_start: "Vor dem Beginn",
    no_movement: "Nichts zu buchen",
  },
  filters: {
    label: "Auswahl",
    month: "Monat",
    anyMonth: "Alle Monate",
    status: "Stand",
    anyStatus: "Jeder Stand",
    reconciliation: "Abstimmung",
    anyReconciliation: "Alle",
  },
  csv: "CSV",
  columns: {
    arrival: "Ankunft",
    amount: "Betrag",
    status: "Stand",
    movements: "Bewegungen",
    reconciliation: "Abstimmung",
  },
  caption: "Auszahlungen, neueste zuerst",
  unknownDay: "Ankunft nicht bekannt",
  unknownAmount: "Betrag nicht bekannt",
  wasDue: (day) => `war am ${day} fällig`,
  arrivesOn: (day, span) => (span ? `kommt am ${day} an (${span})` : `kommt am ${day} an`),
  empty: "Hier ist keine Auszahlung",
  emptyText:
    "Auszahlungen erscheinen, sobald Synchronisierungen sie lesen. In einem anderen Monat oder mit anderer Auswahl gibt es vielleicht welche.",
  noneYet: "Auf dieser Seite sind keine weiteren. Laden Sie mehr, um weiter zu suchen.",
  back: "← Auszahlungen",
  title: (amount) => rich`Auszahlung von ${amount}`,
  titleNoAmount: "Auszahlung",
  facts: {
    title: "Die Auszahlung",
    id: "Auszahlung",
    arrival: "Ankunft",
    created: "Angelegt",
    bank: "Ziel",
    trace: "Kennung der Bank",
    descriptor: "Auf dem Kontoauszug",
    description: "Beschreibung",
    kind: "Art",
    failure: "Fehlschlag",
    seen: "Gesehene Stände",
    left: "Geld hinaus",
    cameBack: "Geld zurück",
    reversedBy: "Zurückgenommen durch",
    reverses: "Nimmt zurück",
  },
  kinds: { automatic: "Automatisch", manual: "Von Hand", instant: "Sofort" },
  endingIn: (last4) => `endet auf ${last4}`,
  settled: "Woraus die Gutschrift besteht",
  settledCaption: (currency) => `Bewegungen nach Art in ${currency}`,
  deposit: "Gutschrift",
  remainder: "Rest",
  members: "Bewegungen",
  membersCaption: "Bewegungen, die diese Auszahlung abrechnete",
  memberColumns: {
    movement: "Bewegung",
    gross: "Brutto",
    fees: "Gebühren",
    net: "Netto",
    ledger: "Hauptbuch",
  },
  membersCount: (n) => count(n, { one: "Bewegung", other: "Bewegungen" }),
  unreadable: (n) =>
    `${count(n, { one: "Bewegung", other: "Bewegungen" })} in einer Form, die sich nicht lesen lässt.`,
  noMembers: "Keine Bewegungen aufgeführt",
  atStripe: "Bei Stripe ansehen",
  entry: "Buchung",
  inStripe: "Stripe",
  find: "Suchen",
};
