/** The settings. */

import { type Part, rich } from "../rich";
import { nouns } from "./common";

export const settings = {
  save: "Save changes",
  saving: "Saving…",
  undo: "Undo changes",
  unsaved: "You have unsaved changes.",
  restored: "Your unsaved changes are back.",
  saved: "Settings saved.",
  savedScheduleLater: "Saved. The schedule changes within the hour.",
  show: "Show the settings",
  confirmTitle: "What changes from now on",
  postedStays: "What has been posted stays as it is.",
  changedMeanwhile: "Someone else changed the settings in the meantime. Nothing was saved.",
  showPresent: "Show the current settings",

  /** What will be different, by the API's code. */
  differences: {
    schedule: {
      every: (words: string) => `Syncs start by themselves: ${words}.`,
      off: "No sync starts by schedule any more. A daily check still runs.",
    },
    account: (purpose: string, after: Part, before: Part) =>
      rich`${purpose}: new entries go to ${after}. ${before} keeps what it holds.`,
    payIns: {
      customers:
        "New payments go to the balance of the customer who paid. Earlier ones, and their refunds, stay where they were posted.",
      one_account:
        "New payments go to one account. Earlier ones, and their refunds, stay on the customers’ balances.",
    },
    /** `from` is absent for the whole history, `movements` while nobody has counted them. */
    startDate: (movements: number | null, from: string | null, to: string) =>
      `${movements === null ? "Movements" : nouns.movements(movements)} ${from === null ? "from the beginning" : `from ${from}`} to before ${to} will be posted too, each with its entries, and the opening entry is corrected by the same amount. The start cannot be moved to a later date again.`,
    copied: (part: string) => `${part}: copied with the customer’s next change at Stripe.`,
    notCopied: (part: string) =>
      `${part}: not copied any more. Identities keep what they hold until you remove it in Blnk.`,
    matched:
      "New customers may be attached to an identity with the same e-mail address. Customers known already keep theirs.",
    notMatched: "New customers get an identity of their own. Existing matches stay.",
    limit: (amount: string, currency: string) =>
      `A movement or an opening entry above ${amount} ${currency} pauses the sync and asks you first.`,
    noLimit: (currency: string) =>
      `Amounts in ${currency} are posted without asking, however large.`,
  },

  start: {
    title: "Start date",
    intro:
      "Movements before this day are summed up in one opening entry for each currency. Without a date the whole history is posted.",
    postedFrom: (date: string) => ` Movements are posted from ${date} on.`,
    onlyEarlier:
      " Movements have been posted already: the start date can only move to an earlier date.",
    firstDay: "First day (UTC)",
    wholeHistory: "Whole history",
  },
  accounts: {
    title: "Ledger accounts",
    intro: "Where payments go in your ledger.",
    payments: "Payments",
    customers: "Each customer’s balance",
    customersText: "Payments without a customer share one account.",
    oneAccount: "One account for all payments",
    names: "Account names",
    namesText:
      "@ and letters, digits or underscores. Empty means the name shown in grey. The accounts of Stripe’s own balances keep their names.",
    /** By the API's word for the account. */
    purposes: {
      guests: "Payments without a customer",
      customers: "All payments, when they share one account",
      payouts: "Payouts on their way",
      disputes: "Disputed payments",
      fees: "Stripe’s fees",
      tax: "Taxes on fees",
      connect: "Connected accounts",
      platform: "Platform fees",
      connect_reserved: "Reserve for connected accounts",
      reserves: "Held against risk",
      payout_minimum: "Minimum kept from payouts",
      advances: "Advances and loans",
      issuing_spend: "Card spending",
      climate: "Climate contributions",
      unclaimed: "Unclaimed money",
      suspense: "Suspense, to be sorted by hand",
      opening: "Opening balance",
    },
  },
  customers: {
    title: "Customer data",
    intro: "What is copied from a Stripe customer to the identity in your ledger.",
    name: "Name",
    email: "E-mail address",
    phone: "Telephone number",
    address: "Postal address",
    matching: "Matching",
    match: "Match by e-mail address",
    matchText:
      "A new customer is attached to an identity that has the same address already. That identity is never changed.",
  },
  ceilings: {
    title: "Large-amount approval",
    intro: "A movement above its currency’s limit pauses the sync and asks you first.",
    currency: (row: number) => `Currency of limit ${row}`,
    amount: (row: number) => `Amount of limit ${row}`,
    currencyExample: "EUR",
    amountExample: "12500.00",
    add: "Add a limit",
    /** The number of the row is for screen readers, since the button stands beside the row. */
    remove: (hidden: (words: string) => Part, row: number) =>
      rich`Remove${hidden(` limit ${row}`)}`,
  },
};
