/** What could not be posted, or was posted with a doubt: why, what to do about it, and the ways to do it. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Overview, Problem, ProblemKinds, ProblemPage, ProblemState } from "../api/types";
import { Amount, Button, Count, ErrorNote, Note, Pill, Skeleton, When } from "../components/basics";
import { Lead, Nothing } from "../components/nothing";
import { OpenObjects } from "../components/objects";
import { RightAdvice } from "../components/outside";
import { announce } from "../lib/announce";
import { useApp } from "../lib/app";
import { entriesLink, stripeLink } from "../lib/links";
import { type Action, useAction, useQuery } from "../lib/query";
import { href, navigate, type Route } from "../lib/router";
import { actionSign, kindText, plural } from "../lib/words";

const STATES: { state: ProblemState; name: string }[] = [
  { state: "open", name: "Open" },
  { state: "dismissed", name: "Dismissed" },
  { state: "resolved", name: "Resolved" },
];

interface Shown {
  state: ProblemState;
  code: string | null;
}

function shownOf(route: Route): Shown {
  const state = STATES.find(({ state }) => state === route.params.get("state"))?.state ?? "open";
  return { state, code: route.params.get("kind") };
}

function place({ state, code }: Shown): Record<string, string> {
  return { ...(state === "open" ? {} : { state }), ...(code === null ? {} : { kind: code }) };
}

export function ProblemsScreen({ route }: { route: Route }) {
  const { api, overview } = useApp();
  const shown = shownOf(route);
  const kinds = useQuery("problem kinds", (signal) => api.problemKinds(signal));
  const page = useQuery(`problems ${shown.state} ${shown.code ?? ""}`, (signal) =>
    api.problems(shown, null, signal),
  );
  const reload = () => {
    page.reload();
    kinds.reload();
    overview.reload();
  };
  return (
    <>
      <h1 tabIndex={-1}>Problems</h1>
      {overview.data && !overview.data.install.granted_permissions.includes("alerts:write") && <NoAlerts />}
      {kinds.data && <Filters kinds={kinds.data} shown={shown} />}
      {page.error && <ErrorNote error={page.error} retry={page.reload} />}
      {page.loading && <Skeleton lines={4} tall />}
      {page.data && (
        <List
          key={`${shown.state} ${shown.code}`}
          first={page.data}
          shown={shown}
          kinds={kinds.data}
          onChanged={reload}
        />
      )}
      <OpenObjects />
    </>
  );
}

function NoAlerts() {
  return (
    <Note tone="quiet" icon="info" title="No alerts are raised in Blnk">
      <p>
        This install was not granted <code>alerts:write</code>. What is wrong shows here only.{" "}
        <a href={href("/access")}>See what each permission allows</a>
      </p>
    </Note>
  );
}

function Filters({ kinds, shown }: { kinds: ProblemKinds; shown: Shown }) {
  const total = (state: ProblemState) => kinds.kinds.reduce((sum, kind) => sum + kind[state], 0);
  const known = kinds.kinds.some(({ code }) => code === shown.code);
  return (
    <div class="problem-filters">
      <nav class="tabs" aria-label="Filter problems by state">
        {STATES.map(({ state, name }) => (
          <a
            key={state}
            class="tab"
            href={href("/problems", place({ ...shown, state }))}
            aria-current={state === shown.state ? "true" : undefined}
          >
            {name}{" "}
            <span class="tab-count">
              <Count value={total(state)} />
              {kinds.complete ? "" : "+"}
            </span>
          </a>
        ))}
      </nav>
      {(kinds.kinds.length > 1 || shown.code !== null) && (
        <label class="kind-choice">
          <span>Kind</span>
          <select
            value={shown.code ?? ""}
            onChange={(event) =>
              navigate("/problems", place({ ...shown, code: event.currentTarget.value || null }))
            }
          >
            <option value="">All kinds</option>
            {kinds.kinds.map(({ code }) => (
              <option key={code} value={code}>
                {kindText(code)}
              </option>
            ))}
            {shown.code !== null && !known && <option value={shown.code}>{kindText(shown.code)}</option>}
          </select>
        </label>
      )}
    </div>
  );
}

interface Retried {
  /** The sync that was made for it; null when the one after the open sync does it. */
  run: string | null;
  count: number;
  more: boolean;
}

