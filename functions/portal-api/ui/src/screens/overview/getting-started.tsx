/** The way from a fresh install to the first match, each step leading to the next. */

import type { ComponentChildren } from "preact";
import type { Overview } from "../../api/types";
import { useStartPreview } from "../../components/sync/use-start-preview";
import { Button, ButtonLink } from "../../components/ui/button";
import { ErrorNote } from "../../components/ui/error-note";
import { Icon } from "../../components/ui/icon";
import layout from "../../components/ui/layout.module.css";
import text from "../../components/ui/text.module.css";
import { href } from "../../lib/router";
import { t } from "../../texts";
import styles from "./getting-started.module.css";
import { type StartSync, SyncNow } from "./sync-now";

interface GettingStartedProps {
  data: Overview;
  sync: StartSync;
}

export function GettingStarted({ data, sync }: GettingStartedProps) {
  const texts = t.overview;
  return (
    <section class={styles.welcome}>
      <div class={styles.words}>
        <h2>{texts.welcome.title}</h2>
        <p class={styles.lead}>{texts.welcome.text}</p>
      </div>
      <ol class={styles.steps} aria-label={texts.steps.label}>
        <ConnectStep data={data} blocked={sync.blocked} />
        <PreviewStep data={data} />
        <SyncStep data={data} sync={sync} />
        <Step
          state="ahead"
          sign="4"
          title={texts.steps.match}
          description={texts.steps.matchText}
        />
      </ol>
    </section>
  );
}

function ConnectStep({ data: { stripe }, blocked }: { data: Overview; blocked: boolean }) {
  const texts = t.overview.steps;
  if (stripe)
    return (
      <Step
        state="past"
        sign="1"
        title={texts.connected(stripe.display_name ?? stripe.account_id)}
      />
    );
  return (
    <Step state="current" sign="1" title={texts.connect} description={texts.connectText}>
      {!blocked && (
        <ButtonLink href={href("/stripe")}>
          {t.overview.welcome.connect} <Icon name="arrow" size={16} />
        </ButtonLink>
      )}
    </Step>
  );
}

function PreviewStep({ data: { stripe, last_preview: last, open_run: open } }: { data: Overview }) {
  const preview = useStartPreview();
  const texts = t.overview.steps;
  const making = stripe?.current_run != null && open?.scope === "preview";
  if (making)
    return <Step state="current" sign="2" title={texts.preview} description={texts.previewing} />;
  if (last !== null || stripe === null) {
    const state = last !== null && stripe !== null ? "past" : "ahead";
    return <Step state={state} sign="2" title={texts.preview} description={texts.previewText} />;
  }
  return (
    <Step state="current" sign="2" title={texts.preview} description={texts.previewText}>
      {preview.error && <ErrorNote error={preview.error} />}
      <Button kind="primary" busy={preview.busy} onClick={() => void preview.run()}>
        {t.preview.start}
      </Button>
    </Step>
  );
}

function SyncStep({ data, sync }: GettingStartedProps) {
  const preview = useStartPreview();
  const texts = t.overview.steps;
  const { stripe, last_preview: last } = data;
  const idle = stripe !== null && stripe.current_run === null;
  const current = idle && last !== null;
  return (
    <Step
      state={current ? "current" : "ahead"}
      sign="3"
      title={texts.sync}
      description={texts.syncText}
    >
      {idle && (
        <div class={layout.actions}>
          {last !== null && (
            <ButtonLink href={href(`/runs/${last}`)}>
              {t.preview.see} <Icon name="arrow" size={16} />
            </ButtonLink>
          )}
          <SyncNow sync={sync} first />
          {last !== null && (
            <Button busy={preview.busy} onClick={() => void preview.run()}>
              {t.preview.startAgain}
            </Button>
          )}
        </div>
      )}
      {preview.error && <ErrorNote error={preview.error} />}
    </Step>
  );
}

interface StepProps {
  state: "past" | "current" | "ahead";
  sign: string;
  title: string;
  description?: string;
  children?: ComponentChildren;
}

function Step({ state, sign, title, description, children }: StepProps) {
  return (
    <li class={styles[state]} aria-current={state === "current" ? "step" : undefined}>
      <span class={styles.dot}>{state === "past" ? <Icon name="check" size={14} /> : sign}</span>
      <div class={styles.step}>
        <h3>{title}</h3>
        {description && <p class={text.muted}>{description}</p>}
        {children && <div class={styles.action}>{children}</div>}
      </div>
    </li>
  );
}
