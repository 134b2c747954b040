/** What the other side said to a message. */

import type { NoticeDelivery } from "../../api/types";
import { lookUp } from "../../lib/labels";
import { late } from "../../texts/late";

export function answerText({ answer }: NoticeDelivery): string {
  if (!answer) return late.notices.noAnswer;
  const said = lookUp(late.notices.outcomes, answer.outcome) ?? answer.text;
  return answer.status === null ? said : late.notices.withStatus(said, `${answer.status}`);
}
