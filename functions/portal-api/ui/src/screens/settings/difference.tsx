/** What a change of the settings makes different, in the page's language. */

import type { SettingsChanged } from "../../api/types";
import { FromApi } from "../../components/ui/from-api";
import { lookUp } from "../../lib/labels";
import { utcDay } from "../../lib/time";
import { t } from "../../texts";
import { late } from "../../texts/late";
import type { Part } from "../../texts/rich";

type Change = SettingsChanged["differences"][number];

export function Difference({ change }: { change: Change }) {
  return <>{changeText(change) ?? <FromApi text={change.text} />}</>;
}

function changeText({ code, subject, before, after, movements }: Change): Part | undefined {
  const texts = late.settings.differences;
  switch (code) {
    case "schedule":
      return after === "off" ? texts.schedule.off : scheduleText(after);
    case "account": {
      const purpose = subject && lookUp(late.settings.accounts.purposes, subject);
      return purpose && texts.account(purpose, <code>{after}</code>, <code>{before}</code>);
    }
    case "pay_ins":
      return lookUp(texts.payIns, after ?? "");
    case "start_date":
      return before && texts.startDate(movements, after && utcDay(after), utcDay(before));
    case "personal_data":
      return copiedText(subject, after === "true");
    case "match_by_email":
      return after === "true" ? texts.matched : texts.notMatched;
    case "ceiling":
      if (subject === null) return undefined;
      return after === null ? texts.noLimit(subject) : texts.limit(after, subject);
  }
}

/** The shortest interval has its number of minutes in the API's sentence alone. */
function scheduleText(interval: string | null): string | undefined {
  const { hourly, daily } = t.schedule;
  const words = lookUp({ hourly, daily }, interval ?? "");
  return words && late.settings.differences.schedule.every(words);
}

function copiedText(part: string | null, copied: boolean): string | undefined {
  const { name, email, phone, address } = late.settings.customers;
  const words = lookUp({ name, email, phone, address }, part ?? "");
  const texts = late.settings.differences;
  return words && (copied ? texts.copied(words) : texts.notCopied(words));
}
