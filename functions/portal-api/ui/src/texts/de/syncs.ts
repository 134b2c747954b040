/** Die Liste der Synchronisierungen und ihre Filter. */

import type { LateTexts } from "../late-en";
import { rich } from "../rich";

export const syncs: LateTexts["syncs"] = {
  list: "Synchronisierungen",
  columns: { sync: "Synchronisierung", figures: "Datensätze und Buchungen", state: "Zustand" },
  filterLabel: "Synchronisierungen filtern",
  filters: { all: "Alle", completed: "Fertig", in_progress: "Läuft", failed: "Fehler" },
  triggers: {
    manual: "Eine Person",
    schedule: "Der Zeitplan",
    webhook: "Ein Ereignis bei Stripe",
  },
  trigger: "Gestartet durch",
  anyTrigger: "Alle",
  from: "Ab Tag (UTC)",
  to: "Bis Tag (UTC)",
  empty: "Noch keine Synchronisierung",
  emptyText: (overview) => rich`Starten Sie die erste in der ${overview("Übersicht")}.`,
  noneFailed: "Keine Synchronisierung ist fehlgeschlagen",
  nothingHere: "Hier ist nichts",
  noneYet: "Keine unter den durchgesehenen Synchronisierungen. Laden Sie mehr, um weiter zu suchen.",
  showAll: "Alle Synchronisierungen zeigen",
};
