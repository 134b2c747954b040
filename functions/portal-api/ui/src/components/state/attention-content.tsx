/** What needs attention, in words, and the link to where something can be done about it. */

import type { Overview } from "../../api/types";
import { withoutFirstSentence } from "../../lib/api-text";
import { balanceText, problemKindText } from "../../lib/labels";
import { isZero } from "../../lib/money";
import { postingState } from "../../lib/permissions";
import { href } from "../../lib/router";
import { isComplete } from "../../lib/run";
import type { Matter } from "../../lib/standing";
import { t } from "../../texts";
import type { Part } from "../../texts/rich";
import { Amount } from "../ui/amount";
import { FromApi } from "../ui/from-api";
import { Outside } from "../ui/outside";
import { When } from "../ui/when";
import { objectTitle, reasonText } from "./object-text";

export interface AttentionContent {
  title: Part;
  text?: Part;
  action?: Part;
}

export function attentionContent(item: Matter, overview: Overview | undefined): AttentionContent {
  return { ...titleAndText(item, overview), action: actionOf(item) };
}

function titleAndText(item: Matter, overview: Overview | undefined): AttentionContent {
  const texts = t.attention;
  switch (item.kind) {
    case "failed_payout":
      return { title: objectTitle(false, item), text: reasonOf(item) };
    case "dispute":
      return {
        title: objectTitle(true, item),
        text: (
          <>
            {reasonOf(item)} {deadlineOf(item)}
          </>
        ),
      };
    case "ledger_difference":
    case "stripe_difference":
      return { title: differenceOf(item), text: texts.differsText };
    case "suspense":
      return { title: texts.suspense(item.count, amountOf(item)), text: texts.suspenseText };
    case "problems":
      return problemsOf(item, overview);
    case "failed_sync":
      return { title: texts.failedRun, text: <FromApi text={withoutFirstSentence(item.text)} /> };
    case "stale_proof":
      return {
        title:
          item.since === null ? texts.outOfDateText : texts.outOfDate(<When at={item.since} />),
        text: item.since !== null && texts.outOfDateText,
      };
    case "realtime_off":
      return { title: texts.webhookOff, text: texts.webhookOffText };
    default:
      return { title: <FromApi text={item.text} /> };
  }
}

/** Stripe's word for why, if it has one. */
function reasonOf({ reason }: Matter): Part {
  return reason === null ? null : t.attention.reason(reasonText(reason));
}

/** The amount of an item that has one. */
function amountOf({ amount, currency, exponent }: Matter): Part | undefined {
  if (amount === null || currency === null) return undefined;
  return <Amount minor={amount} currency={currency} exponent={exponent} />;
}

/** Until when Stripe takes an answer; nothing to answer is left where the bank decides. */
function deadlineOf({ due_at: due, action }: Matter): Part {
  if (due !== null) return t.attention.evidenceDue(<When at={due} />);
  return action.kind === "answer_dispute_at_stripe"
    ? t.attention.answerWanted
    : t.attention.bankDecides;
}

function differenceOf(item: Matter): Part {
  const balance = [balanceText(item.subject ?? ""), item.currency].join(" ");
  const amount = amountOf(item);
  if (item.kind === "stripe_difference") return t.attention.stripeDifference(amount, balance);
  if (item.amount === null || isZero(item.amount)) return t.attention.entriesDiffer(balance);
  return t.attention.ledgerDifference(amount, balance);
}

/** Records of one kind; of all kinds, where the API does not tell them apart. */
function problemsOf(item: Matter, overview: Overview | undefined): AttentionContent {
  const texts = t.attention;
  const needs = texts.records(item.count);
  const amount = amountOf(item);
  const sum = amount && <> · {amount}</>;
  const posting = postingState(overview) === "posting";
  const posted = isComplete(overview?.last_run) ? texts.recordsText : null;
  const besides = posting ? posted : texts.recordsTextUnposted;
  if (item.subject === null) return { title: needs, text: besides };
  return {
    title: problemKindText(item.subject),
    text: (
      <>
        {needs}
        {sum}
      </>
    ),
  };
}

/** `path` within the page. */
function within(path: string, words: string, params?: Record<string, string>): Part {
  return <a href={href(path, params)}>{words}</a>;
}

function actionOf({ kind, action: { kind: action, id, url } }: Matter): Part {
  const texts = t.attention;
  switch (action) {
    case "open_payout":
      return within(`/payouts/${id}`, texts.seePayout);
    case "answer_dispute_at_stripe":
    case "open_dispute_at_stripe": {
      const words =
        action === "answer_dispute_at_stripe" ? texts.answerAtStripe : texts.openInStripe;
      return url && <Outside href={url}>{words}</Outside>;
    }
    case "review_problems": {
      const words = kind === "suspense" ? texts.suspenseAction : texts.recordsAction;
      return within("/problems", words, id === null ? {} : { kind: id });
    }
    case "open_certificate":
      return within(`/certificates/${id}`, texts.differsAction);
    case "set_up_realtime":
      return within("/stripe", texts.webhookOffAction);
    case "open_run":
      return within(`/runs/${id}`, texts.failedRunAction);
    default:
      return null;
  }
}
