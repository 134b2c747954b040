/** What comes after connecting: the preview, one click away. */

import { useEffect, useRef } from "preact/hooks";
import { useStartPreview } from "../../components/sync/use-start-preview";
import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import { ErrorNote } from "../../components/ui/error-note";
import { Icon } from "../../components/ui/icon";
import layout from "../../components/ui/layout.module.css";
import { t } from "../../texts";

export function NextStep() {
  const preview = useStartPreview();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.scrollIntoView({ block: "center" }), []);
  return (
    <div ref={place}>
      <Card title={t.stripe.next} tone="info">
        <p>{t.stripe.nextText}</p>
        {preview.error && <ErrorNote error={preview.error} />}
        <div class={layout.actions}>
          <Button kind="primary" busy={preview.busy} onClick={() => void preview.run()}>
            {t.preview.start} <Icon name="arrow" size={16} />
          </Button>
        </div>
      </Card>
    </div>
  );
}
