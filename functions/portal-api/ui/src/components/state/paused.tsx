/** Why syncing is paused, and the one thing that ends it: at Stripe or in Blnk Cloud. */

import { useApp } from "../../lib/app";
import { permissionIn } from "../../lib/key-permissions";
import { lookUp } from "../../lib/labels";
import { href } from "../../lib/router";
import type { Pause } from "../../lib/run";
import { t } from "../../texts";
import { PERMISSION_MISSING, PermissionAdvice } from "../stripe/permission-advice";
import { ButtonLink } from "../ui/button";
import { FromApi } from "../ui/from-api";
import { Note } from "../ui/note";
import { Outside } from "../ui/outside";

export function Paused({ pause }: { pause: Pause }) {
  const { overview } = useApp();
  const known = lookUp(t.pauses, pause.code);
  const permission = permissionIn(pause.reason);
  return (
    <Note tone="warn" icon="pause" title={known?.title ?? <FromApi text={pause.reason} />} alert>
      {known && <p>{known.text}</p>}
      {permission && <p>{t.approvals.withPermission(<code>{permission}</code>)}</p>}
      <PermissionAdvice
        text={pause.reason}
        stripe={overview.data?.stripe}
        always={pause.code === PERMISSION_MISSING}
      />
      <WayOut code={pause.code} dashboardUrl={overview.data?.links.dashboard_url ?? null} />
    </Note>
  );
}

/** A pause that ends by itself: a newer key of Blnk has come. */
export function KeyReplaced() {
  return (
    <Note tone="info" icon="syncs" title={t.approvals.keyReplaced}>
      <p>{t.approvals.keyReplacedText}</p>
    </Note>
  );
}

/** The link leads to the one who can end the pause: a key of Blnk's is given by reinstalling. */
function WayOut({ code, dashboardUrl }: { code: string; dashboardUrl: string | null }) {
  const ofBlnk = code.startsWith("blnk_") || code === "key_unreadable";
  if (ofBlnk)
    return (
      dashboardUrl && (
        <p>
          <Outside button href={dashboardUrl}>
            {t.attention.reinstall}
          </Outside>
        </p>
      )
    );
  const words =
    code === "stripe_key_refused" ? t.attention.replaceKey : t.attention.checkConnection;
  return (
    <p>
      <ButtonLink href={href("/stripe")}>{words}</ButtonLink>
    </p>
  );
}
