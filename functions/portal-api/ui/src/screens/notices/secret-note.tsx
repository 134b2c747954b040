/** The secret that signs notices, in the one moment in which it can be read. */

import { Note } from "../../components/ui/note";
import { late } from "../../texts/late";
import styles from "./notices.module.css";

export function SecretNote({ secret }: { secret: string }) {
  return (
    <Note tone="warn" icon="access" title={late.notices.secretOnce} alert>
      <p>{late.notices.secretText}</p>
      <p>
        <code class={styles.secret}>{secret}</code>
      </p>
    </Note>
  );
}