interface ListProps {
  first: ProblemPage;
  shown: Shown;
  kinds: ProblemKinds | undefined;
  onChanged: () => void;
}

function List({ first, shown, kinds, onChanged }: ListProps) {
  const { api, overview, onRunStarted } = useApp();
  const [page, setPage] = useState(first);
  const [dismissing, setDismissing] = useState<Problem | undefined>();
  const [retried, setRetried] = useState<Retried | undefined>();
  useEffect(() => setPage(first), [first]);
  const more = useAction(async () => {
    const next = await api.problems(shown, page.next);
    setPage({ problems: [...page.problems, ...next.problems], next: next.next });
  });
  const retry = useAction(async (which: { ids: string[] } | { code: string }) => {
    const done = await api.retryProblems(which);
    if (done.run) {
      onRunStarted(done.run);
      setRetried({ run: done.created ? done.run.id : null, count: done.changed, more: done.more });
      announce(`${plural(done.changed, "problem")} will be tried again.`);
    }
    onChanged();
  });
  const reopen = useAction(async (problem: Problem) => {
    await api.reopenProblems([problem.id]);
    announce("The problem is open again.");
    onChanged();
  });
  const granted = overview.data?.install.granted_permissions ?? [];
  const kind = kinds?.kinds.find(({ code }) => code === shown.code);
  // A retry is a sync that writes: it is not the way to start the first one.
  const blocked =
    !granted.includes("data:read") || !granted.includes("data:write") || !overview.data?.stripe?.confirmed;
  const retryKind = shown.state === "open" && kind !== undefined && kind.open > 1 && canRetry(kind.action);
  return (
    <>
      {retried && (
        <Note tone="info" icon="syncs" title={`${plural(retried.count, "problem")} will be tried again.`}>
          <p>
            {retried.run !== null ? (
              <a href={href(`/runs/${retried.run}`)}>See the sync that does it</a>
            ) : (
              "A sync is open already; the one after it does it."
            )}
            {retried.more && " · There are more of this kind: retry once more when it has ended."}
          </p>
        </Note>
      )}
      {retry.error && <ErrorNote error={retry.error} />}
      {reopen.error && <ErrorNote error={reopen.error} />}
      {page.problems.length === 0 && page.next === null ? (
        <Nothing {...shown} kinds={kinds} overview={overview.data} />
      ) : (
        <>
          {shown.state === "open" && <Lead overview={overview.data} />}
          {retryKind && shown.code !== null && (
            <div class="actions">
              <Button
                busy={retry.busy}
                disabled={blocked}
                onClick={() => void retry.run({ code: shown.code ?? "" })}
              >
                Retry all {kind.open} of this kind
              </Button>
            </div>
          )}
          <ul class="card problem-list" aria-label="Problems">
            {page.problems.map((problem) => (
              <Row
                key={problem.id}
                problem={problem}
                overview={overview.data}
                blocked={blocked}
                retry={retry}
                reopen={reopen}
                onDismiss={() => setDismissing(problem)}
              />
            ))}
          </ul>
        </>
      )}
      {more.error && <ErrorNote error={more.error} />}
      {page.next !== null && (
        <div class="actions center">
          <Button busy={more.busy} onClick={() => void more.run()}>
            Load more
          </Button>
        </div>
      )}
      {dismissing && (
        <Dismiss
          problem={dismissing}
          onClose={() => setDismissing(undefined)}
          onDone={() => {
            setDismissing(undefined);
            onChanged();
          }}
        />
      )}
    </>
  );
}

function canRetry(action: Problem["action"]): boolean {
  return action === "retry" || action === "fix_in_stripe" || action === "contact";
}

