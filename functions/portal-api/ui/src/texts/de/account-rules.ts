/** Accounts for movements that the app has no rule for. */

import type { LateTexts } from "../late-en";
import { rich } from "../rich";
import { nouns } from "./common";

export const accountRules: LateTexts["accountRules"] = {
  title: "Nicht erkannte Bewegungen",
  intro: (minutes) =>
    `Stripe kann eine Kategorie oder Art verwenden, für die diese App keine Regel hat. Solche Bewegungen kommen auf das Klärungskonto, bis Sie ihnen ein eigenes Konto geben. Eine Regel gilt für Bewegungen, die Stripe frühestens ${minutes} Minuten nach dem Speichern anlegt. Was auf dem Klärungskonto steht, bleibt dort.`,
  nothing: "Auf dem Klärungskonto steht keine nicht erkannte Bewegung.",
  more: "Es gibt mehr Bewegungen, als gezählt wurden.",
  unnamed: "ohne Namen",
  held: (n, open) =>
    open === 0 ? nouns.movements(n) : `${nouns.movements(n)}, ${nouns.items(open)} offen`,
  hasRule: "Neue folgen einer Regel.",
  seeItems: "Offene Punkte ansehen",
  give: (hidden, names) => rich`Konto geben${hidden(` für ${names}`)}`,

  dismiss: (hidden, names) => rich`Schließen${hidden(`: Punkte zu ${names}`)}`,
  dismissTitle: (n) => `${nouns.items(n)} schließen?`,
  dismissText: "Die Bewegungen bleiben auf dem Klärungskonto. Neue werden weiterhin gemeldet.",
  dismissReason: "Grund, für das Protokoll",
  dismissConfirm: "Schließen",
  dismissed: (n) => `Geschlossen: ${nouns.items(n)}.`,

  formTitle: "Ein eigenes Konto",
  about: "Welche Bewegungen",
  both: "Diese Kategorie und Art",
  category: (name) => `Kategorie ${name}, jede Art`,
  type: (name) => `Art ${name}, jede Kategorie`,
  account: "Konto im Hauptbuch",
  accountText: (prefix) => `Beginnt mit ${prefix}, dann Buchstaben, Ziffern oder Unterstriche.`,
  preview: "Zeigen, was sich ändert",
  previewTitle: "Was sich ändert",
  from: (when, account, present) =>
    rich`Bewegungen, die Stripe ab ${when} anlegt, kommen auf ${account} und nicht mehr auf ${present}.`,
  stays: (n) => `Auf dem Klärungskonto: ${nouns.movements(n)}. Sie bleiben, wo sie sind.`,
  nothingStays: "Keine davon steht bisher auf dem Klärungskonto.",
  refusals: {
    invalid_account:
      "Dieser Name geht nicht. Wählen Sie einen, den kein anderes Konto dieser App hat.",
    account_not_free: "Auf diesem Konto stehen Buchungen anderer. Wählen Sie einen anderen Namen.",
    known_name: "Die App kennt diese Bewegungen und hat ein Konto für sie.",
    rule_exists: "Dafür gibt es schon eine Regel. Beenden Sie zuerst diese.",
    too_many_rules:
      "Die Höchstzahl der Regeln ist erreicht. Beendete zählen mit, weil verspätete Bewegungen ihnen noch folgen.",
  },
  save: "Regel speichern",
  saved: "Regel gespeichert.",

  rules: "Regeln",
  states: {
    upcoming: "Beginnt bald",
    in_force: "Gilt",
    ending: "Endet bald",
    ended: "Beendet",
  },
  since: (when) => rich`ab ${when}`,
  until: (when) => rich`bis ${when}`,
  end: (hidden, names) => rich`Beenden${hidden(`: Regel für ${names}`)}`,
  endTitle: "Diese Regel beenden?",
  endText: (minutes) =>
    `Bewegungen, die Stripe frühestens in ${minutes} Minuten anlegt, kommen wieder auf das Klärungskonto. Was gebucht ist, bleibt, wo es ist, und verspätete Bewegungen von vorher folgen der Regel noch.`,
  endConfirm: "Regel beenden",
  ended: "Regel beendet.",
};
