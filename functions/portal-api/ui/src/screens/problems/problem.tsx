/** One item by its address: a record that needs a decision, or something open at Stripe. */

import { useState } from "preact/hooks";
import type { Api } from "../../api/client";
import { ApiError } from "../../api/error";
import type { OpenObject, Problem } from "../../api/types";
import { Card, CardList } from "../../components/ui/card";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { Skeleton } from "../../components/ui/skeleton";
import { useApp } from "../../lib/app";
import { useQuery } from "../../lib/query";
import { href } from "../../lib/router";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { ActionResults } from "./action-results";
import { Dismiss } from "./dismiss";
import { ObjectRow } from "./open-objects";
import { ProblemRow } from "./problem-row";
import { useProblemActions } from "./use-problem-actions";

export function ProblemScreen({ id }: { id: string }) {
  const { api, overview } = useApp();
  const query = useQuery(`problem/${id}`, (signal) => find(api, id, signal));
  const { problem, object } = query.data ?? {};
  return (
    <>
      <p class={layout.back}>
        <a href={href("/problems")}>{late.problemPlace.backToList}</a>
      </p>
      <h1 tabIndex={-1}>{t.frame.titles.problem}</h1>
      {query.error && <ErrorNote error={query.error} retry={query.reload} />}
      {query.loading && <Skeleton lines={4} tall />}
      {object && (
        <CardList label={t.frame.titles.problem}>
          <ObjectRow object={object} mode={overview.data?.stripe?.mode} level="h2" />
        </CardList>
      )}
      {problem && <ProblemCard key={problem.id} problem={problem} onChanged={query.reload} />}
      {query.data && !problem && !object && (
        <Card>
          <Empty icon="check" title={late.problemPlace.notFound}>
            <p>{late.problemPlace.notFoundText}</p>
          </Empty>
        </Card>
      )}
    </>
  );
}

interface Found {
  problem?: Problem | undefined;
  object?: OpenObject | undefined;
}

/** Ids of what is open at Stripe; a problem's has its entry's name behind it. */
const OBJECT = /^[a-z]+_\w+$/;

async function find(api: Api, id: string, signal: AbortSignal): Promise<Found> {
  if (OBJECT.test(id)) {
    const { objects } = await api.objects(signal);
    const object = objects.find((object) => object.id === id);
    if (object) return { object };
  }
  try {
    return { problem: await api.problem(id, signal) };
  } catch (error) {
    if (error instanceof ApiError && error.code === "not_found") return {};
    throw error;
  }
}

function ProblemCard({ problem, onChanged }: { problem: Problem; onChanged: () => void }) {
  const { overview, situation } = useApp();
  const [dismissing, setDismissing] = useState(false);
  const reload = () => {
    onChanged();
    situation.attention.reload();
    overview.reload();
  };
  const actions = useProblemActions(reload);
  return (
    <>
      <ActionResults actions={actions} />
      <CardList label={t.frame.titles.problem}>
        <ProblemRow
          problem={problem}
          level="h2"
          overview={overview.data}
          blocked={actions.blocked}
          retry={actions.retry}
          reopen={actions.reopen}
          onDismiss={() => setDismissing(true)}
        />
      </CardList>
      {dismissing && (
        <Dismiss
          problems={[problem]}
          onClose={() => setDismissing(false)}
          onDone={() => {
            setDismissing(false);
            reload();
          }}
        />
      )}
    </>
  );
}
