/** German, of the screens that the first view does not need: complete, the compiler asks for every text. */

import { access } from "./de/access";
import { accountRules } from "./de/account-rules";
import { activity } from "./de/activity";
import { thinned } from "./de/certificates";
import { figures } from "./de/figures";
import { notices } from "./de/notices";
import { payoutPlace } from "./de/payouts";
import { problemPlace } from "./de/problem-place";
import { search } from "./de/search";
import { settings } from "./de/settings";
import { syncs } from "./de/syncs";
import { webhooks } from "./de/webhooks";
import type { LateTexts } from "./late-en";

export const lateDe: LateTexts = {
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
