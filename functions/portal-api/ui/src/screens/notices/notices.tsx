/** Who is told of what needs attention without opening the portal: by a webhook of their own, and by e-mail. */

import { useState } from "preact/hooks";
import { SettingsTabs } from "../../components/frame/settings-tabs";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { useApp } from "../../lib/app";
import { rebaseDrafts } from "../../lib/draft";
import { useQuery } from "../../lib/query";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { Deliveries } from "./deliveries";
import { NoticesForm } from "./notices-form";
import { SecretNote } from "./secret-note";

export function NoticesScreen() {
  const { api } = useApp();
  const query = useQuery("notices", (signal) => api.notices(signal));
  /** A secret that was made: shown until the screen is left. */
  const [secret, setSecret] = useState<string | null>(null);
  const [tests, setTests] = useState(0);
  const shown = query.data;
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.notices}</h1>
      <SettingsTabs current="notices" />
      <p class={text.muted}>{late.notices.intro}</p>
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={8} tall />}
      {secret !== null && <SecretNote secret={secret} />}
      {shown && (
        <div class={layout.stack}>
          <NoticesForm
            key={shown.revision}
            shown={shown}
            onReload={query.reload}
            onTested={() => setTests((count) => count + 1)}
            onSaved={(saved) => {
              if (saved.secret !== null || saved.notices.webhook === null) setSecret(saved.secret);
              rebaseDrafts(shown.revision, saved.notices.revision);
              query.set(saved.notices);
            }}
          />
          <Deliveries key={`tests-${tests}`} tests={tests} />
        </div>
      )}
    </>
  );
}
