/** Real time: whether Stripe tells this app of movements as they happen, and what is to be done when it does not. */

import { useId, useRef, useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import type { EndpointAtStripe, Overview, Realtime, StripeConnection } from "../api/types";
import { Button, Card, Confirm, ErrorNote, Facts, Note, Pill, Skeleton, When } from "../components/basics";
import { Outside, RightAdvice } from "../components/outside";
import { announce } from "../lib/announce";
import { useApp } from "../lib/app";
import { type Query, useAction, useQuery } from "../lib/query";
import { endpointsPage, WEBHOOK_RIGHT } from "../lib/rights";
import { plural, standingOf } from "../lib/words";

/** Between two looks at when the last event came. */
const POLL_MS = 15_000;

const MISSING: Record<NonNullable<Realtime["missing"]>, string> = {
  right: "This key may not create webhook endpoints.",
  refused: "Stripe did not take the endpoint.",
  limit: "This Stripe account has as many webhook endpoints as Stripe allows.",
  unreachable: "Stripe did not answer when the endpoint was to be created.",
};

/** Why nothing is delivered although there was an endpoint. */
const OFF: Record<string, { pill: string; title: string }> = {
  disabled: {
    pill: "Disabled at Stripe",
    title: "Stripe has switched this endpoint off, and delivers no events to it.",
  },
  gone: { pill: "Gone at Stripe", title: "Stripe does not have this endpoint any more." },
  elsewhere: {
    pill: "Delivers elsewhere",
    title: "This endpoint delivers to another address than this app’s: one of the two was changed.",
  },
};

function offAtStripe(data: Realtime) {
  return data.status === "missing" ? undefined : OFF[data.at_stripe?.standing ?? ""];
}

export function RealtimeCard({ stripe }: { stripe: StripeConnection }) {
  const { api, overview } = useApp();
  // Stripe is asked when the card is opened, not with every look at when the last event came.
  const of = `realtime ${stripe.account_id} ${stripe.key_last4}`;
  const looked = useRef<{ of: string; endpoints: Realtime["endpoints"] }>(undefined);
  const query = useQuery(
    of,
    async (signal) => {
      const before = looked.current?.of === of ? looked.current : undefined;
      const data = await api.realtime(!before, signal);
      // What was listed to choose from stays while it is read.
      const endpoints =
        data.endpoints.length > 0 || data.missing !== "limit" ? data.endpoints : (before?.endpoints ?? []);
      looked.current = { of, endpoints };
      return { ...data, endpoints };
    },
    () => POLL_MS,
  );
  const data = query.data;
  if (!data) {
    return query.error ? <ErrorNote error={query.error} retry={query.reload} /> : <Skeleton lines={3} />;
  }
  const off = offAtStripe(data);
  return (
    <Card
      title="Real time"
      aside={
        data.status === "missing" ? (
          <Pill tone="warn" icon="pause">
            Not set up
          </Pill>
        ) : off ? (
          <Pill tone="bad" icon="cross">
            {off.pill}
          </Pill>
        ) : waits(data) ? (
          <Pill tone="info" icon="clock">
            Waiting for the first event
          </Pill>
        ) : (
          <Pill tone="ok" icon="check">
            On
          </Pill>
        )
      }
    >
      {data.status === "missing" ? (
        <ByHand data={data} query={query} mode={stripe.mode} />
      ) : off ? (
        <Off data={data} query={query} mode={stripe.mode} title={off.title} />
      ) : (
        <Working data={data} query={query} does={whatItDoes(stripe, overview.data)} />
      )}
    </Card>
  );
}

/** A pasted secret is proven by the first event that it signs: until then nobody knows whether it is the right one. */
function waits({ status, since, last_event_at: last }: Realtime): boolean {
  if (status !== "registered") return false;
  return last === null || (since !== null && Date.parse(last) < Date.parse(since));
}

/** What becomes of a movement that Stripe tells of, as things stand. */
function whatItDoes(stripe: StripeConnection, overview: Overview | undefined): string {
  if (stripe.paused) return "Syncing is paused: what happens now is read when it goes on.";
  switch (standingOf(overview)) {
    case "posting":
      return "It is in your ledger seconds later.";
    case "shadow":
      return "It is read and compared seconds later. Nothing is posted: this app may not write to the ledger.";
    case "nothing":
      return "From the first sync on it is in your ledger seconds later.";
    case "unknown":
      return "";
  }
}

interface Props {
  data: Realtime;
  query: Query<Realtime>;
}

function Working({ data, query, does }: Props & { does: string }) {
  const [pasting, setPasting] = useState(false);
  const ours = data.status === "active";
  return (
    <>
      <p class="muted">
        {waits(data)
          ? "No event signed with this secret has come yet. Stripe is to tell this app of every movement."
          : "Stripe tells this app of every movement."}{" "}
        {does}
      </p>
      <Facts
        items={[
          [
            "Endpoint",
            ours ? (
              <code key="endpoint">{data.endpoint_id}</code>
            ) : (
              <span key="endpoint">registered by hand</span>
            ),
          ],
          ["Last event", data.last_event_at ? <When key="last" at={data.last_event_at} /> : "none yet"],
          ["Signing secret", data.since ? <When key="since" at={data.since} /> : "unknown"],
        ]}
      />
      {data.previous_until && (
        <Note
          tone="info"
          title={
            <>
              The secret before this one is accepted until <When at={data.previous_until} />.
            </>
          }
        />
      )}
      <div class="actions">
        {ours && <Roll query={query} />}
        <button type="button" class="button" aria-expanded={pasting} onClick={() => setPasting(!pasting)}>
          Paste a new secret
        </button>
      </div>
      {pasting && <SecretForm query={query} done={() => setPasting(false)} />}
    </>
  );
}

type Mode = StripeConnection["mode"];

/** An endpoint that delivered once, and does not any more: one click makes it anew. */
function Off({ data, query, mode, title }: Props & { mode: Mode; title: string }) {
  const { api, overview } = useApp();
  const mend = useAction(async () => {
    query.set(await api.renewWebhook());
    announce("The webhook endpoint was made anew.");
    overview.reload();
  });
  return (
    <>
      <Note tone="bad" icon="cross" title={title} alert>
        <p>
          Movements still come with the scheduled syncs, only later. Made anew, the endpoint gets a new secret
          by itself, and a sync makes up for what was missed.
        </p>
      </Note>
      <Facts
        items={[
          [
            "Endpoint",
            data.endpoint_id ? (
              <Outside key="endpoint" href={endpointsPage(mode, data.endpoint_id)}>
                <code>{data.endpoint_id}</code>
              </Outside>
            ) : (
              "registered by hand"
            ),
          ],
          ["Last event", data.last_event_at ? <When key="last" at={data.last_event_at} /> : "none yet"],
          ["Seen at Stripe", data.at_stripe ? <When key="seen" at={data.at_stripe.checked_at} /> : "–"],
        ]}
      />
      {mend.error && <NotMade error={mend.error} mode={mode} />}
      <div class="actions">
        <Button kind="primary" busy={mend.busy} onClick={() => void mend.run()}>
          Make the endpoint anew
        </Button>
      </div>
    </>
  );
}

/** Stripe did not take an endpoint: what to do about it, where that is known. */
function NotMade({ error, mode }: { error: ApiError; mode: Mode }) {
  const { endpoints, limit } = error.problem ?? {};
  if (limit) return <NoRoom endpoints={endpoints ?? []} mode={mode} alert />;
  return (
    <>
      <ErrorNote error={error} />
      <RightAdvice text={error.detail} stripe={{ mode }} />
    </>
  );
}

/** The account is full of endpoints: which there are, and where one of them is deleted. */
function NoRoom({
  endpoints,
  mode,
  alert = false,
}: {
  endpoints: EndpointAtStripe[];
  mode: Mode;
  alert?: boolean;
}) {
  return (
    <Note tone="warn" icon="problems" title={MISSING.limit} alert={alert}>
      <p>
        Delete one that nobody needs on{" "}
        <Outside href={endpointsPage(mode)}>Stripe’s page of webhooks</Outside>, then create the endpoint
        here.
      </p>
      {endpoints.length > 0 && (
        <details open>
          <summary>{plural(endpoints.length, "endpoint")}, the least useful first</summary>
          <ul class="endpoints">
            {endpoints.map(({ id, url, status, created }) => (
              <li key={id}>
                <code class="break">{url}</code>{" "}
                <Pill
                  tone={status === "enabled" ? "quiet" : "warn"}
                  icon={status === "enabled" ? "check" : "pause"}
                >
                  {status || "unknown"}
                </Pill>
                <p class="sub">
                  <Outside href={endpointsPage(mode, id)}>
                    <code>{id}</code>
                  </Outside>
                  {created && (
                    <>
                      {" "}
                      · made <When at={created} />
                    </>
                  )}
                </p>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Note>
  );
}

function ByHand({ data, query, mode }: Props & { mode: Mode }) {
  const { api, overview } = useApp();
  const create = useAction(async () => {
    query.set(await api.renewWebhook());
    announce("The webhook endpoint was created.");
    overview.reload();
  });
  return (
    <>
      {data.missing === "limit" ? (
        <NoRoom endpoints={data.endpoints ?? []} mode={mode} />
      ) : (
        <Note
          tone="info"
          title={data.missing ? MISSING[data.missing] : "No webhook endpoint is registered yet."}
        >
          <p>
            {data.missing === "right"
              ? "Add the right “Webhook Endpoints: Write” to the key in Stripe and create it, or register it yourself:"
              : "Create it now, or register it yourself:"}
          </p>
          {data.missing === "right" && <RightAdvice text={WEBHOOK_RIGHT} stripe={{ mode }} />}
        </Note>
      )}
      {create.error && <NotMade error={create.error} mode={mode} />}
      <div class="actions">
        <Button busy={create.busy} onClick={() => void create.run()}>
          Create the endpoint
        </Button>
      </div>
      <ol class="steps">
        <li>
          In Stripe, open <strong>Developers → Webhooks → Add destination</strong>, choose “Your account” and
          snapshot events, API version <code>{data.api_version}</code>.{" "}
          <Outside href={endpointsPage(mode)}>Open Stripe’s webhooks</Outside>
        </li>
        <li>
          Register this URL:
          <code class="copyable">{data.url}</code>
        </li>
        <li>
          <details>
            <summary>Select these {data.events.length} events</summary>
            <code class="copyable">{data.events.join(", ")}</code>
          </details>
        </li>
        <li>Reveal the endpoint’s signing secret and paste it here:</li>
      </ol>
      <SecretForm query={query} done={() => undefined} />
    </>
  );
}

function SecretForm({ query, done }: { query: Query<Realtime>; done: () => void }) {
  const { api } = useApp();
  const [secret, setSecret] = useState("");
  const id = useId();
  const save = useAction(async (value: string) => {
    query.set(await api.setWebhookSecret(value));
    setSecret("");
    announce("The signing secret was saved.");
    done();
  });
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (secret.trim() !== "") void save.run(secret.trim());
      }}
    >
      <label for={`${id}secret`}>Signing secret</label>
      <div class="key-field">
        <input
          type="password"
          id={`${id}secret`}
          value={secret}
          onInput={(event) => {
            setSecret(event.currentTarget.value);
            save.clear();
          }}
          placeholder="whsec_…"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          required
          aria-invalid={save.error?.status === 422 || undefined}
        />
        <Button kind="primary" submit busy={save.busy} disabled={secret.trim() === ""}>
          Save
        </Button>
      </div>
      {save.error && <ErrorNote error={save.error} />}
    </form>
  );
}

function Roll({ query }: { query: Query<Realtime> }) {
  const { api } = useApp();
  const [asking, setAsking] = useState(false);
  const roll = useAction(async () => {
    query.set(await api.renewWebhook());
    setAsking(false);
    announce("The signing secret was rolled.");
  });
  return (
    <>
      <Button onClick={() => setAsking(true)}>Roll the secret</Button>
      <Confirm
        open={asking}
        title="Roll the signing secret?"
        confirm="Roll"
        busy={roll.busy}
        error={roll.error}
        onConfirm={() => void roll.run()}
        onClose={() => setAsking(false)}
      >
        <p>
          A new endpoint with a new secret takes the old one’s place. Nothing is lost: the old secret is
          accepted for one more day, and a sync makes up for what was on its way.
        </p>
      </Confirm>
    </>
  );
}
