/** The first thing to do with a connected account: preview, then start. */

import { useStartPreview } from "../../components/sync/use-start-preview";
import { Button, ButtonLink } from "../../components/ui/button";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import { Icon } from "../../components/ui/icon";
import layout from "../../components/ui/layout.module.css";
import { href } from "../../lib/router";
import { t } from "../../texts";

export function BeforeFirstSync({ lastPreview }: { lastPreview: string | null }) {
  const preview = useStartPreview();
  const first = lastPreview === null;
  return (
    <Empty icon="eye" title={t.preview.first}>
      <p>{t.preview.firstText}</p>
      <div class={layout.actionsCenter}>
        <Button kind={first ? "primary" : "plain"} busy={preview.busy} onClick={() => void preview.run()}>
          {first ? t.preview.start : t.preview.startAgain}
        </Button>
        {preview.error && <ErrorNote error={preview.error} />}
        {!first && (
          <ButtonLink href={href(`/runs/${lastPreview}`)}>
            {t.preview.see} <Icon name="arrow" size={16} />
          </ButtonLink>
        )}
      </div>
    </Empty>
  );
}
