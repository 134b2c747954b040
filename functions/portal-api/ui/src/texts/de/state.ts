/** How things stand, in one sentence; what needs attention; and why syncing is paused or a sync failed. */

import type { Texts } from "../en";
import { rich } from "../rich";
import { count } from "./plural";

export const state: Texts["state"] = {
  matches: "Stripe und Ihr Hauptbuch stimmen auf den Cent überein.",
  outOfDate: (at) => rich`Stimmte überein, Stand ${at}. Seither nicht geprüft.`,
  differs: "Stripe und Ihr Hauptbuch weichen voneinander ab.",
  stripeDiffers: "Die Zahlen von Stripe weichen voneinander ab.",
  moving: "Während der Prüfung war Geld in Bewegung. Die nächste Synchronisierung prüft erneut.",
  readOnly: "Nur-Lese-Modus: verglichen, nichts gebucht.",
  paused: "Die Synchronisierung ist pausiert.",
  approval: "Freigabe nötig: Eine Synchronisierung wartet auf Sie.",
  notAllowed: "Diese App kann nicht synchronisieren: Sie darf Ihr Hauptbuch nicht lesen.",
  notConnected: "Noch kein Stripe-Konto ist verbunden.",
  notStarted: "Noch nichts ist gebucht.",
  unchecked: "Die letzte Synchronisierung endete, bevor beide Seiten verglichen waren.",
  syncing: "Synchronisierung läuft.",
  syncingWith: (share, left) => `Synchronisierung läuft: ${share}, noch ${left}.`,
  previewing: "Eine Vorschau wird erstellt. Nichts wird gebucht.",
  waiting: (party) => `${party}.`,
  attention: (n) =>
    `${count(n, { one: "Punkt braucht", other: "Punkte brauchen" })} Ihre Aufmerksamkeit.`,
  lastMatch: (at) => rich`Letzte Übereinstimmung: ${at}`,
  asOf: (at) => rich`Stand ${at}`,
  lastCheck: (at) => rich`Zuletzt geprüft ${at}`,
};

export const attention: Texts["attention"] = {
  title: "Handlungsbedarf",
  ofSyncing: "Synchronisierung",
  seeAll: "Alle ansehen",
  payoutFailed: (amount) => rich`Auszahlung über ${amount} fehlgeschlagen`,
  payoutFailedNoAmount: "Eine Auszahlung ist fehlgeschlagen",
  dispute: (amount) => rich`Angefochtene Zahlung über ${amount}`,
  disputeNoAmount: "Eine Zahlung ist angefochten",
  reason: (words) => `Grund: ${words}.`,
  evidenceDue: (at) => rich`Nachweise sind fällig ${at}.`,
  answerWanted: "Stripe wartet auf Ihre Antwort.",
  bankDecides: "Eine Antwort ist nicht mehr nötig: Die Bank entscheidet.",
  answerAtStripe: "Bei Stripe antworten",
  openInStripe: "Bei Stripe öffnen",
  seePayout: "Auszahlung ansehen",
  suspense: (n, amount) => {
    const held = count(n, { one: "unbekannte Bewegung", other: "unbekannte Bewegungen" });
    return amount
      ? rich`${held} auf dem Klärungskonto: ${amount}`
      : `${held} auf dem Klärungskonto`;
  },
  suspenseText: "Buchen Sie jede vom Klärungskonto dorthin um, wohin sie gehört.",
  suspenseAction: "Zuordnen",
  records: (n) =>
    `${count(n, { one: "Datensatz braucht", other: "Datensätze brauchen" })} eine Entscheidung`,
  recordsText: "Alle anderen Datensätze sind gebucht.",
  recordsTextUnposted: "Noch nichts ist gebucht.",
  recordsAction: "Ansehen",
  ledgerDifference: (amount, balance) =>
    rich`${amount} fehlen im Hauptbuch oder sind zu viel (${balance})`,
  entriesDiffer: (balance) => `Buchungen weichen ab, obwohl ihre Summe stimmt (${balance})`,
  stripeDifference: (amount, balance) => rich`${amount} bei Stripe ungeklärt (${balance})`,
  differsText: "Das Zertifikat nennt die Buchungen, die sie verursachen.",
  differsAction: "Abweichungen ansehen",
  failedRun: "Die letzte Synchronisierung wurde nicht fertig",
  failedRunAction: "Synchronisierung ansehen",
  outOfDate: (at) => rich`Zuletzt geprüft ${at}`,
  outOfDateText: "Neuere Bewegungen sind noch nicht verglichen.",
  outOfDateAction: "Jetzt synchronisieren",
  webhookOff: "Stripe meldet dieser App keine Ereignisse mehr",
  webhookOffText: "Bewegungen kommen nur mit den geplanten Synchronisierungen.",
  webhookOffAction: "Echtzeit neu einrichten",
  secretKey: "Der verbundene Schlüssel kann mehr, als diese App braucht",
  secretKeyText:
    "Ersetzen Sie den vollen geheimen Schlüssel durch einen eingeschränkten, der nur liest.",
  replaceKey: "Schlüssel ersetzen",
  reinstall: "Zu Blnk Cloud",
  checkConnection: "Stripe-Konto prüfen",
  unread: "Der Handlungsbedarf konnte nicht gelesen werden.",
};

