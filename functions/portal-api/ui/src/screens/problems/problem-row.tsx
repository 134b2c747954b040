/** One problem: what happened, what to do about it, and where to look. */

import type { Overview, Problem } from "../../api/types";
import { actionSign } from "../../components/signs";
import { RightAdvice } from "../../components/stripe/right-advice";
import { Amount } from "../../components/ui/amount";
import { Button } from "../../components/ui/button";
import layout from "../../components/ui/layout.module.css";
import { SignPill } from "../../components/ui/pill";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { entriesLink, stripeLink } from "../../lib/links";
import type { Action } from "../../lib/query";
import { href } from "../../lib/router";
import { t } from "../../texts";
import styles from "./problem-row.module.css";

interface ProblemRowProps {
  problem: Problem;
  overview: Overview | undefined;
  /** True when no retry may be asked for. */
  blocked: boolean;
  retry: Action<[{ ids: string[] } | { code: string }]>;
  reopen: Action<[Problem]>;
  onDismiss: () => void;
}

export function ProblemRow(props: ProblemRowProps) {
  const { problem, overview } = props;
  const { amount, currency, exponent } = problem;
  return (
    <li class={styles.problem}>
      <div class={styles.head}>
        <h2>{problem.cause}</h2>
        {amount !== null && currency !== null && (
          <Amount minor={amount} currency={currency} exponent={exponent} />
        )}
      </div>
      <Resolution problem={problem} />
      {problem.state === "open" && (
        <RightAdvice
          text={problem.cause}
          stripe={overview?.stripe}
          always={problem.code === "right_missing"}
        />
      )}
      <p class={text.sub}>
        <code>{problem.subject}</code> · <code>{problem.code}</code>
      </p>
      <Traces problem={problem} overview={overview} />
      {problem.state !== "resolved" && <Actions {...props} />}
    </li>
  );
}

/** What to do about it, or what was done. */
function Resolution({ problem }: { problem: Problem }) {
  const { state, action, advice, reason, dismissed_at, resolved_at, resolved_by } = problem;
  return (
    <>
      {state === "open" && (
        <p class={styles.advice}>
          <SignPill sign={actionSign(action)} /> {advice}
        </p>
      )}
      {reason !== null && (
        <p class={styles.advice}>
          {dismissed_at
            ? t.problems.dismissedAt(<When at={dismissed_at} />, reason)
            : t.problems.dismissedFor(reason)}
        </p>
      )}
      {resolved_at !== null && (
        <p class={styles.advice}>
          {resolved_by
            ? t.problems.resolvedBy(<When at={resolved_at} />, (words) => (
                <a href={href(`/runs/${resolved_by}`)}>{words}</a>
              ))
            : t.problems.resolvedAt(<When at={resolved_at} />)}
        </p>
      )}
    </>
  );
}

/** When and in which syncs it was seen, and where to find its record and its entries. */
function Traces({ problem, overview }: { problem: Problem; overview: Overview | undefined }) {
  const atStripe = problem.stripe_id && stripeLink(problem.stripe_id, overview?.stripe?.mode);
  const inLedger = entriesLink(problem, overview?.links.dashboard_url ?? null);
  const first = <When at={problem.first_seen} />;
  const last = <When at={problem.last_seen} />;
  return (
    <p class={text.sub}>
      {t.problems.seen(first, last, problem.attempts, (words) => (
        <a href={href(`/runs/${problem.run_id}`)}>{words}</a>
      ))}
      {atStripe && <PlaceLink href={atStripe} name={t.problems.inStripe} />}
      {inLedger && <PlaceLink href={inLedger} name={t.problems.inBlnk} />}
    </p>
  );
}

function PlaceLink({ href, name }: { href: string; name: string }) {
  return (
    <>
      {" · "}
      <a href={href} target="_blank" rel="noopener noreferrer">
        {name}
      </a>
    </>
  );
}

function Actions({ problem, blocked, retry, reopen, onDismiss }: ProblemRowProps) {
  const requested = problem.retry_requested;
  return (
    <div class={styles.actions}>
      <div class={layout.actions}>
        {problem.state === "open" && problem.kind === "record" && (
          <Button
            busy={retry.busy}
            disabled={blocked || requested}
            onClick={() => void retry.run({ ids: [problem.id] })}
          >
            {requested ? t.problems.willBeRetried : t.problems.retry}
          </Button>
        )}
        {problem.state === "open" && <Button onClick={onDismiss}>{t.problems.dismiss}</Button>}
        {problem.state === "dismissed" && (
          <Button busy={reopen.busy} onClick={() => void reopen.run(problem)}>
            {t.problems.reopen}
          </Button>
        )}
      </div>
    </div>
  );
}
