/** English, of the screens that the first view does not need. Its shape is what every other language must have. */

import { access } from "./en/access";
import { accountRules } from "./en/account-rules";
import { activity } from "./en/activity";
import { thinned } from "./en/certificates";
import { figures } from "./en/figures";
import { notices } from "./en/notices";
import { payoutPlace } from "./en/payouts";
import { problemPlace } from "./en/problem-place";
import { search } from "./en/search";
import { settings } from "./en/settings";
import { syncs } from "./en/syncs";
import { webhooks } from "./en/webhooks";

export const lateEn = {
  webhooks,
  settings,
  accountRules,
  access,
  activity,
  notices,
  figures,
  payoutPlace,
  problemPlace,
  search,
  syncs,
  thinned,
};

/** Every language has every text of the English catalogue. */
export type LateTexts = typeof lateEn;
