/** The comparison of both sides: its result, the entries that differ, payouts and certificates. */

import type { Texts } from "../en";
import { rich } from "../rich";
import { nouns } from "./common";
import { count, form } from "./plural";

export const proof: Texts["proof"] = {
  verdicts: {
    match: "Stimmt",
    mismatch: "Weicht ab",
    inconclusive: "Offen",
    not_compared: "Nicht verglichen",
  },
  statements: {
    match: "Stripe und Ihr Hauptbuch stimmen auf den Cent überein.",
    mismatch: "Stripe und Ihr Hauptbuch weichen voneinander ab.",
    inconclusive: "Während der Prüfung war Geld in Bewegung.",
  },
  readOnlyVerdict: "Nur gelesen",
  readOnlyStatements: {
    mismatch: "Die Zahlen von Stripe weichen voneinander ab.",
    inconclusive: "Nur-Lese-Modus: verglichen, nichts gebucht.",
  },
  readOnlySummaries: {
    stripeAgrees:
      "Die Liste von Stripe ergibt den Saldo von Stripe. „Nicht gebucht“ zeigt, was nicht in Ihrem Hauptbuch ist, weil diese App nicht hinein buchen darf.",
    stripeDiffers:
      "Liste und Saldo von Stripe weichen vorerst voneinander ab; die nächste Synchronisierung vergleicht wieder. Im Nur-Lese-Modus wird nichts gebucht.",
  },
  matchSummary: (compared, all, records) =>
    `${nouns.records(records)} in ${nouns.balances(all)}. ${
      compared === all
        ? "Jeder Saldo stimmt überein."
        : `${compared} verglichen, und jeder stimmt überein; ${all - compared} ohne Betrag bei Stripe.`
    }`,
  mismatchSummary: (wrong, of, names) =>
    `${count(wrong, { one: "Saldo", other: "Salden" })} von ${of} ${form(wrong, { one: "weicht", other: "weichen" })} ab: ${names}.`,
  inconclusiveSummary:
    "Noch kein Ergebnis und kein Grund zur Sorge: Ein Vergleich zählt nur, wenn sich dabei kein Geld bewegt. Die nächste Synchronisierung vergleicht wieder.",
  certificate: "Das Zertifikat",
  allCertificates: "Alle Zertifikate",
  noneText:
    "Die letzte Synchronisierung endete, bevor beide Seiten verglichen waren. Die nächste macht weiter, wo sie stand.",

  balances: {
    payments: "Zahlungen",
    issuing: "Kartenausgabe",
    refund_and_dispute_prefunding: "Vorfinanzierung für Erstattungen und Anfechtungen",
    risk_reserved: "Risikorücklage",
    connect_reserved: "Rücklage für verbundene Konten",
  },
  caption: "Vergleich nach Saldo und Währung",
  stripe: "Stripe",
  ledger: "Hauptbuch",
  stripeDifference: "Bei Stripe ungeklärt",
  ledgerDifference: "Im Hauptbuch zu wenig oder zu viel",
  notPosted: "Nicht gebucht",
  verdict: "Ergebnis",
  howToRead: "So prüfen wir",
  howToReadText: (strong) =>
    rich`${strong("Bei Stripe ungeklärt")} ist der Saldo von Stripe minus die Summe der Datensätze von Stripe. Das betrifft nur Stripe und wird nie gebucht. ${strong("Im Hauptbuch zu wenig oder zu viel")} ist, was das Hauptbuch nach diesen Datensätzen enthalten sollte, minus was es enthält. Eine Übereinstimmung verlangt, dass beides null ist und sich beim Lesen kein Geld bewegt.`,
  minorUnits: "Kleinste Einheiten zeigen",
  noFigure: "kein Betrag",
  notKnown: "nicht bekannt",
  pending: (stripe, pending, ledger) => rich`Stripe ${stripe} − ausstehend ${pending} = ${ledger}`,
  zeroBalances: (n) => `${count(n, { one: "leeren Saldo", other: "leere Salden" })} zeigen`,
  hideZeroBalances: "Leere Salden ausblenden",
  notes: {
    noFigure: "Stripe nennt für diesen Saldo keinen Betrag.",
    moving: "Während der Prüfung war Geld in Bewegung.",
    notPosted:
      "Die Liste von Stripe ergibt den Saldo von Stripe. Nicht gebucht: Die App darf nicht in dieses Hauptbuch buchen.",
    information: "Zur Information: was Stripe für verbundene Konten hält.",
  },

  causes: {
    missing: {
      name: "Fehlt",
      meaning: "Stripe führt diesen Datensatz; im Hauptbuch gibt es keine Buchung dafür.",
    },
    different: {
      name: "Geändert",
      meaning: "Die Buchung im Hauptbuch weicht von dem ab, was dieser Datensatz verlangt.",
    },
    foreign: {
      name: "Nicht von Stripe Sync",
      meaning: "Jemand anderes hat diese Buchung auf das Konto gebucht.",
    },
    unlisted: {
      name: "Nicht bei Stripe",
      meaning: "Das Hauptbuch enthält diese Buchung; Stripe führt keinen Datensatz dafür.",
    },
    before_start: {
      name: "Vor dem Beginn",
      meaning:
        "Die Datensätze von Stripe zu diesem Tag haben sich seit der Eröffnungsbuchung geändert.",
    },
  },
  causesLabel: "Was die Abweichung verursacht",
  atFault: (n) => `${count(n, { one: "Buchung verursacht", other: "Buchungen verursachen" })} sie`,
  firstAtFault: (n) => `Die ersten ${nouns.entries(n)}, die sie verursachen`,
  allProblems: " Alle stehen unter „Handlungsbedarf“.",
  isProblem: "Unter „Handlungsbedarf“ ansehen",
  nothing: "nichts",
  expectedAndFound: (expected, found) => rich`${expected} erwartet, ${found} gefunden`,
  onAccount: (account, currency) => rich`auf ${account} ${currency}`,
  inBlnk: "Buchung in Blnk ansehen",
  inStripe: "Datensatz bei Stripe ansehen",
  at: (at) => rich`datiert ${at}`,
  reference: "Referenz",
  ledgerId: "Buchung",
};

