/** The receiver's answer to a message. */

import type { NoticeDelivery } from "../../api/types";
import { lookUp } from "../../lib/labels";
import { late } from "../../texts/late";

export function answerText({ answer }: NoticeDelivery): string {
  if (!answer) return late.notices.noAnswer;
  const outcome = lookUp(late.notices.outcomes, answer.outcome) ?? answer.text;
  return answer.status === null ? outcome : late.notices.withStatus(outcome, `${answer.status}`);
}
