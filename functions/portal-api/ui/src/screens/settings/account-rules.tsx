/** Movements that the app has no rule for, and the accounts that a person gave to them. */

import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { AccountRule, AccountRules, UnrecognisedMovements } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import { Confirm } from "../../components/ui/confirm";
import { ErrorNote } from "../../components/ui/error-note";
import { Hidden } from "../../components/ui/hidden";
import layout from "../../components/ui/layout.module.css";
import { Pill } from "../../components/ui/pill";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { savedRule } from "../../lib/account-rule";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { rebaseDrafts } from "../../lib/draft";
import { lookUp } from "../../lib/labels";
import { isReadOnly } from "../../lib/permissions";
import { useAction, useQuery } from "../../lib/query";
import { href } from "../../lib/router";
import { formatCount } from "../../texts/count";
import { late } from "../../texts/late";
import { AccountRuleForm } from "./account-rule-form";
import styles from "./account-rules.module.css";
import { DismissGroup } from "./dismiss-group";

interface AccountRulesPartProps {
  /** The settings hold the rules, so their revision is another one after a change. */
  onChanged: () => void;
}

export function AccountRulesPart({ onChanged }: AccountRulesPartProps) {
  const { api, overview } = useApp();
  const connected = overview.data?.stripe != null;
  const query = useQuery(connected ? "account-rules" : null, (signal) => api.accountRules(signal));
  if (!connected) return null;
  const changed = (before: number, after: number) => {
    rebaseDrafts(before, after);
    query.reload();
    onChanged();
  };
  const dismissed = () => {
    query.reload();
    overview.reload();
  };
  return (
    <Card title={late.accountRules.title}>
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={3} />}
      {query.data && <Shown shown={query.data} onDismissed={dismissed} onChanged={changed} />}
    </Card>
  );
}

interface ShownProps {
  shown: AccountRules;
  onDismissed: () => void;
  onChanged: (before: number, after: number) => void;
}

function Shown({ shown, onDismissed, onChanged }: ShownProps) {
  const texts = late.accountRules;
  const { overview } = useApp();
  const mayChange = !isReadOnly(overview.data?.install.granted_permissions ?? []);
  /** What was typed before is open again. */
  const typed = () => shown.unrecognised.find((held) => held.rule_id === null && savedRule(held));
  const [chosen, setChosen] = useState(() => (mayChange ? typed() : undefined));
  const done = (before: number, after: number) => {
    setChosen(undefined);
    onChanged(before, after);
  };
  return (
    <>
      <p class={text.muted}>{texts.intro(formatCount(shown.delay_minutes))}</p>
      {shown.unrecognised.length === 0 && <p>{texts.nothing}</p>}
      <ul class={styles.list}>
        {shown.unrecognised.map((held) => (
          <li key={JSON.stringify([held.reporting_category, held.type])}>
            <Held
              held={held}
              onGive={mayChange ? () => setChosen(held) : undefined}
              onDismissed={onDismissed}
            />
          </li>
        ))}
      </ul>
      {!shown.complete && <p class={text.mutedSmall}>{texts.more}</p>}
      {chosen && (
        <AccountRuleForm
          key={namesOf(chosen)}
          shown={shown}
          about={chosen}
          onDone={done}
          onClose={() => setChosen(undefined)}
        />
      )}
      {shown.rules.length > 0 && <h3>{texts.rules}</h3>}
      <ul class={styles.list}>
        {shown.rules.map((rule) => (
          <li key={rule.id}>
            <Rule rule={rule} shown={shown} mayChange={mayChange} onChanged={onChanged} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** The names of movements or of a rule, as Stripe writes them. */
function namesOf(names: { reporting_category: string | null; type: string | null }): string {
  const given = [names.reporting_category, names.type].filter((name) => name);
  return given.length === 0 ? late.accountRules.unnamed : given.join(" / ");
}

interface HeldProps {
  held: UnrecognisedMovements;
  onGive: (() => void) | undefined;
  onDismissed: () => void;
}

function Held({ held, onGive, onDismissed }: HeldProps) {
  const texts = late.accountRules;
  const [dismissing, setDismissing] = useState(false);
  const hidden = (words: string) => <Hidden>{words}</Hidden>;
  const isNamed = held.reporting_category !== "" || held.type !== "";
  return (
    <>
      <div>
        <code class={styles.names}>{namesOf(held)}</code>
        <p class={text.mutedSmall}>
          {texts.held(held.movements, held.open)}
          {held.amounts.map(({ currency, exponent, amount }) => (
            <Fragment key={currency}>
              {" · "}
              <Amount minor={amount} currency={currency} exponent={exponent} />
            </Fragment>
          ))}
        </p>
        {held.rule_id !== null && <p class={text.mutedSmall}>{texts.hasRule}</p>}
        {held.open > 0 && <a href={href("/problems?code=unknown_type")}>{texts.seeItems}</a>}
      </div>
      <div class={layout.actions}>
        {held.open > 0 && isNamed && (
          <Button small onClick={() => setDismissing(true)}>
            {texts.dismiss(hidden, namesOf(held))}
          </Button>
        )}
        {onGive && isNamed && held.rule_id === null && (
          <Button small onClick={onGive}>
            {texts.give(hidden, namesOf(held))}
          </Button>
        )}
      </div>
      {dismissing && (
        <DismissGroup
          held={held}
          onClose={() => setDismissing(false)}
          onDone={() => {
            setDismissing(false);
            onDismissed();
          }}
        />
      )}
    </>
  );
}

interface RuleProps extends Omit<ShownProps, "onDismissed"> {
  rule: AccountRule;
  mayChange: boolean;
}

function Rule({ rule, shown, mayChange, onChanged }: RuleProps) {
  const texts = late.accountRules;
  const { api } = useApp();
  const [asking, setAsking] = useState(false);
  const end = useAction(async () => {
    const { revision } = await api.endAccountRule(rule.id, shown.revision);
    announce(texts.ended);
    setAsking(false);
    onChanged(shown.revision, revision);
  });
  const inForce = rule.state === "in_force" || rule.state === "ending";
  return (
    <>
      <div>
        <code class={styles.names}>{namesOf(rule)}</code> →{" "}
        <code class={styles.names}>{rule.account}</code>
        <p class={text.mutedSmall}>
          {texts.since(<When at={rule.starts_at} />)}{" "}
          {rule.ends_at !== null && texts.until(<When at={rule.ends_at} />)}
        </p>
      </div>
      <Pill tone={inForce ? "ok" : "quiet"} icon={inForce ? "check" : "clock"}>
        {lookUp(texts.states, rule.state) ?? rule.state}
      </Pill>
      {mayChange && rule.ends_at === null && (
        <Button small onClick={() => setAsking(true)}>
          {texts.end(
            (words) => (
              <Hidden>{words}</Hidden>
            ),
            namesOf(rule),
          )}
        </Button>
      )}
      <Confirm
        open={asking}
        title={texts.endTitle}
        confirm={texts.endConfirm}
        busy={end.busy}
        error={end.error}
        onConfirm={() => void end.run()}
        onClose={() => {
          setAsking(false);
          end.clear();
        }}
      >
        <p>{texts.endText(formatCount(shown.delay_minutes))}</p>
      </Confirm>
    </>
  );
}
