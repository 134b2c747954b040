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
export type Problem = Schemas["Problem"];
export type ProblemPage = Schemas["ProblemPage"];
export type ProblemState = Schemas["ProblemState"];
export type ProblemAction = Schemas["Action"];
export type ProblemKind = Schemas["ProblemKind"];
export type ProblemKinds = Schemas["ProblemKinds"];
export type ProblemsChanged = Schemas["ProblemsChanged"];
export type OpenObject = Schemas["OpenObject"];
export type OpenObjectsList = Schemas["OpenObjects"];

/** An error answer (RFC 9457), with the members that refusals add. */
export type ProblemDetails = Schemas["ProblemDetails"];