/** What to do about it, or what was done. */
function Standing({ problem }: { problem: Problem }) {
  const sign = actionSign(problem.action);
  return (
    <>
      {problem.state === "open" && (
        <p class="problem-advice">
          <Pill tone={sign.tone} icon={sign.icon}>
            {sign.text}
          </Pill>{" "}
          {problem.advice}
        </p>
      )}
      {problem.reason !== null && (
        <p class="problem-advice">
          Dismissed
          {problem.dismissed_at && (
            <>
              {" "}
              <When at={problem.dismissed_at} />
            </>
          )}
          : {problem.reason}
        </p>
      )}
      {problem.resolved_at !== null && (
        <p class="problem-advice">
          Resolved <When at={problem.resolved_at} />
          {problem.resolved_by && (
            <>
              {" "}
              by <a href={href(`/runs/${problem.resolved_by}`)}>a later sync</a>
            </>
          )}
        </p>
      )}
    </>
  );
}

interface RowProps {
  problem: Problem;
  overview: Overview | undefined;
  blocked: boolean;
  retry: Action<[{ ids: string[] } | { code: string }]>;
  reopen: Action<[Problem]>;
  onDismiss: () => void;
}

function Row({ problem, overview, blocked, retry, reopen, onDismiss }: RowProps) {
  const { amount, currency } = problem;
  const atStripe = problem.stripe_id && stripeLink(problem.stripe_id, overview?.stripe?.mode);
  const inLedger = entriesLink(problem, overview?.links.dashboard_url ?? null);
  return (
    <li>
      <div class="problem-head">
        <h2>{problem.cause}</h2>
        {amount !== null && currency !== null && (
          <Amount minor={amount} currency={currency} exponent={problem.exponent} />
        )}
      </div>
      <Standing problem={problem} />
      {problem.state === "open" && (
        <RightAdvice
          text={problem.cause}
          stripe={overview?.stripe}
          always={problem.code === "right_missing"}
        />
      )}
      <p class="sub">
        <code>{problem.subject}</code> · <code>{problem.code}</code>
      </p>
      <p class="sub">
        First seen <When at={problem.first_seen} />, last <When at={problem.last_seen} /> · in{" "}
        {plural(problem.attempts, "sync")} · <a href={href(`/runs/${problem.run_id}`)}>the last of them</a>
        {atStripe && (
          <>
            {" "}
            ·{" "}
            <a href={atStripe} target="_blank" rel="noopener noreferrer">
              In Stripe
            </a>
          </>
        )}
        {inLedger && (
          <>
            {" "}
            ·{" "}
            <a href={inLedger} target="_blank" rel="noopener noreferrer">
              In Blnk
            </a>
          </>
        )}
      </p>
      {problem.state !== "resolved" && (
        <div class="actions">
          {problem.state === "open" && problem.kind === "record" && (
            <Button
              busy={retry.busy}
              disabled={blocked || problem.retry_requested}
              onClick={() => void retry.run({ ids: [problem.id] })}
            >
              {problem.retry_requested ? "Will be tried again" : "Retry"}
            </Button>
          )}
          {problem.state === "open" && <Button onClick={onDismiss}>Dismiss…</Button>}
          {problem.state === "dismissed" && (
            <Button busy={reopen.busy} onClick={() => void reopen.run(problem)}>
              Open again
            </Button>
          )}
        </div>
      )}
    </li>
  );
}

const MAX_REASON = 500;

function Dismiss({
  problem,
  onClose,
  onDone,
}: {
  problem: Problem;
  onClose: () => void;
  onDone: () => void;
}) {
  const { api } = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const dismiss = useAction(async () => {
    await api.dismissProblems([problem.id], reason.trim());
    announce("The problem was dismissed.");
    onDone();
  });
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="dismiss-title" onClose={onClose}>
      <h2 id="dismiss-title">Dismiss this problem?</h2>
      <p>{problem.cause}</p>
      <p class="muted small">
        It is left as it is and not counted any more. If something is missing in the ledger, it stays missing,
        and the proof goes on saying so. If its cause changes, it is open again.
      </p>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") void dismiss.run();
        }}
      >
        <label for="dismiss-reason">Reason, for whoever looks later</label>
        <textarea
          id="dismiss-reason"
          rows={3}
          maxLength={MAX_REASON}
          required
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        {dismiss.error && <ErrorNote error={dismiss.error} />}
        <div class="actions end">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" submit busy={dismiss.busy} disabled={reason.trim() === ""}>
            Dismiss
          </Button>
        </div>
      </form>
    </dialog>
  );
}
