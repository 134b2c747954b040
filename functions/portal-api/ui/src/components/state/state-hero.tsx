/** The first thing to read on the overview: how things stand, and what that rests on. */

import { useApp } from "../../lib/app";
import { classes } from "../../lib/class-names";
import { t } from "../../texts";
import { summaryText } from "../proof/statement";
import { Icon } from "../ui/icon";
import { toneClass } from "../ui/tone";
import { When } from "../ui/when";
import { StateSentence, standingIcon } from "./sentence";
import styles from "./state-hero.module.css";

export function StateHero() {
  const { overview, situation } = useApp();
  const { standing } = situation;
  const proof = overview.data?.last_proof;
  if (!overview.data || !standing) return null;
  const matches = standing.base === "matches";
  return (
    <section
      class={classes(styles.hero, toneClass(standing.tone))}
      aria-labelledby="state"
      data-testid="state"
    >
      <span class={styles.seal}>
        <Icon name={standingIcon(standing)} size={30} />
      </span>
      <div class={styles.words}>
        {proof && (
          <p class={styles.eyebrow}>
            {proof.verdict === "match" && !matches
              ? t.state.lastMatch(<When at={proof.at} />)
              : t.state.lastCheck(<When at={proof.at} />)}
          </p>
        )}
        <h2 id="state">
          <StateSentence overview={overview.data} situation={situation} standing={standing} />
        </h2>
        {proof && <p class={styles.summary}>{summaryText(proof)}</p>}
        {standing.base === "unchecked" && <p class={styles.summary}>{t.proof.noneText}</p>}
      </div>
    </section>
  );
}
