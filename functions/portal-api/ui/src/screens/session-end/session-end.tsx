/** The calm page when there is no session, with the reason and what to do next. */

import { FullPage } from "../../components/frame/full-page";
import { ButtonLink } from "../../components/ui/button";
import { RoundSign } from "../../components/ui/empty";
import type { IconName } from "../../components/ui/icon";
import text from "../../components/ui/text.module.css";
import type { EndReason } from "../../session/session";
import { t } from "../../texts";

const ICONS: Record<EndReason, IconName> = {
  expired: "clock",
  removed: "access",
  link_expired: "clock",
  link_invalid: "cross",
  missing: "arrow",
};

interface SessionEndProps {
  reason: EndReason;
  dashboardUrl: string | null;
}

export function SessionEndScreen({ reason, dashboardUrl }: SessionEndProps) {
  const texts = t.sessionEnd.reasons[reason];
  return (
    <FullPage alert>
      <RoundSign icon={ICONS[reason]} size={28} />
      <h1>{texts.title}</h1>
      <p class={text.lead}>{texts.text}</p>
      <p>{texts.next}</p>
      {dashboardUrl && window.top === window && (
        <p>
          <ButtonLink href={dashboardUrl}>{t.sessionEnd.dashboard}</ButtonLink>
        </p>
      )}
    </FullPage>
  );
}
