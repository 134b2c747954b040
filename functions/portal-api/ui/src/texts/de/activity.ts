/** Das Protokoll. */

import type { LateTexts } from "../late-en";

export const activity: LateTexts["activity"] = {
  intro: (days) => `Wer was in dieser App getan hat. Einträge bleiben ${days} Tage.`,
  since: "Was eine frühere Installation getan hat, wird nicht gezeigt.",
  kinds: {
    launched: "Aus Blnk Cloud geöffnet",
    redeemed: "Am Portal angemeldet",
    blnk_key_replaced: "Schlüssel von Blnk Cloud ersetzt",
    stripe_connected: "Stripe-Konto verbunden",
    stripe_disconnected: "Stripe-Konto getrennt",
    webhook_changed: "Echtzeit geändert",
    settings_changed: "Einstellungen geändert",
    account_rule_added: "Kontenregel gespeichert",
    account_rule_ended: "Kontenregel beendet",
    run_requested: "Synchronisierung gestartet",
    run_stop_requested: "Synchronisierung angehalten",
    problem_retried: "Punkt noch einmal versucht",
    problem_dismissed: "Punkt verworfen",
    problem_reopened: "Punkt wieder geöffnet",
    fuse_approved: "Großen Betrag freigegeben",
    notices_changed: "Mitteilungen geändert",
    notice_secret_replaced: "Geheimnis der Mitteilungen ersetzt",
    notice_tested: "Testmitteilung gesendet",
  },
  filterLabel: "Aktivität filtern",
  kind: "Art",
  allKinds: "Alles",
  from: "Erster Tag (UTC)",
  to: "Letzter Tag (UTC)",
  csv: "CSV",
  caption: "Protokoll, Neuestes zuerst",
  columns: { at: "Wann", what: "Was", subject: "Gegenstand", who: "Aufruf" },
  automatic: "die App oder Blnk Cloud",
  empty: "Hier ist nichts",
  emptyText: "Nichts dieser Art ist an diesen Tagen geschehen.",
};