export const pauses: Texts["pauses"] = {
  stripe_key_refused: {
    title: "Stripe akzeptiert den Schlüssel nicht mehr",
    text: "Er wurde widerrufen oder ist abgelaufen. Verbinden Sie einen neuen: Die Synchronisierung geht weiter, wo sie stand, und nichts wird doppelt gebucht.",
  },
  stripe_right_missing: {
    title: "Dem Stripe-Schlüssel fehlt eine Berechtigung",
    text: "Erteilen Sie dem Schlüssel die Berechtigung oder verbinden Sie einen neuen.",
  },
  blnk_key_refused: {
    title: "Blnk akzeptiert den Schlüssel dieser App nicht mehr",
    text: "Installieren Sie Stripe Sync in Blnk Cloud neu und öffnen Sie die App dann wieder. Ihr Hauptbuch und Ihre Einstellungen bleiben, wie sie sind.",
  },
  blnk_permission_missing: {
    title: "Blnk verweigert den Zugriff auf Ihr Hauptbuch",
    text: "Eine Berechtigung wurde entzogen. Installieren Sie Stripe Sync in Blnk Cloud neu und erteilen Sie sie wieder.",
  },
  key_unreadable: {
    title: "Der gespeicherte Schlüssel ist nicht mehr lesbar",
    text: "Installieren Sie Stripe Sync in Blnk Cloud neu und öffnen Sie die App dann wieder.",
  },
};

export const failures: Texts["failures"] = {
  stripe_answer: "Die Antwort von Stripe war nicht verwendbar",
  ledger_answer: "Die Antwort von Blnk war nicht verwendbar",
  ledger_refused: "Blnk hat eine Buchung endgültig abgelehnt",
  precision_mismatch: "Ihr Hauptbuch führt eine Währung in einer anderen Einheit",
  ledger_owned_by_other: "Dieses Hauptbuch ist mit einem anderen Stripe-Konto verbunden",
  prefix_overlaps: "Diese Kontonamen gehören zu einem anderen Stripe-Konto",
  other_prefix: "Dieses Stripe-Konto verwendet schon andere Kontonamen",
  accounts_not_free: "Konten im Hauptbuch enthalten fremde Buchungen",
  account_names: "Zwei Kontonamen sind gleich",
};

export const approvals: Texts["approvals"] = {
  fuse_size: "Viel mehr Bewegungen als üblich",
  fuse_currency: "Erste Bewegungen in einer neuen Währung",
  fuse_amount: "Ein Betrag über seiner Grenze",
  title: "Freigabe nötig",
  nothingPosted: "Davon ist noch nichts gebucht.",
  approve: "Freigeben und fortfahren",
  decide: "Jetzt entscheiden",
  moreThan: (n) => `mehr als ${count(n, { one: "neue Bewegung", other: "neue Bewegungen" })}`,
  facts: {
    found: "In dieser Synchronisierung",
    usual: "Sonst üblich",
    allows: "Mit der Freigabe höchstens",
    amount: (currency) => `Größter Betrag in ${currency}`,
    record: "Zum Beispiel",
    read: "Bisher gelesen",
    posted: "Bisher gebucht",
  },
  keyReplaced: "Ein neuer Schlüssel ist da",
  keyReplacedText:
    "Es geht mit der nächsten Synchronisierung weiter, oder sofort, wenn Sie jetzt synchronisieren.",
  withPermission: (permission) => rich`Die Berechtigung heißt ${permission}.`,
  seeRun: (link) => rich`${link("Ansehen, was die Synchronisierung bisher gelesen hat")}`,
};
