/** The settings. */

import type { LateTexts } from "../late-en";
import { rich } from "../rich";
import { nouns } from "./common";

export const settings: LateTexts["settings"] = {
  save: "Änderungen speichern",
  saving: "Wird gespeichert …",
  undo: "Änderungen verwerfen",
  unsaved: "Es gibt ungespeicherte Änderungen.",
  restored: "Ihre ungespeicherten Änderungen sind wieder da.",
  saved: "Einstellungen gespeichert.",
  savedScheduleLater: "Gespeichert. Der Zeitplan ändert sich innerhalb einer Stunde.",
  show: "Einstellungen zeigen",
  confirmTitle: "Was sich ab jetzt ändert",
  postedStays: "Was gebucht ist, bleibt, wie es ist.",
  changedMeanwhile:
    "Inzwischen hat jemand anderes die Einstellungen geändert. Nichts wurde gespeichert.",
  showPresent: "Aktuelle Einstellungen zeigen",

  differences: {
    schedule: {
      every: (words) => `Synchronisierungen starten von selbst: ${words}.`,
      off: "Nach Zeitplan startet nichts mehr. Eine tägliche Prüfung läuft trotzdem.",
    },
    account: (purpose, after, before) =>
      rich`${purpose}: Neue Buchungen gehen auf ${after}. ${before} behält, was darauf steht.`,
    payIns: {
      customers:
        "Neue Zahlungen gehen auf den Saldo des Kunden, der gezahlt hat. Frühere und ihre Erstattungen bleiben, wo sie gebucht sind.",
      one_account:
        "Neue Zahlungen gehen auf ein Konto. Frühere und ihre Erstattungen bleiben auf den Kundensalden.",
    },
    startDate: (movements, from, to) =>
      `${movements === null ? "Bewegungen" : nouns.movements(movements)} ${from === null ? "von Anfang an" : `ab ${from}`} bis vor ${to} werden auch gebucht, jede mit ihren Buchungen, und die Eröffnungsbuchung wird um denselben Betrag berichtigt. Der Beginn lässt sich nicht wieder auf ein späteres Datum legen.`,
    copied: (part) => `${part}: wird mit der nächsten Änderung des Kunden bei Stripe kopiert.`,
    notCopied: (part) =>
      `${part}: wird nicht mehr kopiert. Identitäten behalten, was sie haben, bis Sie es in Blnk entfernen.`,
    matched:
      "Neue Kunden können einer Identität mit derselben E-Mail-Adresse zugeordnet werden. Bekannte Kunden behalten ihre.",
    notMatched: "Neue Kunden bekommen eine eigene Identität. Zugeordnete bleiben zugeordnet.",
    limit: (amount, currency) =>
      `Eine Bewegung oder Eröffnungsbuchung über ${amount} ${currency} pausiert die Synchronisierung und fragt zuerst Sie.`,
    noLimit: (currency) =>
      `Beträge in ${currency} werden ohne Rückfrage gebucht, wie groß sie auch sind.`,
  },

  start: {
    title: "Startdatum",
    intro:
      "Bewegungen vor diesem Tag werden je Währung in einer Eröffnungsbuchung zusammengefasst. Ohne Datum wird die ganze Historie gebucht.",
    postedFrom: (date) => ` Gebucht werden Bewegungen ab ${date}.`,
    onlyEarlier:
      " Bewegungen sind schon gebucht: Das Startdatum kann nur auf ein früheres Datum rücken.",
    firstDay: "Erster Tag (UTC)",
    wholeHistory: "Ganze Historie",
  },
  accounts: {
    title: "Konten im Hauptbuch",
    intro: "Wohin Zahlungen in Ihrem Hauptbuch gehen.",
    payments: "Zahlungen",
    customers: "Der Saldo jedes Kunden",
    customersText: "Zahlungen ohne Kunden teilen sich ein Konto.",
    oneAccount: "Ein Konto für alle Zahlungen",
    names: "Kontonamen",
    namesText:
      "@ und Buchstaben, Ziffern oder Unterstriche. Leer bedeutet den grau gezeigten Namen. Die Konten der Salden von Stripe behalten ihre Namen.",
    purposes: {
      guests: "Zahlungen ohne Kunden",
      customers: "Alle Zahlungen, wenn sie sich ein Konto teilen",
      payouts: "Auszahlungen unterwegs",
      disputes: "Angefochtene Zahlungen",
      fees: "Gebühren von Stripe",
      tax: "Steuern auf Gebühren",
      connect: "Verbundene Konten",
      platform: "Plattformgebühren",
      connect_reserved: "Rücklage für verbundene Konten",
      reserves: "Einbehalt für Risiken",
      payout_minimum: "Einbehaltenes Minimum bei Auszahlungen",
      advances: "Vorschüsse und Darlehen",
      issuing_spend: "Kartenausgaben",
      climate: "Klimabeiträge",
      unclaimed: "Nicht abgerufenes Geld",
      suspense: "Klärungskonto, von Hand zuzuordnen",
      opening: "Eröffnungssaldo",
    },
  },
  customers: {
    title: "Kundendaten",
    intro: "Was von einem Stripe-Kunden in die Identität in Ihrem Hauptbuch kopiert wird.",
    name: "Name",
    email: "E-Mail-Adresse",
    phone: "Telefonnummer",
    address: "Postanschrift",
    matching: "Zuordnung",
    match: "Nach E-Mail-Adresse zuordnen",
    matchText:
      "Ein neuer Kunde wird einer Identität zugeordnet, die dieselbe Adresse schon hat. Diese Identität wird nie geändert.",
  },
  ceilings: {
    title: "Freigabe großer Beträge",
    intro:
      "Eine Bewegung über der Grenze ihrer Währung pausiert die Synchronisierung und fragt zuerst Sie.",
    currency: (row) => `Währung der Grenze ${row}`,
    amount: (row) => `Betrag der Grenze ${row}`,
    currencyExample: "EUR",
    amountExample: "12500.00",
    add: "Grenze hinzufügen",
    remove: (hidden, row) => rich`Entfernen${hidden(`: Grenze ${row}`)}`,
  },
};
