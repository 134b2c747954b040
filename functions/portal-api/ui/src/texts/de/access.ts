/** What this install may do. */

import type { LateTexts } from "../late-en";
import { rich } from "../rich";

export const access: LateTexts["access"] = {
  scopes: {
    "data:read": {
      name: "Ihr Hauptbuch lesen",
      allows:
        "Liest Salden, Buchungen und Identitäten, um zu finden, was schon da ist, und um beide Seiten zu vergleichen.",
      without:
        "Kein Stripe-Konto lässt sich verbinden, nichts wird synchronisiert oder verglichen.",
    },
    "data:write": {
      name: "In Ihr Hauptbuch buchen",
      allows: "Bucht die Bewegungen von Stripe und legt Identitäten und Salden für Kunden an.",
      without: "Nur-Lese-Modus: Stripe wird gelesen und verglichen, nichts wird gebucht.",
    },
    "alerts:read": {
      name: "Eigene Warnungen lesen",
      allows:
        "Findet eine Warnung wieder, deren Anlage nicht bestätigt wurde, damit sie nur einmal erscheint.",
      without: "Nach einem fehlgeschlagenen Aufruf kann eine Warnung ein zweites Mal erscheinen.",
    },
    "alerts:write": {
      name: "Warnungen auslösen",
      allows:
        "Löst in Blnk eine Warnung aus, wenn Stripe und das Hauptbuch voneinander abweichen, eine Auszahlung fehlschlägt, eine Zahlung angefochten wird oder die Synchronisierung stoppt, und hebt sie danach auf.",
      without: "In Blnk erscheint keine Warnung. Alles steht hier unter „Handlungsbedarf“.",
    },
  },
  list: "Berechtigungen",
  granted: "Erteilt",
  notGranted: "Nicht erteilt",
  without: (strong, text) => rich`${strong("Ohne sie:")} ${text}`,
  fixed:
    "Berechtigungen werden bei der Installation erteilt. Um sie zu ändern, installieren Sie die App neu.",
  install: {
    title: "Diese Installation",
    id: "Installation",
    instance: "Instanz",
    organization: "Organisation",
    installed: "Installiert",
  },
};
