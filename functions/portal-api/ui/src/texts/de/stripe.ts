/** The connection to Stripe: the key, its permissions, and what may be wrong with it. */

import type { Texts } from "../en";
import { rich } from "../rich";
import { nouns } from "./common";

export const stripe: Texts["stripe"] = {
  connectTitle: "Mit einem eingeschränkten Schlüssel verbinden",
  connect: "Stripe verbinden",
  connectedTo: (account) => `Mit ${account} verbunden.`,
  replaced: "Schlüssel ersetzt.",

  next: "Weiter: Vorschau vor dem Buchen",
  nextText:
    "Die Vorschau liest Ihre Historie bei Stripe und zeigt, was eine Synchronisierung buchen wird. In Ihr Hauptbuch wird nichts geschrieben.",

  keyName: "Stripe Sync für Blnk",
  permissionsTitle: "Was der Schlüssel braucht",
  permissions: {
    balance: { name: "Balance", why: "Der Betrag, mit dem das Hauptbuch verglichen wird." },
    movements: {
      name: "Balance transaction sources",
      why: "Jede Bewegung, ihre Gebühren und woher sie kam.",
    },
    charges: {
      name: "Charges and refunds",
      why: "Zu welchem Kunden eine Zahlung oder Erstattung gehört.",
    },
    customers: { name: "Customers", why: "Namen für die Identitäten in Ihrem Hauptbuch." },
    disputes: { name: "Disputes", why: "Angefochtene Beträge und Rückbuchungen." },
    payouts: { name: "Payouts", why: "Was an Ihre Bank ging und was zurückkam." },
    account: { name: "Accounts (under Connect)", why: "Bestätigt, welches Stripe-Konto es ist." },
    webhooks: {
      name: "Webhook Endpoints",
      why: "Damit richtet die App Webhooks für Echtzeit ein. Das können Sie auch selbst tun.",
    },
  },
  read: "Lesen",
  writeOptional: "Schreiben (optional)",
  permissionsNote:
    "Alles andere bleibt auf „None“. Der Schlüssel wird zuerst bei Stripe geprüft und dann verschlüsselt nur für diese Installation gespeichert; er wird nie wieder gezeigt.",
  addPermission: (keysPage, newKey) =>
    rich`${keysPage("Dem Schlüssel die Berechtigung erteilen")}, oder ${newKey("einen neuen Schlüssel mit allen Berechtigungen anlegen")} und hier ersetzen.`,

  form: {
    intro: (strong) =>
      rich`Die Seite von Stripe für einen neuen eingeschränkten Schlüssel öffnet sich mit Name und allen Berechtigungen ausgefüllt: Drücken Sie dort ${strong("Create key")} und fügen Sie den Schlüssel unten ein.`,
    create: { live: "Live-Schlüssel anlegen", test: "Test-Schlüssel anlegen" },
    key: "Eingeschränkter Schlüssel",
    keyExample: "rk_live_… oder rk_test_…",
    show: "Zeigen",
    hide: "Verbergen",
    advanced: "Erweitert",
    prefix: "Präfix der Kontonamen",
    prefixExample: "@stripe_eu",
    prefixHint: (usual, usualInTest) =>
      rich`Für ein zweites Stripe-Konto im selben Hauptbuch: Es bekommt eigene Kontonamen und wird für sich verglichen. Leer bedeutet ${usual}, im Testmodus ${usualInTest}; ein Konto, das schon verbunden war, behält seine Namen.`,
    checking: "Wird bei Stripe geprüft …",
  },
  keyHints: {
    restricted: {
      live: "Ein eingeschränkter Schlüssel im Live-Modus.",
      test: "Ein eingeschränkter Schlüssel im Testmodus.",
    },
    secret:
      "Ein voller geheimer Schlüssel kann Geld bewegen. Er funktioniert, aber ein eingeschränkter, der nur liest, ist sicherer.",
    publishable: "Das ist ein öffentlicher Schlüssel. Er kann Ihr Konto nicht lesen.",
    signingSecret: "Das ist das Signaturgeheimnis eines Webhooks, kein API-Schlüssel.",
    other: "Ein eingeschränkter Schlüssel beginnt mit rk_live_ oder rk_test_.",
  },

  refusals: {
    publishable_key:
      "Das ist ein öffentlicher Schlüssel. Er ist für Webseiten gemacht und kann Ihr Konto nicht lesen.",
    malformed_key:
      "Das sieht nicht nach einem Stripe-Schlüssel aus. Kopieren Sie den ganzen Schlüssel, beginnend mit rk_.",
    invalid_key:
      "Stripe akzeptiert diesen Schlüssel nicht. Er ist vielleicht falsch geschrieben, abgelaufen oder gelöscht.",
    missing_rights: "Der Schlüssel funktioniert, darf aber nicht alles lesen, was nötig ist.",
    other_account_connected: "Mit diesem Hauptbuch ist schon ein anderes Stripe-Konto verbunden.",
    ledger_owned_by_other: "Dieses Hauptbuch enthält schon ein anderes Stripe-Konto.",
    invalid_prefix: "Ein Präfix ist @ und Buchstaben, Ziffern oder Unterstriche.",
    prefix_overlaps: "Diese Kontonamen gehören zu einem anderen Stripe-Konto.",
    other_prefix: "Dieses Stripe-Konto ist schon unter einem anderen Präfix verbunden.",
    accounts_not_free: "Die Konten im Hauptbuch dafür enthalten schon fremde Buchungen.",
  },
  nothingStored: "Nichts wurde gespeichert.",
  accountEntries: (account, currency, entries) =>
    rich`${account} ${currency}: ${nouns.entries(entries)}`,
  addPermissions:
    "Erteilen Sie dem Schlüssel bei Stripe diese Leseberechtigungen und versuchen Sie es erneut:",
  accountNotTold:
    "Stripe hat nicht gesagt, zu welchem Konto der Schlüssel gehört, und ohne das wird nichts verbunden.",
  changeKey: (keysPage, newKey) =>
    rich`${keysPage("Diesen Schlüssel ändern")}, oder ${newKey("einen neuen mit allen Berechtigungen anlegen")}.`,

  paused: "Pausiert",
  key: "Schlüssel",
  keyOfKind: (key, kind) =>
    rich`${key} (${kind === "restricted" ? "eingeschränkt" : "voller geheimer Schlüssel"})`,
  replaceKey: "Schlüssel ersetzen",
  replaceTitle: "Den Schlüssel ersetzen",
  replaceText:
    "Der neue Schlüssel muss zum selben Konto und Modus gehören. Eine laufende Synchronisierung macht mit ihm weiter; nichts wird doppelt gebucht.",
  disconnect: "Trennen",
  disconnectTitle: (account) => `${account} trennen?`,
  disconnectText:
    "Eine laufende Synchronisierung stoppt. Der Webhook-Endpunkt der App wird bei Stripe entfernt und dann der Schlüssel gelöscht: sofort, oder innerhalb eines Tages, solange Stripe nicht erreichbar ist. Was in Ihrem Hauptbuch ist, bleibt unberührt. Verbinden Sie dasselbe Konto wieder, geht es weiter, ohne etwas doppelt zu buchen.",
  disconnected: "Stripe ist getrennt.",
};
