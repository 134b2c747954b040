/** One item: what happened, what to do about it, and where to look. */

import type { Overview, Problem } from "../../api/types";
import { actionSign } from "../../components/signs-later";
import { PermissionAdvice } from "../../components/stripe/permission-advice";
import { Amount } from "../../components/ui/amount";
import { Button } from "../../components/ui/button";
import { FromApi } from "../../components/ui/from-api";
import layout from "../../components/ui/layout.module.css";
import { SignPill } from "../../components/ui/pill";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { lookUp, problemKindText } from "../../lib/labels";
import { entriesLink, stripeLink } from "../../lib/links";
import type { Action } from "../../lib/query";
import { href } from "../../lib/router";
import { late } from "../../texts/late";
import styles from "./problem-row.module.css";
import { ProblemTitle, titleHasAmount } from "./problem-title";
import { isForeign, ReversingEntry } from "./reversing-entry";

export interface ProblemRowProps {
  problem: Problem;
  overview: Overview | undefined;
  /** True when no retry may be asked for. */
  blocked: boolean;
  retry: Action<[{ ids: string[] } | { code: string }]>;
  reopen: Action<[Problem]>;
  onDismiss: () => void;
  /** Of its title. */
  level?: "h2" | "h3";
  /** Where several can be dismissed at once. */
  selection?: { selected: boolean; onSelect: (selected: boolean) => void };
}

export function ProblemRow(props: ProblemRowProps) {
  const { problem, overview, selection, level: Title = "h3" } = props;
  const { currency, exponent } = problem;
  const signed = signedAmount(problem, overview);
  return (
    <li class={styles.problem}>
      <div class={styles.head}>
        {selection && (
          <input
            type="checkbox"
            aria-label={late.problemPlace.select(
              `${problemKindText(problem.code)} ${problem.subject}`,
            )}
            checked={selection.selected}
            onChange={(event) => selection.onSelect(event.currentTarget.checked)}
          />
        )}
        <Title>
          <ProblemTitle problem={problem} />
        </Title>
        {currency !== null && signed !== null && !titleHasAmount(problem) && (
          <Amount minor={signed} currency={currency} exponent={exponent} />
        )}
      </div>
      <Resolution problem={problem} />
      {problem.state === "open" && (
        <PermissionAdvice
          text={problem.cause}
          stripe={overview?.stripe}
          always={problem.code === "right_missing"}
        />
      )}
      <p class={text.sub}>
        <FromApi text={problem.cause} />
      </p>
      <Traces problem={problem} overview={overview} />
      <p class={text.sub}>
        <code>{problem.subject}</code> · <code>{problem.code}</code> ·{" "}
        <a href={href(`/problems/${problem.id}`)}>{late.problemPlace.ownPage}</a>
      </p>
      {problem.state !== "resolved" && <Actions {...props} />}
    </li>
  );
}

/** The same figure as in the comparison that found it: with its sign, which the item itself does not have. */
function signedAmount(problem: Problem, overview: Overview | undefined): string | null {
  const cause = overview?.last_proof?.causes.find(({ problem_id: id }) => id === problem.id);
  return cause?.found ?? cause?.expected ?? problem.amount;
}

/** What to do about it, or what was done. */
function Resolution({ problem }: { problem: Problem }) {
  const { state, action, code, advice, reason, dismissed_at, resolved_at, resolved_by } = problem;
  return (
    <>
      {state === "open" && (
        <p class={styles.advice}>
          <SignPill sign={actionSign(action)} />{" "}
          {lookUp(late.problemPlace.advice, code) ?? <FromApi text={advice} />}
        </p>
      )}
      {reason !== null && (
        <p class={styles.advice}>
          {dismissed_at
            ? late.problemPlace.dismissedAt(<When at={dismissed_at} />, reason)
            : late.problemPlace.dismissedFor(reason)}
        </p>
      )}
      {resolved_at !== null && (
        <p class={styles.advice}>
          {resolved_by
            ? late.problemPlace.resolvedBy(<When at={resolved_at} />, (words) => (
                <a href={href(`/runs/${resolved_by}`)}>{words}</a>
              ))
            : late.problemPlace.resolvedAt(<When at={resolved_at} />)}
        </p>
      )}
    </>
  );
}

/** When and in which syncs it was seen, and where to find its record and its entries. */
function Traces({ problem, overview }: { problem: Problem; overview: Overview | undefined }) {
  const atStripe = problem.stripe_id && stripeLink(problem.stripe_id, overview?.stripe?.mode);
  const inLedger = entriesLink(problem, overview?.links.dashboard_url ?? null);
  return (
    <p class={text.sub}>
      {late.problemPlace.firstSeen(<When at={problem.first_seen} />)},{" "}
      {late.problemPlace.lastSeen(<When at={problem.last_seen} />, problem.attempts, (words) => (
        <a href={href(`/runs/${problem.run_id}`)}>{words}</a>
      ))}
      {atStripe && <PlaceLink href={atStripe} name={late.problemPlace.inStripe} />}
      {inLedger && <PlaceLink href={inLedger} name={late.problemPlace.inBlnk} />}
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
            {requested ? late.problemPlace.willBeRetried : late.problemPlace.retry}
          </Button>
        )}
        {problem.state === "open" && (
          <Button onClick={onDismiss}>{late.problemPlace.dismiss}</Button>
        )}
        {problem.state === "dismissed" && (
          <Button busy={reopen.busy} onClick={() => void reopen.run(problem)}>
            {late.problemPlace.reopen}
          </Button>
        )}
        {isForeign(problem) && <ReversingEntry problem={problem} />}
      </div>
    </div>
  );
}
