/** What a sync waits for a person's approval of, with its amounts and numbers. It can wait. */

import { useState } from "preact/hooks";
import type { RunSummary } from "../../api/types";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
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

type Request = NonNullable<RunSummary["approval"]>;

interface ApprovalProps {
  /** What is approved. */
  code: string;
  /** What the API says of it. */
  reason: string;
  /** Its figures. A run of an older version may have none. */
  request: Request | null | undefined;
  run: string;
  /** What the run has read and posted so far, where that is known. */
  soFar?: { records: number; entries_posted: number } | null | undefined;
  /** False on the run's own page. */
  linked?: boolean;
  onApproved: () => void;
}

export function Approval(props: ApprovalProps) {
  const { code, reason, request, run, soFar, linked = true, onApproved } = props;
  const { overview } = useApp();
  const [later, setLater] = useState(false);
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

function titleOf(code: string, request: Request | null | undefined): string {
  const { fuse_size, fuse_currency, fuse_amount, title } = t.approvals;
  const named = lookUp({ fuse_size, fuse_currency, fuse_amount }, code) ?? title;
  return request?.kind === "currency" ? `${named}: ${request.currencies.join(", ")}` : named;
}

function factsOf(request: Request, mode: "live" | "test" | undefined): Fact[] {
  const names = t.approvals.facts;
  switch (request.kind) {
    case "size":
      return [
        [names.found, t.approvals.moreThan(request.limit)],
        [names.usual, t.nouns.movements(request.usual)],
        [names.allows, t.nouns.movements(request.allows)],
      ];
    case "amount":
      return [
        ...request.amounts.map(
          ({ amount, currency, exponent }): Fact => [
            names.amount(currency),
            <Amount key={currency} minor={amount} currency={currency} exponent={exponent} />,
          ],
        ),
        ...recordOf(request.record, mode),
      ];
    default:
      return [];
  }
}

function recordOf(record: string | null, mode: "live" | "test" | undefined): Fact[] {
  if (record === null) return [];
  const link = (
    <Outside key={record} href={stripeLink(record, mode)}>
      <code>{record}</code>
    </Outside>
  );
  return [[t.approvals.facts.record, link]];
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
