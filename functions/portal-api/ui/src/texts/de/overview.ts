/** The first screen. */

import type { Texts } from "../en";
import { rich } from "../rich";

export const overview: Texts["overview"] = {
  syncNow: "Jetzt synchronisieren",
  syncing: "Synchronisierung läuft …",
  waiting: "Wartet …",
  recheck: "Alles erneut prüfen",
  recheckText: "Liest die ganze Historie des Stripe-Kontos noch einmal und bucht nur, was fehlt.",

  missingPermission: (scopes) =>
    rich`Fehlende Berechtigung: ${scopes.flatMap((scope, at) => (at > 0 ? [", ", scope] : [scope]))}.`,
  permissionsAreFixed: (link) =>
    rich`Berechtigungen werden bei der Installation erteilt. Installieren Sie die App neu, um weitere zu erteilen, oder ${link("sehen Sie, was jede erlaubt")}.`,

  run: {
    preview: "Eine Vorschau wird erstellt",
    waits: "Eine Synchronisierung wartet",
    paused: "Pausierte Synchronisierung",
    syncing: "Synchronisierung läuft",
    details: "Einzelheiten",
  },

  status: {
    title: "Status",
    lastCheck: "Zuletzt geprüft",
    lastSync: "Letzte Synchronisierung",
    schedule: "Zeitplan",
    nextSync: "Nächste Synchronisierung",
    about: (time) => `Etwa ${time}`,
    nextPayout: "Nächste Auszahlung",
    realtime: "Echtzeit",
    attention: "Handlungsbedarf",
    noneYet: "Noch keine",
    scopeAndTime: (scope, at) => rich`${scope}, ${at}`,
  },

  connection: {
    title: "Stripe-Konto",
    manage: "Verwalten",
    account: "Konto",
  },

  welcome: {
    title: "Ihre Stripe-Bewegungen in Ihrem Hauptbuch, auf den Cent genau.",
    text: "Jede Bewegung Ihres Stripe-Saldos wird zu Buchungen in Ihrem Blnk-Hauptbuch. Nach jeder Synchronisierung werden beide Seiten verglichen, und Sie sehen das Ergebnis hier.",
    connect: "Stripe verbinden",
  },

  steps: {
    label: "Erste Schritte",
    connect: "Stripe verbinden",
    connectText: "Mit einem eingeschränkten Schlüssel, der nur liest.",
    connected: (account) => `${account} ist verbunden`,
    preview: "Vorschau vor dem Buchen",
    previewText:
      "Sehen Sie, was eine Synchronisierung buchen wird. In Ihr Hauptbuch wird nichts geschrieben.",
    previewing: "Die Vorschau wird erstellt.",
    sync: "Erste Synchronisierung starten",
    syncText: "Prüfen Sie die Vorschau, dann starten Sie. Vorher wird nichts gebucht.",
    match: "Alles stimmt überein",
    matchText: "Nach der Synchronisierung werden beide Seiten verglichen.",
  },
};
