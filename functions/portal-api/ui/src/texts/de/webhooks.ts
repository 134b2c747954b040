/** Real time: the webhook endpoint at Stripe. */

import type { LateTexts } from "../late-en";
import { rich } from "../rich";
import { count } from "./plural";

export const webhooks: LateTexts["webhooks"] = {
  title: "Echtzeit",
  waiting: "Wartet auf das erste Ereignis",
  missing: {
    right: "Dieser Schlüssel darf keine Webhook-Endpunkte anlegen.",
    refused: "Stripe hat den Endpunkt nicht angenommen.",
    limit: "Dieses Stripe-Konto hat so viele Webhook-Endpunkte, wie Stripe erlaubt.",
    unreachable: "Stripe hat nicht geantwortet, als der Endpunkt angelegt werden sollte.",
  },
  effects: {
    paused:
      "Die Synchronisierung ist pausiert: Was jetzt geschieht, wird gelesen, wenn es weitergeht.",
    posting: "Sekunden später ist sie in Ihrem Hauptbuch.",
    read_only:
      "Sekunden später ist sie gelesen und verglichen. Nichts wird gebucht: Diese App darf nicht in das Hauptbuch buchen.",
    not_started: "Ab der ersten Synchronisierung ist sie Sekunden später in Ihrem Hauptbuch.",
    unknown: "",
  },
  noEventYet: (effect) =>
    `Noch ist kein Ereignis mit dieser Signatur gekommen. Stripe soll dieser App jede Bewegung melden. ${effect}`,
  working: (effect) => `Stripe meldet dieser App jede Bewegung. ${effect}`,
  facts: {
    endpoint: "Endpunkt",
    lastEvent: "Letztes Ereignis",
    secret: "Signaturgeheimnis",
    checked: "Bei Stripe gesehen",
  },
  byHand: "von Hand eingetragen",
  noneYet: "noch keines",
  previousUntil: (at) => rich`Das vorige Geheimnis gilt noch bis ${at}.`,
  pasteSecret: "Neues Geheimnis einfügen",

  offText:
    "Bewegungen kommen weiter mit den geplanten Synchronisierungen, nur später. Ein neuer Endpunkt bekommt von selbst ein neues Geheimnis, und eine Synchronisierung holt nach, was fehlte.",
  recreate: "Neuen Endpunkt anlegen",
  recreated: "Ein neuer Webhook-Endpunkt wurde angelegt.",

  limitText: (link) =>
    rich`Löschen Sie einen, der nicht mehr gebraucht wird, auf ${link("der Webhook-Seite von Stripe")} und legen Sie den Endpunkt dann hier an.`,
  endpoints: (n) =>
    `${count(n, { one: "Endpunkt", other: "Endpunkte" })}, die entbehrlichsten zuerst`,
  made: (at) => rich` · angelegt ${at}`,

  noneRegistered: "Noch ist kein Webhook-Endpunkt eingetragen.",
  addPermission:
    "Erteilen Sie dem Schlüssel die Berechtigung „Webhook Endpoints: Write“ und versuchen Sie es erneut, oder richten Sie es von Hand ein:",
  createOrRegister: "Legen Sie ihn jetzt an, oder richten Sie es von Hand ein:",
  create: "Endpunkt anlegen",
  created: "Der Webhook-Endpunkt wurde angelegt.",
  steps: {
    open: (strong, version) =>
      rich`Öffnen Sie bei Stripe ${strong("Developers → Webhooks → Add destination")}, wählen Sie „Your account“ und Snapshot-Ereignisse, API-Version ${version}.`,
    openLink: "Webhooks von Stripe öffnen",
    url: "Tragen Sie diese Adresse ein:",
    events: (n) => `Wählen Sie diese ${n} Ereignisse`,
    secret: "Lassen Sie sich das Signaturgeheimnis des Endpunkts zeigen und fügen Sie es hier ein:",
  },
  secret: "Signaturgeheimnis",
  secretExample: "whsec_…",
  save: "Speichern",
  saved: "Das Signaturgeheimnis wurde gespeichert.",

  roll: "Geheimnis erneuern",
  rollTitle: "Das Signaturgeheimnis erneuern?",
  rollConfirm: "Erneuern",
  rollText:
    "Ein neuer Endpunkt mit neuem Geheimnis tritt an die Stelle des alten. Nichts geht verloren: Das alte Geheimnis gilt noch einen Tag, und eine Synchronisierung holt nach, was unterwegs war.",
  rolled: "Das Signaturgeheimnis wurde erneuert.",
};