export const payouts: Texts["payouts"] = {
  title: "Auszahlungen",
  settled: (n) =>
    `${count(n, { one: "Auszahlung", other: "Auszahlungen" })} vollständig mit ${form(n, { one: "ihren", other: "ihren" })} Zahlungen abgestimmt`,
  settledButNot: (settled, others) => `${settled}, ${others} nicht`,
  sentence: (settled) => `${settled}.`,
  sentenceWithMembers: (settled, members) => `${settled} (${nouns.records(members)} gezählt).`,
  olderRemainders: (n) =>
    `${count(n, { one: "ältere", other: "ältere" })} mit einem Rest nicht gezeigt.`,
  unreadable: (n) =>
    `${count(n, { one: "Auszahlung", other: "Auszahlungen" })} mit einem Datensatz, den diese Version nicht lesen kann.`,
  waiting: (n) =>
    `${count(n, { one: "Auszahlung wird", other: "Auszahlungen werden" })} noch geprüft.`,
  olderToCome: "Auszahlungen aus der Zeit vor der ersten Synchronisierung kommen täglich hinzu.",
  remainder: "Rest",
  left: (amount, members) => rich`${amount} übrig von ${nouns.records(members)}`,
  remainderMeaning:
    " · Ihre Zahlungen, Erstattungen und Gebühren ergeben sie nicht. Die Salden oben hängen davon nicht ab.",
};

export const certificates: Texts["certificates"] = {
  intro:
    "Nach jeder Synchronisierung hält ein Zertifikat fest, was wann verglichen wurde und mit welchem Ergebnis. Jedes enthält den Fingerabdruck des vorigen.",
  empty: "Noch kein Zertifikat",
  emptyText: "Jede Synchronisierung endet mit einem.",
  noBalance: "Kein Saldo",
  thinnedSummary: "Die Beträge dieses Vergleichs sind nicht mehr aufbewahrt.",
  allExplained: ", alle erklärt",
  back: "← Abstimmung",
  compared: (at) => rich`Verglichen ${at}`,
  balances: "Salden",
  showBalances: "Salden zeigen",
  hideBalances: "Salden ausblenden",
  card: "Das Zertifikat",
  facts: {
    compared: "Verglichen",
    entries: "Buchungen",
    sync: "Synchronisierung",
    fingerprint: "Fingerabdruck",
    previous: "Voriges Zertifikat",
  },
  entriesCompared: (entries, hours) =>
    `${nouns.entries(entries)}, einzeln verglichen in ${count(hours, { one: "Stunde", other: "Stunden" })}`,
  seeSync: "Zur Synchronisierung",
  noPrevious: "keines: Dies ist das erste",
  formats: { document: "JSON", table: "CSV" },
  file: {
    partly: "Weitere Zeilen folgen. Grenzen Sie die Liste auf Tage ein, um auch diese zu sichern.",
    ready: (name) => `${name} ist bereit`,
    save: (name) => `${name} speichern`,
    open: "In neuem Tab öffnen",
    copy: "Nichts gespeichert? Text kopieren",
    content: (name) => `Text von ${name}`,
  },
};
