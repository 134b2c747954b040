/** Mitteilungen an Menschen, die das Portal nicht geöffnet haben. */

import type { LateTexts } from "../late-en";

const kinds: LateTexts["notices"]["kinds"] = {
  mismatch: "Stripe und Hauptbuch weichen ab",
  failed_payout: "Eine Auszahlung ist gescheitert",
  dispute_deadline: "Eine Anfechtung wartet auf Antwort",
  stale: "Der letzte Abgleich ist veraltet",
  approval_needed: "Eine Synchronisierung wartet auf Freigabe",
  paused: "Die Synchronisierung ist angehalten",
};

const outcomes: LateTexts["notices"]["outcomes"] = {
  accepted: "Angenommen.",
  refused: "Der Empfänger hat sie abgelehnt.",
  redirected:
    "Der Empfänger hat mit einer Weiterleitung geantwortet. Weiterleitungen wird nicht gefolgt.",
  timed_out: "Der Empfänger hat nicht rechtzeitig geantwortet.",
  unreachable: "Der Empfänger war nicht zu erreichen, oder sein Zertifikat ist ungültig.",
  not_public: "Die Adresse des Empfängers ist nicht öffentlich.",
  topic_failed: "Die E-Mail konnte nicht gesendet werden.",
  not_ready: "Sie konnte momentan nicht gesendet werden.",
};

export const notices: LateTexts["notices"] = {
  intro:
    "Benachrichtigt Menschen, die diese Seite nicht geöffnet haben. Gesendet wird nur, was Sie wählen. Je Sachverhalt erhalten Sie eine Nachricht und eine weitere, wenn er erledigt ist.",
  kinds,
  types: {
    "mismatch.found": kinds.mismatch,
    "payout.failed": kinds.failed_payout,
    "dispute.needs_answer": kinds.dispute_deadline,
    "proof.stale": kinds.stale,
    "approval.needed": kinds.approval_needed,
    "sync.paused": kinds.paused,
    "notice.test": "Test",
  },
  webhook: "Webhook",
  webhookText: "Eine signierte Nachricht an eine eigene URL. Ohne URL wird nichts gesendet.",
  url: "URL",
  urlExample: "https://hooks.example.com/stripe-sync",
  urlNotKept: "Die eingegebene URL wurde nicht aufbewahrt. Geben Sie sie noch einmal ein.",
  webhookKinds: "Was an den Webhook gesendet wird",
  email: "E-Mail",
  emailText: "Geht an die Adresse, die für diese Installation hinterlegt ist.",
  emailKinds: "Was als E-Mail gesendet wird",
  noEmail: "Hier werden keine E-Mails gesendet.",
  saved: "Mitteilungen gespeichert.",
  mayNot: "Mitteilungen zu ändern braucht die Berechtigung, im Hauptbuch zu buchen.",
  secretOnce: "Dieses Geheimnis wird nur jetzt gezeigt.",
  secretText: "Geben Sie es Ihrem Empfänger: Jede Nachricht ist damit signiert.",
  secretSince: "Geheimnis erstellt",
  previousUntil: "Voriges Geheimnis signiert bis",
  replace: "Geheimnis ersetzen",
  replaceTitle: "Geheimnis ersetzen?",
  replaceText:
    "Einen Tag lang werden Nachrichten mit beiden signiert, damit Sie Ihren Empfänger umstellen können.",
  replaced: "Geheimnis ersetzt.",
  test: "Test senden",
  testing: "Wird gesendet…",
  testTaken: "Der Test wurde angenommen.",
  testFailed: "Der Test wurde nicht angenommen.",
  deliveries: "Letzte Nachrichten",
  caption: "Nachrichten, Neuestes zuerst",
  columns: { what: "Was", at: "Wann", channel: "Kanal", state: "Stand", answer: "Antwort" },
  channels: { webhook: "Webhook", email: "E-Mail" },
  states: {
    pending: "Wartet",
    sent: "Gesendet",
    failed: "Gescheitert",
    withdrawn: "Nicht mehr nötig",
  },
  outcomes,
  taken: outcomes.accepted,
  noAnswer: "Noch nicht versucht.",
  withStatus: (outcome, status) => `${outcome} (${status})`,
  resolved: (title) => `Erledigt: ${title}`,
  none: "Noch keine Nachrichten",
  noneText: "Was gesendet wird, steht hier.",
};
