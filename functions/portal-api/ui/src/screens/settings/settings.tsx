/** What a person can choose: how often, on which accounts, from when, which personal data, and which amounts need approval. */

import { SettingsTabs } from "../../components/frame/settings-tabs";
import { ErrorNote } from "../../components/ui/error-note";
import { Skeleton } from "../../components/ui/skeleton";
import { useApp } from "../../lib/app";
import { useQuery } from "../../lib/query";
import { t } from "../../texts";
import { AccountRulesPart } from "./account-rules";
import { SettingsForm } from "./settings-form";

export function SettingsScreen() {
  const { api } = useApp();
  const query = useQuery("settings", (signal) => api.settings(signal));
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.settings}</h1>
      <SettingsTabs current="settings" />
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={8} tall />}
      {query.data && (
        // A fresh form for each revision: the draft is of what is shown.
        <SettingsForm
          key={query.data.revision}
          shown={query.data}
          onSaved={query.set}
          onReload={query.reload}
        />
      )}
      {query.data && <AccountRulesPart onChanged={query.reload} />}
    </>
  );
}
