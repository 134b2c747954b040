/** Settings while they are edited: the draft, and what will differ once it is saved. */

import type { Settings, SettingsChange } from "../api/types";

export interface Draft extends Omit<SettingsChange, "ceilings"> {
  /** In the order of the form; whole units as they were typed. */
  ceilings: { currency: string; amount: string }[];
}

export function draftOf(shown: Settings): Draft {
  return {
    revision: shown.revision,
    interval: shown.interval,
    pay_ins: shown.pay_ins,
    account_names: { ...shown.account_names },
    start_date: shown.start_date,
    match_by_email: shown.match_by_email,
    personal_data: { ...shown.personal_data },
    ceilings: Object.entries(shown.ceilings).map(([currency, amount]) => ({ currency, amount })),
  };
}

/** What is sent: without the rows and names that were left empty. */
export function changeOf(draft: Draft): SettingsChange {
  const names = Object.entries(draft.account_names).map(([word, name]) => [word, name.trim()] as const);
  const rows = draft.ceilings.map(
    ({ currency, amount }) => [currency.trim().toUpperCase(), amount.trim()] as const,
  );
  return {
    ...draft,
    account_names: Object.fromEntries(names.filter(([, name]) => name !== "")),
    ceilings: Object.fromEntries(rows.filter(([currency, amount]) => currency !== "" || amount !== "")),
  };
}

export function isChanged(shown: Settings, draft: Draft): boolean {
  const stable = (change: SettingsChange) =>
    JSON.stringify({
      ...change,
      account_names: Object.entries(change.account_names).sort(),
      ceilings: Object.entries(change.ceilings).sort(),
    });
  return stable(changeOf(draftOf(shown))) !== stable(changeOf(draft));
}

const ACCOUNTS: Record<string, string> = {
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
  suspense: "For a person to sort",
  opening: "Opening balance",
};

/** What an account of the chart is for, in a few words. */
export function accountText(word: string): string {
  return ACCOUNTS[word] ?? word.replaceAll("_", " ");
}

const COPIED = {
  name: "names",
  email: "e-mail addresses",
  phone: "telephone numbers",
  address: "postal addresses",
};

/** What is different from the next sync on, in sentences; what is posted already is never touched. */
export function differences(shown: Settings, draft: Draft): string[] {
  if (!shown.posted) return [];
  const change = changeOf(draft);
  return [...renamed(shown, change), ...rerouted(shown, change), ...copied(shown, change)];
}

function renamed(shown: Settings, change: SettingsChange): string[] {
  return shown.accounts.flatMap(({ account, name, default_name }) => {
    const next = change.account_names[account] ?? default_name;
    if (next === name) return [];
    return [`${accountText(account)}: new entries go to ${next}. ${name} keeps what it holds.`];
  });
}

function rerouted(shown: Settings, change: SettingsChange): string[] {
  const texts: string[] = [];
  if (change.pay_ins !== shown.pay_ins)
    texts.push(
      change.pay_ins === "customers"
        ? "New payments go to the balance of the customer who paid. Earlier ones, and their refunds, stay where they were posted."
        : "New payments go to one account. Earlier ones, and their refunds, stay on the customers’ balances.",
    );
  if (change.start_date !== shown.start_date)
    texts.push(
      `${change.start_date === null ? "The history before the start is" : `Movements from ${change.start_date} on are`} posted too, and the opening entry is corrected by the same amount.`,
    );
  return texts;
}

function copied(shown: Settings, change: SettingsChange): string[] {
  const texts = (Object.entries(COPIED) as [keyof typeof COPIED, string][])
    .filter(([part]) => change.personal_data[part] !== shown.personal_data[part])
    .map(([part, words]) =>
      change.personal_data[part]
        ? `Customers’ ${words} are copied when Stripe next tells of the customer.`
        : `Customers’ ${words} are not copied any more. Identities keep what they hold until you remove it in Blnk.`,
    );
  if (change.match_by_email !== shown.match_by_email)
    texts.push(
      change.match_by_email
        ? "New customers may be attached to an identity with the same e-mail address. Customers known already keep theirs."
        : "New customers get an identity of their own. Those that were matched stay so.",
    );
  return texts;
}
