/** The settings. */

import { type Part, rich } from "../rich";

export const settings = {
  save: "Save changes",
  saving: "Saving…",
  undo: "Undo changes",
  saved: "Settings saved.",
  savedScheduleLater: "Saved. The schedule follows within the hour.",
  show: "Show the settings",
  confirmTitle: "What will differ from now on",
  postedStays: "What is posted already is not touched.",
  changedMeanwhile: "Somebody else changed the settings meanwhile. Nothing was saved.",
  showPresent: "Show the present settings",

  schedule: {
    title: "Schedule",
    intro: "How often a sync starts by itself. The first one always waits for you.",
    everyMinute: "Every minute",
    everyMinutes: (minutes: number) => `Every ${minutes} minutes`,
    everyMinutesText: "The ledger follows Stripe closely.",
    hourly: "Every hour",
    daily: "Every day",
    off: "Off",
    offText:
      "Only when you ask, or Stripe tells of an event. Once a day what is missing is posted and the books are proven all the same.",
  },
  start: {
    title: "Start date",
    intro:
      "Movements before this day are summed up in one opening entry for each currency. Without a date the whole history is posted.",
    postedFrom: (date: string) => ` Movements are posted from ${date} on.`,
    onlyEarlier: " Something is posted already: the start can move to an earlier date, never to a later one.",
    firstDay: "First day (UTC)",
    wholeHistory: "Whole history",
  },
  accounts: {
    title: "Accounts",
    intro: "Where payments go in your ledger.",
    payments: "Payments",
    customers: "Each customer’s balance",
    customersText: "Payments without a customer share one account.",
    oneAccount: "One account for all payments",
    names: "Account names",
    namesText:
      "@ and letters, digits or underscores. Empty means the name shown in grey. The mirrors of Stripe’s balances keep their names.",
  },
  customers: {
    title: "Customers’ data",
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
    title: "Ceilings",
    intro: "A movement above its currency’s ceiling pauses the sync and asks you first.",
    currency: (row: number) => `Currency of ceiling ${row}`,
    amount: (row: number) => `Amount of ceiling ${row}`,
    currencyExample: "EUR",
    amountExample: "12500.00",
    add: "Add a ceiling",
    /** The number of the row is for screen readers, since the button stands beside the row. */
    remove: (hidden: (words: string) => Part, row: number) => rich`Remove${hidden(` ceiling ${row}`)}`,
  },
};
