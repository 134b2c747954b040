/** What the key must be able to read. */

import { Card } from "../../components/ui/card";
import { Icon, type IconName } from "../../components/ui/icon";
import text from "../../components/ui/text.module.css";
import { READ_PERMISSIONS } from "../../lib/key-permissions";
import { type Texts, t } from "../../texts";
import styles from "./permissions-card.module.css";

export function PermissionsCard() {
  return (
    <Card title={t.stripe.permissionsTitle}>
      <ul class={styles.permissions}>
        {READ_PERMISSIONS.map(({ name }) => (
          <PermissionRow key={name} name={name} icon="eye" access={t.stripe.read} />
        ))}
        <PermissionRow name="webhooks" icon="clock" access={t.stripe.writeOptional} />
      </ul>
      <p class={text.muted}>{t.stripe.permissionsNote}</p>
    </Card>
  );
}

interface PermissionRowProps {
  name: keyof Texts["stripe"]["permissions"];
  icon: IconName;
  access: string;
}

function PermissionRow({ name, icon, access }: PermissionRowProps) {
  const texts = t.stripe.permissions[name];
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
