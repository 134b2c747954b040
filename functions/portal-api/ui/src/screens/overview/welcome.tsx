/** The first steps of an install that has no Stripe account yet. */

import type { ComponentChildren } from "preact";
import type { Overview } from "../../api/types";
import { ButtonLink } from "../../components/ui/button";
import { Icon } from "../../components/ui/icon";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { href } from "../../lib/router";
import { t } from "../../texts";
import styles from "./welcome.module.css";

export function Welcome({ install }: { install: Overview["install"] }) {
  const texts = t.overview.welcome;
  const installed = texts.installedText(
    <When at={install.installed_at} />,
    <code>{install.instance_id}</code>,
  );
  return (
    <section class={styles.welcome}>
      <div class={styles.words}>
        <h2>{texts.title}</h2>
        <p class={styles.lead}>{texts.text}</p>
      </div>
      <ol class={styles.steps}>
        <Step
          state="past"
          sign={<Icon name="check" size={14} />}
          title={texts.installed}
          description={installed}
        />
        <Step state="current" sign="2" title={texts.connect} description={texts.connectText}>
          <p class={styles.action}>
            <ButtonLink href={href("/stripe")}>
              {texts.connect} <Icon name="arrow" size={16} />
            </ButtonLink>
          </p>
        </Step>
        <Step state="ahead" sign="3" title={texts.sync} description={texts.syncText} />
      </ol>
    </section>
  );
}

interface StepProps {
  state: "past" | "current" | "ahead";
  sign: ComponentChildren;
  title: string;
  description: ComponentChildren;
  children?: ComponentChildren;
}

function Step({ state, sign, title, description, children }: StepProps) {
  return (
    <li class={styles[state]}>
      <span class={styles.dot}>{sign}</span>
      <div class={styles.step}>
        <h3>{title}</h3>
        <p class={text.muted}>{description}</p>
        {children}
      </div>
    </li>
  );
}
