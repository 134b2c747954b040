/** When syncs start by themselves, and whether Stripe reports movements at once. */

import type { Texts } from "../en";

export const schedule: Texts["schedule"] = {
  title: "Zeitplan",
  intro: "Wie oft eine Synchronisierung von selbst startet. Die erste wartet immer auf Sie.",
  everyMinute: "Jede Minute",
  everyMinutes: (minutes) => `Alle ${minutes} Minuten`,
  everyMinutesText: "Das Hauptbuch folgt Stripe auf dem Fuß.",
  hourly: "Jede Stunde",
  daily: "Jeden Tag",
  off: "Aus",
  offText: "Nur von Hand und in Echtzeit. Eine tägliche Prüfung läuft trotzdem.",
};

export const realtime: Texts["realtime"] = {
  notSetUp: "Nicht eingerichtet",
  on: "An",
  off: {
    disabled: {
      pill: "Bei Stripe abgeschaltet",
      title: "Stripe hat diesen Endpunkt abgeschaltet und liefert ihm keine Ereignisse.",
    },
    gone: { pill: "Bei Stripe gelöscht", title: "Stripe kennt diesen Endpunkt nicht mehr." },
    elsewhere: {
      pill: "Liefert anderswohin",
      title:
        "Dieser Endpunkt liefert an eine andere Adresse als die dieser App: Eine der beiden wurde geändert.",
    },
  },
};
