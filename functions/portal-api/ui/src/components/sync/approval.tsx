/** What a sync waits for a person's approval of, with its amounts and numbers. It can wait. */

import { useState } from "preact/hooks";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { type ApprovalRequest, approvalRequestIn } from "../../lib/approval";
import { lookUp } from "../../lib/labels";
import { stripeLink } from "../../lib/links";
import { useAction } from "../../lib/query";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { Amount } from "../ui/amount";
import { Button } from "../ui/button";
import { ErrorNote } from "../ui/error-note";
import { type Fact, Facts } from "../ui/facts";
import { FromApi } from "../ui/from-api";
import layout from "../ui/layout.module.css";
import { Note } from "../ui/note";
import { Outside } from "../ui/outside";

interface ApprovalProps {
  /** What is approved. */
  code: string;
  /** What the API says of it. */
  reason: string;
  run: string;
  /** What the run has read and posted so far, where that is known. */
  soFar?: { records: number; entries_posted: number } | null | undefined;
  /** False on the run's own page. */
  linked?: boolean;
  onApproved: () => void;
}

export function Approval({ code, reason, run, soFar, linked = true, onApproved }: ApprovalProps) {
  const { overview } = useApp();
  const [later, setLater] = useState(false);
  const request = approvalRequestIn(code, reason);
  const facts = [
    ...(request ? factsOf(request, overview.data?.stripe?.mode) : []),
    ...factsSoFar(soFar),
  ];
  return (
    <Note tone="warn" icon="pause" title={titleOf(code, request)} alert={!later}>
      {request ? <p>{t.approvals.nothingPosted}</p> : <FromApi text={reason} />}
      {facts.length > 0 && <Facts items={facts} />}
      {linked && (
        <p>
          {t.approvals.seeRun((words) => (
            <a href={href(`/runs/${run}`)}>{words}</a>
          ))}
        </p>
      )}
      <div class={layout.actions}>
        {later ? (
          <Button onClick={() => setLater(false)}>{t.approvals.decide}</Button>
        ) : (
          <>
            <Approve run={run} code={code} onApproved={onApproved} />
            <Button onClick={() => setLater(true)}>{t.common.notNow}</Button>
          </>
        )}
      </div>
    </Note>
  );
}

function titleOf(code: string, request: ApprovalRequest | undefined): string {
  const { fuse_size, fuse_currency, fuse_amount, title } = t.approvals;
  const named = lookUp({ fuse_size, fuse_currency, fuse_amount }, code) ?? title;
  return request && request.currencies.length > 0
    ? `${named}: ${request.currencies.join(", ")}`
    : named;
}

function factsOf(
  { amounts, record, size }: ApprovalRequest,
  mode: "live" | "test" | undefined,
): Fact[] {
  const names = t.approvals.facts;
  const facts: Fact[] = [];
  if (size)
    facts.push(
      [names.found, t.approvals.moreThan(size.limit)],
      [names.usual, t.nouns.movements(size.usual)],
      [names.allows, t.nouns.movements(size.allows)],
    );
  for (const { minor, currency, exponent } of amounts)
    facts.push([
      names.amount(currency),
      <Amount key={currency} minor={minor} currency={currency} exponent={exponent} />,
    ]);
  if (record)
    facts.push([
      names.record,
      <Outside key={record} href={stripeLink(record, mode)}>
        <code>{record}</code>
      </Outside>,
    ]);
  return facts;
}

function factsSoFar(soFar: ApprovalProps["soFar"]): Fact[] {
  if (!soFar) return [];
  const names = t.approvals.facts;
  return [
    [names.read, t.nouns.records(soFar.records)],
    [names.posted, t.nouns.entries(soFar.entries_posted)],
  ];
}

function Approve({ run, code, onApproved }: Pick<ApprovalProps, "run" | "code" | "onApproved">) {
  const { api } = useApp();
  const approve = useAction(async () => {
    await api.approveRun(run, code);
    announce(t.runs.goesOn);
    onApproved();
  });
  return (
    <>
      {approve.error && <ErrorNote error={approve.error} />}
      <Button kind="primary" busy={approve.busy} onClick={() => void approve.run()}>
        {t.approvals.approve}
      </Button>
    </>
  );
}
