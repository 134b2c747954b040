/** The search from either side: Stripe's record, its ledger entries, its payout and its open item beside each other. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { SearchAnswer } from "../../api/types";
import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import { Empty } from "../../components/ui/empty";
import { ErrorNote } from "../../components/ui/error-note";
import form from "../../components/ui/form.module.css";
import { Note } from "../../components/ui/note";
import { Outside } from "../../components/ui/outside";
import { Skeleton } from "../../components/ui/skeleton";
import text from "../../components/ui/text.module.css";
import type { Tone } from "../../components/ui/tone";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { VERBATIM } from "../../lib/fields";
import { useQuery } from "../../lib/query";
import { navigate, type Route } from "../../lib/router";
import { lookFor, useWanted } from "../../lib/search";
import { t } from "../../texts";
import { late } from "../../texts/late";
import { Entries, Movement, StripeObject } from "./results";
import styles from "./search.module.css";

/** The ids that another screen links to: they stand in the address, which nothing personal may. */
const ID = /^[a-z]{2,5}_\w{1,80}$/;

export function SearchScreen({ route }: { route: Route }) {
  const { api } = useApp();
  const wanted = useWanted();
  const linked = route.params.get("id");
  const query = linked !== null && ID.test(linked) ? linked : wanted.query;
  const answer = useQuery(query === "" ? null : `search/${wanted.round}/${query}`, (signal) =>
    api.search(query, signal),
  );
  const texts = late.search;
  const outcome = answer.data?.outcome;
  useEffect(() => {
    if (outcome) announce(late.search.outcomes[outcome]);
  }, [outcome]);
  return (
    <>
      <h1 tabIndex={-1}>{t.frame.titles.search}</h1>
      <SearchForm key={`${wanted.round}/${query}`} query={query} />
      {query === "" && (
        <Card>
          <Empty icon="search" title={texts.empty}>
            <p>{texts.emptyText}</p>
          </Empty>
        </Card>
      )}
      {answer.error && <ErrorNote error={answer.error} retry={answer.reload} />}
      {answer.loading && (
        <>
          <p class={text.muted}>{texts.searching}</p>
          <Skeleton lines={5} tall />
        </>
      )}
      {answer.data && <SearchResult answer={answer.data} />}
    </>
  );
}

function SearchForm({ query }: { query: string }) {
  const [typed, setTyped] = useState(query);
  const field = useRef<HTMLInputElement>(null);
  const texts = late.search;
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    if (typed.trim() === "") return field.current?.focus();
    lookFor(typed);
    navigate("/search");
  };
  return (
    <search aria-label={t.frame.titles.search}>
      <form class={styles.form} onSubmit={search}>
        <label for="search">{texts.label}</label>
        <div class={styles.line}>
          <input
            ref={field}
            id="search"
            class={form.field}
            value={typed}
            aria-describedby="search-help"
            onInput={(event) => setTyped(event.currentTarget.value)}
            {...VERBATIM}
          />
          <Button kind="primary" submit>
            {texts.button}
          </Button>
        </div>
        <p id="search-help" class={text.mutedSmall}>
          {texts.intro}
        </p>
      </form>
    </search>
  );
}

const TONES: Partial<Record<SearchAnswer["outcome"], Tone>> = {
  not_readable: "warn",
  not_found: "quiet",
};

function SearchResult({ answer }: { answer: SearchAnswer }) {
  const texts = late.search;
  const { outcome, movements, entries, object, permission } = answer;
  const invoice = outcome === "not_readable" && answer.kind === "invoice";
  const why = invoice ? texts.invoice : texts.outcomeTexts[outcome];
  return (
    <>
      {outcome !== "found" && (
        <Note tone={TONES[outcome] ?? "info"} title={<strong>{texts.outcomes[outcome]}</strong>}>
          {why && <p>{why}</p>}
          {permission && (
            <p>
              {texts.permission}: <code>{permission}</code>
            </p>
          )}
          {answer.key_url && <Outside href={answer.key_url}>{texts.makeKey}</Outside>}
        </Note>
      )}
      {movements.length > 1 && <p class={text.muted}>{texts.movements(movements.length)}</p>}
      {object && <StripeObject object={object} moved={movements.length > 0} />}
      {movements.map((movement) => (
        <Movement key={movement.id} movement={movement} />
      ))}
      {entries.length > 0 && (
        <Card title={texts.entriesAlone}>
          <Entries entries={entries} />
        </Card>
      )}
    </>
  );
}
