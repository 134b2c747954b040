/** English. Its shape is what every other language must have: see `Texts`. */

import { common, errors, nouns, time } from "./en/common";
import { frame, sessionEnd } from "./en/frame";
import { overview } from "./en/overview";
import { preview } from "./en/preview";
import { problems } from "./en/problems";
import { certificates, payouts, proof } from "./en/proof";
import { runs } from "./en/runs";
import { realtime, schedule } from "./en/schedule";
import { approvals, attention, failures, pauses, state } from "./en/state";
import { stripe } from "./en/stripe";

export const en = {
  /** BCP 47 tag. */
  language: "en",
  direction: "ltr" as "ltr" | "rtl",
  common,
  nouns,
  time,
  errors,
  frame,
  sessionEnd,
  state,
  attention,
  pauses,
  failures,
  approvals,
  overview,
  preview,
  runs,
  proof,
  payouts,
  certificates,
  problems,
  stripe,
  schedule,
  realtime,
};

/** Every language has every text of the English catalogue. */
export type Texts = typeof en;
