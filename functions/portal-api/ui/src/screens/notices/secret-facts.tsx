/** Since when the secret signs, and its replacement. */

import { useState } from "preact/hooks";
import type { Notices, NoticesSaved } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Confirm } from "../../components/ui/confirm";
import { type Fact, Facts } from "../../components/ui/facts";
import layout from "../../components/ui/layout.module.css";
import { When } from "../../components/ui/when";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { useAction } from "../../lib/query";
import { late } from "../../texts/late";

interface SecretFactsProps {
  shown: Notices;
  webhook: NonNullable<Notices["webhook"]>;
  onSaved: (saved: NoticesSaved) => void;
}

export function SecretFacts({ shown, webhook, onSaved }: SecretFactsProps) {
  const { api } = useApp();
  const [asking, setAsking] = useState(false);
  const texts = late.notices;
  const replace = useAction(async () => {
    const saved = await api.replaceNoticeSecret(shown.revision);
    setAsking(false);
    announce(texts.replaced);
    onSaved(saved);
  });
  const facts: Fact[] = [[texts.secretSince, <When key="since" at={webhook.secret_since} />]];
  if (webhook.previous_secret_until)
    facts.push([texts.previousUntil, <When key="until" at={webhook.previous_secret_until} />]);
  return (
    <>
      <Facts items={facts} />
      <div class={layout.actions}>
        <Button onClick={() => setAsking(true)}>{texts.replace}</Button>
      </div>
      <Confirm
        open={asking}
        title={texts.replaceTitle}
        confirm={texts.replace}
        tone="primary"
        busy={replace.busy}
        error={replace.error}
        onConfirm={() => void replace.run()}
        onClose={() => setAsking(false)}
      >
        <p>{texts.replaceText}</p>
      </Confirm>
    </>
  );
}
