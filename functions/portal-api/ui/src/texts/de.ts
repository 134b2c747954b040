/** German, complete: the compiler asks for every text. Loaded only when it is chosen. */

import { common, errors, nouns, time } from "./de/common";
import { frame, sessionEnd } from "./de/frame";
import { overview } from "./de/overview";
import { preview } from "./de/preview";
import { problems } from "./de/problems";
import { certificates, payouts, proof } from "./de/proof";
import { runs } from "./de/runs";
import { realtime, schedule } from "./de/schedule";
import { approvals, attention, failures, pauses, state } from "./de/state";
import { stripe } from "./de/stripe";
import type { Texts } from "./en";

export const de: Texts = {
  language: "de",
  direction: "ltr",
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
