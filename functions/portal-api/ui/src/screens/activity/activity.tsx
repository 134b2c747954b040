/** The audit trail: who did what, and when. */

import { withQuery } from "../../api/path";
import type { ActivityEntry } from "../../api/types";
import { SettingsTabs } from "../../components/frame/settings-tabs";
import { Card } from "../../components/ui/card";
import { useDownloads } from "../../components/ui/downloads";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import { Choice, DayRange, FilterGroup } from "../../components/ui/filters";
import layout from "../../components/ui/layout.module.css";
import { LoadMore } from "../../components/ui/load-more";
import { Skeleton } from "../../components/ui/skeleton";
import table from "../../components/ui/table.module.css";
import text from "../../components/ui/text.module.css";
import { When } from "../../components/ui/when";
import { useApp } from "../../lib/app";
import { dayIn } from "../../lib/filter";
import { lookUp } from "../../lib/labels";
import { choose, href, type Route } from "../../lib/router";
import { usePages } from "../../lib/use-pages";
import { t } from "../../texts";
import { formatCount } from "../../texts/count";
import { late } from "../../texts/late";

type Filter = Record<"kind" | "from" | "to", string | null>;

function filterOf(params: URLSearchParams): Filter {
  const kind = params.get("kind");
  return {
    kind: kind !== null && Object.hasOwn(late.activity.kinds, kind) ? kind : null,
    from: dayIn(params, "from"),
    to: dayIn(params, "to"),
  };
}

export function ActivityScreen({ route }: { route: Route }) {
  const filter = filterOf(route.params);
  const { buttons, result } = useDownloads([
    { label: late.activity.csv, path: withQuery("/activity.csv", filter), name: "activity.csv" },
  ]);
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.activity}</h1>
      <SettingsTabs current="activity" />
      <div class={layout.pageHead}>
        <Filters filter={filter} />
        <div class={layout.actions}>{buttons}</div>
      </div>
      {result}
      <List key={JSON.stringify(filter)} filter={filter} />
    </>
  );
}

function Filters({ filter }: { filter: Filter }) {
  const texts = late.activity;
  return (
    <FilterGroup label={texts.filterLabel}>
      <Choice
        label={texts.kind}
        any={texts.allKinds}
        value={filter.kind}
        choices={Object.entries(texts.kinds)}
        onChoose={(kind) => choose({ kind })}
      />
      <DayRange labels={texts} value={filter} onChoose={choose} />
    </FilterGroup>
  );
}

function List({ filter }: { filter: Filter }) {
  const { api } = useApp();
  const texts = late.activity;
  const { query, items, next, more } = usePages(
    `activity/${JSON.stringify(filter)}`,
    async (cursor, signal) => {
      const page = await api.activity({ ...filter, cursor }, signal);
      return { items: page.entries, next: page.next, kept: page.kept_days };
    },
  );
  if (query.error) return <ErrorNote error={query.error} retry={query.reload} />;
  if (!query.data) return <Skeleton lines={6} tall />;
  return (
    <>
      <p class={text.muted}>
        {texts.intro(formatCount(query.data.first.kept))} {texts.since}
      </p>
      <Card>
        {items.length === 0 ? (
          <Empty icon="clock" title={texts.empty}>
            <p>{texts.emptyText}</p>
          </Empty>
        ) : (
          <EntryTable entries={items} />
        )}
      </Card>
      <LoadMore more={more} next={next} />
    </>
  );
}

function EntryTable({ entries }: { entries: ActivityEntry[] }) {
  const { columns, caption, kinds, automatic } = late.activity;
  return (
    <div class={table.room}>
      <table class={table.table}>
        <caption class={text.visuallyHidden}>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.what}</th>
            <th scope="col">{columns.at}</th>
            <th scope="col">{columns.subject}</th>
            <th scope="col">{columns.who}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ id, at, kind, subject, launch_id: who, text: fallback }) => (
            <tr key={id}>
              <th scope="row">{lookUp(kinds, kind) ?? <span lang="en">{fallback}</span>}</th>
              <td data-label={columns.at}>
                <When at={at} />
              </td>
              <td data-label={columns.subject}>
                {subject ? <Subject kind={kind} subject={subject} /> : "–"}
              </td>
              <td data-label={columns.who}>{who ? <code>{who}</code> : automatic}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Of these the subject is a number: how often there was such a change. */
const COUNTED: ActivityEntry["kind"][] = ["settings_changed", "notices_changed"];

/** A sync and an item have places of their own. */
function Subject({ kind, subject }: { kind: ActivityEntry["kind"]; subject: string }) {
  if (COUNTED.includes(kind) && /^\d+$/.test(subject)) return late.activity.revision(subject);
  const name = <code>{subject}</code>;
  if (kind.startsWith("run_") || kind === "fuse_approved")
    return <a href={href(`/runs/${subject}`)}>{name}</a>;
  return kind.startsWith("problem_") ? <a href={href(`/problems/${subject}`)}>{name}</a> : name;
}
