/** Accounts for movements that the app has no rule for. */

import { type Part, rich } from "../rich";
import { nouns } from "./common";

/** Whether a rule holds now, by the API's word. */
const states: Record<string, string> = {
  upcoming: "Begins soon",
  in_force: "In force",
  ending: "Ends soon",
  ended: "Ended",
};

/** Why a rule cannot be saved, by the API's code. */
const refusals: Record<string, string> = {
  invalid_account: "This name cannot be used. Choose one that no other account of this app has.",
  account_not_free: "This account holds entries of others. Choose another name.",
  known_name: "The app knows these movements and has an account for them.",
  rule_exists: "There is a rule for this already. End it first.",
  too_many_rules:
    "The maximum number of rules is reached. Ended rules count, because late movements still follow them.",
};

export const accountRules = {
  title: "Unrecognised movements",
  intro: (minutes: string) =>
    `Stripe may use a category or type that this app has no rule for. Such movements go to suspense until you give them an account of their own. A rule applies to movements that Stripe creates ${minutes} minutes after it is saved or later. What is in suspense stays there.`,
  nothing: "No unrecognised movement is in suspense.",
  more: "There are more movements than were counted.",
  unnamed: "no name",
  held: (n: number, open: number) =>
    open === 0 ? nouns.movements(n) : `${nouns.movements(n)}, ${nouns.items(open)} open`,
  hasRule: "New ones follow a rule.",
  seeItems: "See the open items",
  /** The names are for screen readers, since the button stands beside them. */
  give: (hidden: (words: string) => Part, names: string) =>
    rich`Give an account${hidden(` to ${names}`)}`,

  dismiss: (hidden: (words: string) => Part, names: string) =>
    rich`Dismiss${hidden(` the items of ${names}`)}`,
  dismissTitle: (n: number) => `Dismiss ${nouns.items(n)}?`,
  dismissText: "The movements stay in suspense. New ones are still reported.",
  dismissReason: "Reason, for the activity",
  dismissConfirm: "Dismiss them",
  dismissed: (n: number) => `Dismissed: ${nouns.items(n)}.`,

  formTitle: "An account of its own",
  about: "Which movements",
  both: "This category and type",
  category: (name: string) => `Category ${name}, of any type`,
  type: (name: string) => `Type ${name}, of any category`,
  account: "Account in the ledger",
  accountText: (prefix: string) => `Begins with ${prefix}, then letters, digits or underscores.`,
  preview: "Show what changes",
  previewTitle: "What changes",
  from: (when: Part, account: Part, present: Part) =>
    rich`Movements that Stripe creates from ${when} on go to ${account}, no longer to ${present}.`,
  stays: (n: number) => `In suspense: ${nouns.movements(n)}. They stay where they are.`,
  nothingStays: "None of them is in suspense so far.",
  refusals,
  save: "Save the rule",
  saved: "Rule saved.",

  rules: "Rules",
  states,
  since: (when: Part) => rich`from ${when}`,
  until: (when: Part) => rich`until ${when}`,
  end: (hidden: (words: string) => Part, names: string) =>
    rich`End${hidden(` the rule for ${names}`)}`,
  endTitle: "End this rule?",
  endText: (minutes: string) =>
    `Movements that Stripe creates ${minutes} minutes from now or later go to suspense again. What is posted stays where it is, and late movements from before still follow the rule.`,
  endConfirm: "End the rule",
  ended: "Rule ended.",
};
