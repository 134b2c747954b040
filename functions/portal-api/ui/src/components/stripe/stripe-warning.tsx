/** What could be better about a connection. */

import type { StripeConnection } from "../../api/types";
import { t } from "../../texts";
import { FromApi } from "../ui/from-api";
import { Note } from "../ui/note";

export function StripeWarning({ warning }: { warning: StripeConnection["warnings"][number] }) {
  if (warning.code === "secret_key")
    return (
      <Note tone="warn" title={t.attention.secretKey}>
        <p>{t.attention.secretKeyText}</p>
      </Note>
    );
  if (warning.code === "endpoint_off")
    return (
      <Note tone="warn" title={t.attention.webhookOff}>
        <p>{t.attention.webhookOffText}</p>
      </Note>
    );
  return <Note tone="warn" title={<FromApi text={warning.text} />} />;
}
