/** Records that could not be posted, or were posted with a doubt, and why. */

import { useState } from "preact/hooks";
import type { Problem, ProblemPage } from "../api/types";
import { Amount, Button, Empty, ErrorNote, Skeleton, When } from "../components/basics";
import { useApp } from "../lib/app";
import { useAction, useQuery } from "../lib/query";
import { href } from "../lib/router";
import { plural } from "../lib/words";

export function ProblemsScreen() {
  const { api } = useApp();
  const page = useQuery("problems", (signal) => api.problems(null, signal));
  return (
    <>
      <h1 tabIndex={-1}>Problems</h1>
      {page.error && <ErrorNote error={page.error} retry={page.reload} />}
      {page.loading && <Skeleton lines={4} tall />}
      {page.data && <List first={page.data} />}
    </>
  );
}

function List({ first }: { first: ProblemPage }) {
  const { api } = useApp();
  const [page, setPage] = useState(first);
  const more = useAction(async () => {
    const next = await api.problems(page.next);
    setPage({ problems: [...page.problems, ...next.problems], next: next.next });
  });
  if (page.problems.length === 0) {
    return (
      <section class="card">
        <Empty icon="check" title="Nothing to look at">
          <p>Every record that was read has been posted.</p>
        </Empty>
      </section>
    );
  }
  return (
    <>
      <p class="lead">
        A sync goes on past a record it cannot post. Everything that is not named here was posted.
      </p>
      <ul class="card problem-list">
        {page.problems.map((problem) => (
          <Row key={problem.id} problem={problem} />
        ))}
      </ul>
      {more.error && <ErrorNote error={more.error} />}
      {page.next !== null && (
        <div class="actions center">
          <Button busy={more.busy} onClick={() => void more.run()}>
            Load more
          </Button>
        </div>
      )}
    </>
  );
}

function Row({ problem }: { problem: Problem }) {
  const { amount, currency } = problem;
  return (
    <li>
      <div class="problem-head">
        <h2>{problem.cause}</h2>
        {amount !== null && currency !== null && (
          <Amount minor={amount} currency={currency} exponent={problem.exponent} />
        )}
      </div>
      <p class="sub">
        <code>{problem.stripe_id}</code> · <code>{problem.code}</code>
      </p>
      <p class="sub">
        First seen <When at={problem.first_seen} />, last <When at={problem.last_seen} /> ·{" "}
        {plural(problem.attempts, "attempt")} · <a href={href(`/runs/${problem.run_id}`)}>its sync</a>
      </p>
    </li>
  );
}
