/** The screens that the first view does not need: they are loaded right after it, all at once. */

export { AccessScreen } from "./screens/access/access";
export { ActivityScreen } from "./screens/activity/activity";
export { CertificateScreen } from "./screens/certificates/certificate";
export { CertificatesScreen } from "./screens/certificates/certificates";
export { NoticesScreen } from "./screens/notices/notices";
export { MoneyPictures } from "./screens/overview/money-pictures";
export { NextPayout } from "./screens/overview/next-payout";
export { PayoutScreen } from "./screens/payouts/payout";
export { PayoutsScreen } from "./screens/payouts/payouts";
export { ProblemScreen } from "./screens/problems/problem";
export { ProblemsScreen } from "./screens/problems/problems";
export { SearchScreen } from "./screens/search/search";
export { SettingsScreen } from "./screens/settings/settings";
export { StatementsScreen } from "./screens/statements/statements";
export { StripeScreen } from "./screens/stripe/stripe";
export { SyncsScreen } from "./screens/syncs/syncs";
export { renewWhileUsed } from "./session/renewal";
