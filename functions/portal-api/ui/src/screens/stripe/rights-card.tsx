/** What the key must be able to read. */

import { Card } from "../../components/ui/card";
import { Icon, type IconName } from "../../components/ui/icon";
import text from "../../components/ui/text.module.css";
import { READ_RIGHTS } from "../../lib/rights";
import { type Texts, t } from "../../texts";
import styles from "./rights-card.module.css";

export function RightsCard() {
  return (
    <Card title={t.stripe.rightsTitle}>
      <ul class={styles.rights}>
        {READ_RIGHTS.map(({ name }) => (
          <RightRow key={name} name={name} icon="eye" access={t.stripe.read} />
        ))}
        <RightRow name="webhooks" icon="clock" access={t.stripe.writeOptional} />
      </ul>
      <p class={text.muted}>{t.stripe.rightsNote}</p>
    </Card>
  );
}

interface RightRowProps {
  name: keyof Texts["stripe"]["rights"];
  icon: IconName;
  access: string;
}

function RightRow({ name, icon, access }: RightRowProps) {
  const texts = t.stripe.rights[name];
  return (
    <li>
      <Icon name={icon} />
      <div>
        <strong>{texts.name}</strong> <span class={styles.access}>{access}</span>
        <p>{texts.why}</p>
      </div>
    </li>
  );
}
