/** Die Liste der Synchronisierungen und ihre Filter. */

import type { LateTexts } from "../late-en";
import { rich } from "../rich";

export const syncs: LateTexts["syncs"] = {
  list: "Synchronisierungen",
  columns: { sync: "Synchronisierung", figures: "Datensätze und Buchungen", state: "Zustand" },
  filterLabel: "Synchronisierungen filtern",
  filters: {
    all: "Alle",
    completed: "Fertig",
    in_progress: "Läuft",
    needs_attention: "Handlungs\u00ADbedarf",
    failed: "Fehler",
  },
  none: {
    all: "Noch keine Synchronisierung",
    completed: "Keine Synchronisierung ist fertig",
    in_progress: "Keine Synchronisierung läuft",
    needs_attention: "Keine Synchronisierung mit Handlungsbedarf",
    failed: "Keine Synchronisierung ist fehlgeschlagen",
  },
  triggers: {
    manual: "Eine Person",
    schedule: "Der Zeitplan",
    webhook: "Ein Ereignis bei Stripe",
  },
  trigger: "Gestartet durch",
  anyTrigger: "Alle",
  result: "Ergebnis",
  anyResult: "Alle",
  differs: "Weicht ab",
  csv: "CSV",
  from: "Ab Tag (UTC)",
  to: "Bis Tag (UTC)",
  emptyText: (overview) => rich`Starten Sie die erste in der ${overview("Übersicht")}.`,
  nothingHere: "Hier ist nichts",
  noneYet:
    "Keine unter den bisher geladenen Synchronisierungen. Laden Sie mehr, um weiter zu suchen.",
  showAll: "Alle Synchronisierungen zeigen",
};
