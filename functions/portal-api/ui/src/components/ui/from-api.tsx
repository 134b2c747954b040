/** A sentence that the API wrote, in English: said so to browsers and screen readers of another language. */

import { cleaned } from "../../lib/api-text";
import { t } from "../../texts";

export function FromApi({ text }: { text: string }) {
  return <span lang={t.language === "en" ? undefined : "en"}>{cleaned(text)}</span>;
}
