/** English. Its shape is what every other language must have: see `Texts`. */

import { access } from "./en/access";
import { common, errors, nouns, time } from "./en/common";
import { frame, sessionEnd } from "./en/frame";
import { overview } from "./en/overview";
import { preview } from "./en/preview";
import { problems } from "./en/problems";
import { certificates, payouts, proof } from "./en/proof";
import { runs } from "./en/runs";
import { settings } from "./en/settings";
import { stripe } from "./en/stripe";
import { webhooks } from "./en/webhooks";

export const en = {
  /** BCP 47 tag. */
  language: "en",
  common,
  nouns,
  time,
  errors,
  frame,
  sessionEnd,
  overview,
  preview,
  runs,
  proof,
  payouts,
  certificates,
  problems,
  stripe,
  webhooks,
  settings,
  access,
};
