/**
 * The shapes of the portal's JSON API, by the names the page uses. They come from the committed OpenAPI document
 * (`npm run types`). Amounts are strings of minor units; times are RFC 3339 in UTC.
 */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Scope = Schemas["Permission"];
export type RunScope = Schemas["SyncScope"];
export type RunState = Schemas["RunState"];
export type RunFilter = Schemas["RunFilter"];
export type Trigger = Schemas["Trigger"];
export type PayoutState = Schemas["PayoutState"];
export type Verdict = Schemas["Verdict"];
export type LineVerdict = Schemas["LineVerdict"];
export type Session = Schemas["Session"];
export type Overview = Schemas["Overview"];
export type StripeConnection = Schemas["StripeConnection"];
export type Connected = Schemas["Connected"];
export type Realtime = Schemas["Realtime"];
export type EndpointAtStripe = Schemas["EndpointAtStripe"];
export type Tallies = Schemas["Tallies"];
export type Party = Schemas["Party"];
export type Waiting = Schemas["Waiting"];
export type RunSummary = Schemas["RunSummary"];
export type RunDetail = Schemas["RunDetail"];
export type RunTotal = Schemas["RunTotal"];
export type Preview = Schemas["Preview"];
export type RunStarted = Schemas["RunStarted"];
export type RunPage = Schemas["RunPage"];
export type Proof = Schemas["Proof"];
export type ProofLine = Schemas["ProofLine"];
export type ProofPayouts = Schemas["ProofPayouts"];
export type PayoutRemainder = Schemas["PayoutRemainder"];
export type ProofCause = Schemas["ProofCause"];
export type CertificatePage = Schemas["CertificatePage"];
export type CertificateSummary = Schemas["CertificateSummary"];
export type Permissions = Schemas["Permissions"];
export type Interval = Schemas["Interval"];
export type Settings = Schemas["SettingsView"];
export type SettingsChange = Schemas["SettingsChange"];
export type SettingsChanged = Schemas["SettingsChanged"];
export type NoticeKind = Schemas["NoticeKind"];
export type NoticeChannel = Schemas["NoticeChannel"];
export type NoticeState = Schemas["NoticeState"];
export type NoticeOutcome = Schemas["NoticeOutcome"];
export type Notices = Schemas["NoticesView"];
export type NoticesChange = Schemas["NoticesChange"];
export type NoticesSaved = Schemas["NoticesSaved"];
export type NoticeDelivery = Schemas["NoticeDelivery"];
export type NoticeDeliveries = Schemas["NoticeDeliveries"];
export type AccountRules = Schemas["AccountRules"];
export type AccountRule = Schemas["AccountRule"];
export type AccountRulePreview = Schemas["AccountRulePreview"];
export type AccountRulePreviewRequest = Schemas["AccountRulePreviewRequest"];
export type AccountRuleRequest = Schemas["AccountRuleRequest"];
export type AccountRuleChanged = Schemas["AccountRuleChanged"];
export type UnrecognisedMovements = Schemas["UnrecognisedMovements"];
export type MovementNames = Schemas["MovementNames"];
export type Problem = Schemas["Problem"];
export type ReversingEntry = Schemas["ReversingEntry"];
export type ProblemPage = Schemas["ProblemPage"];
export type ProblemState = Schemas["ProblemState"];
export type ProblemAction = Schemas["Action"];
export type ProblemKind = Schemas["ProblemKind"];
export type ProblemKinds = Schemas["ProblemKinds"];
export type ProblemsChanged = Schemas["ProblemsChanged"];
export type OpenObject = Schemas["OpenObject"];
export type OpenObjectsList = Schemas["OpenObjects"];

export type Attention = Schemas["Attention"];
export type AttentionItem = Schemas["AttentionItem"];
export type FiguresStanding = Schemas["FiguresStanding"];
export type OpenReason = Schemas["OpenReason"];
export type Statement = Schemas["StatementOfBalance"];
export type Statements = Schemas["Statements"];
export type ReconcilingItem = Schemas["ReconcilingItem"];
export type ReconcilingItems = Schemas["ReconcilingItemsOfCurrency"];
export type ReconcilingItemsOfPeriod = Schemas["ReconcilingItemsOfPeriod"];
export type Journal = Schemas["Journal"];
export type JournalLine = Schemas["JournalRow"];
export type Series = Schemas["Series"];
export type SeriesOfCurrency = Schemas["SeriesOfCurrency"];
export type SeriesPoint = Schemas["SeriesPoint"];
export type SeriesPart = Exclude<keyof SeriesPoint, "at" | "net">;
export type DayState = Schemas["CalendarState"];
export type Payout = Schemas["PayoutSummary"];
export type PayoutPage = Schemas["PayoutList"];
export type PayoutDetail = Schemas["PayoutDetail"];
export type PayoutCurrency = Schemas["PayoutCurrency"];
export type PayoutMember = Schemas["PayoutMember"];
export type PayoutMembers = Schemas["PayoutMembersPage"];
export type Reconciliation = Schemas["Reconciliation"];
export type EntryState = Schemas["EntryState"];
export type SearchAnswer = Schemas["SearchAnswer"];
export type SearchOutcome = Schemas["SearchOutcome"];
export type FoundAccount = Schemas["SearchAccount"];
export type FoundEntry = Schemas["SearchEntry"];
export type FoundMovement = Schemas["SearchMovement"];
export type MovementState = Schemas["MovementState"];
export type ActivityEntry = Schemas["ActivityEntry"];
export type ActivityPage = Schemas["ActivityPage"];

/** An error answer (RFC 9457), with the members that refusals add. */
export type ProblemDetails = Schemas["ProblemDetails"];

/** Stripe's states of a payout that have words; the API gives any as Stripe names it. */
export type PayoutStatus = "pending" | "in_transit" | "paid" | "failed" | "canceled";

/** What is asked about: UTC days, the last one included. */
export interface Period {
  from: string;
  to: string;
}
