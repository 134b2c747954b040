/** The screens that the first view does not need: they are loaded right after it, all at once. */

export { AccessScreen } from "./screens/access/access";
export { CertificateScreen } from "./screens/certificates/certificate";
export { CertificatesScreen } from "./screens/certificates/certificates";
export { ProblemsScreen } from "./screens/problems/problems";
export { SettingsScreen } from "./screens/settings/settings";
export { StripeScreen } from "./screens/stripe/stripe";
