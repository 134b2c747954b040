/** The Stripe connection: paste a key, see what is connected, replace the key, disconnect. */

import { useId, useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import type { StripeConnection } from "../api/types";
import { Button, Card, Confirm, ErrorNote, Facts, Note, Pill, Skeleton, When } from "../components/basics";
import { Icon } from "../components/icons";
import { Outside, RIGHT_MISSING, RightAdvice } from "../components/outside";
import { announce } from "../lib/announce";
import { useApp } from "../lib/app";
import { keyHint } from "../lib/key";
import { useAction } from "../lib/query";
import { keyLink, keysPage, READ_RIGHTS, rightsFor } from "../lib/rights";
import { href } from "../lib/router";
import { plural } from "../lib/words";
import { RealtimeCard } from "./realtime";

export function ConnectScreen() {
  const { overview } = useApp();
  const data = overview.data;
  return (
    <>
      <h1 tabIndex={-1}>Stripe</h1>
      {!data && !overview.error && <Skeleton lines={5} tall />}
      {!data && overview.error && <ErrorNote error={overview.error} retry={overview.reload} />}
      {data &&
        (data.stripe ? (
          <Connected stripe={data.stripe} />
        ) : (
          <div class="columns">
            <Card title="Connect with a restricted key">
              <KeyForm action="Connect Stripe" />
            </Card>
            <RightsCard />
          </div>
        ))}
    </>
  );
}

function RightsCard() {
  return (
    <Card title="What the key must be able to read">
      <ul class="rights">
        {READ_RIGHTS.map(({ name, why }) => (
          <li key={name}>
            <Icon name="eye" />
            <div>
              <strong>{name}</strong> <span class="tag">Read</span>
              <p class="muted">{why}</p>
            </div>
          </li>
        ))}
        <li>
          <Icon name="clock" />
          <div>
            <strong>Webhook Endpoints</strong> <span class="tag">Write, if you like</span>
            <p class="muted">
              Lets the app have Stripe tell it of movements at once. You can also do that yourself.
            </p>
          </div>
        </li>
      </ul>
      <p class="muted">
        Everything else stays at “None”. The key is checked with Stripe first, then stored encrypted for this
        install alone; it is never shown again.
      </p>
    </Card>
  );
}

function KeyForm({ action }: { action: string }) {
  const { api, overview } = useApp();
  const [key, setKey] = useState("");
  const [shown, setShown] = useState(false);
  const [prefix, setPrefix] = useState("");
  const id = useId();
  const hint = keyHint(key);
  const connected = overview.data?.stripe;
  const modes = connected ? [connected.mode] : (["live", "test"] as const);
  const connect = useAction(async (value: string) => {
    const { stripe, replaced } = await api.connectStripe(value, prefix.trim());
    setKey("");
    announce(replaced ? "Key replaced." : `Connected to ${stripe.display_name ?? stripe.account_id}.`);
    if (overview.data) overview.set({ ...overview.data, stripe });
    overview.reload();
  });
  const field = {
    id: `${id}key`,
    value: key,
    onInput: (event: { currentTarget: HTMLInputElement }) => {
      setKey(event.currentTarget.value);
      connect.clear();
    },
    placeholder: "rk_live_… or rk_test_…",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: false,
    required: true,
    "aria-describedby": `${id}hint`,
    "aria-invalid": connect.error?.status === 422 || undefined,
  } as const;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() !== "") void connect.run(key.trim());
      }}
    >
      <p>
        Stripe’s page of a new restricted key opens with its name and all its rights filled in: press{" "}
        <strong>Create key</strong> there, and paste the key below.
      </p>
      <div class="actions">
        {modes.map((mode) => (
          <Outside key={mode} button href={keyLink(mode)}>
            {mode === "live" ? "Create a live key" : "Create a test key"}
          </Outside>
        ))}
      </div>
      <label for={`${id}key`}>Restricted key</label>
      <div class="key-field">
        {shown ? <input type="text" {...field} /> : <input type="password" {...field} />}
        <button type="button" class="button" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? "Hide" : "Show"}
        </button>
      </div>
      <div id={`${id}hint`} class="hint">
        {hint && <Note tone={hint.tone} icon={hint.tone === "ok" ? "check" : "info"} title={hint.text} />}
      </div>
      {overview.data?.stripe === null && (
        <details class="advanced" open={PREFIX_REFUSALS.includes(connect.error?.code ?? "") || undefined}>
          <summary>Advanced</summary>
          <label for={`${id}prefix`}>Prefix of the account names</label>
          <input
            id={`${id}prefix`}
            type="text"
            value={prefix}
            placeholder="@stripe_eu"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            maxLength={64}
            aria-describedby={`${id}prefix-hint`}
            onInput={(event) => {
              setPrefix(event.currentTarget.value);
              connect.clear();
            }}
          />
          <p id={`${id}prefix-hint`} class="muted small">
            For a second Stripe account on the same ledger: its accounts get names of their own, and a proof
            of their own. Empty means <code>@stripe</code>, or <code>@stripe_test</code> for test mode; an
            account that is mirrored already keeps its names.
          </p>
        </details>
      )}
      {connect.error && <Refusal error={connect.error} mode={key.includes("_live_") ? "live" : "test"} />}
      <div class="actions">
        <Button kind="primary" submit busy={connect.busy} disabled={key.trim() === ""}>
          {connect.busy ? "Checking with Stripe…" : action}
        </Button>
      </div>
    </form>
  );
}

const REFUSALS: Record<string, string> = {
  publishable_key: "That is a publishable key. It is made for web pages and cannot read your account.",
  malformed_key: "That does not look like a Stripe key. Copy the whole of it, from rk_ to its end.",
  invalid_key: "Stripe does not accept this key. It may be mistyped, expired or deleted.",
  missing_rights: "The key works, but it may not read everything that is needed.",
  other_account_connected: "Another Stripe account is mirrored in this ledger already.",
  ledger_owned_by_other: "This ledger already mirrors another Stripe account.",
  invalid_prefix: "A prefix is @ and letters, digits or underscores.",
  prefix_overlaps: "These account names belong to another mirror.",
  other_prefix: "This Stripe account is mirrored under another prefix already.",
  accounts_not_free: "The ledger accounts for this mirror already hold entries that are not ours.",
};

type Missing = NonNullable<NonNullable<ApiError["problem"]>["missing"]>[number];

/** Refusals that are about the prefix. */
const PREFIX_REFUSALS = ["invalid_prefix", "prefix_overlaps", "other_prefix"];

/** A key that was not taken, and what to do about it. */
function Refusal({ error, mode }: { error: ApiError; mode: "live" | "test" }) {
  const title = REFUSALS[error.code];
  if (title === undefined) return <ErrorNote error={error} />;
  const { missing, accounts } = error.problem ?? {};
  return (
    <Note tone="bad" icon="cross" title={title} alert>
      {missing && missing.length > 0 ? (
        <MissingRights missing={missing} mode={mode} />
      ) : (
        error.detail && <p>{error.detail}</p>
      )}
      {accounts && accounts.length > 0 && (
        <ul>
          {accounts.map(({ indicator, currency, entries }) => (
            <li key={`${indicator} ${currency}`}>
              <code>{indicator}</code> {currency}: {plural(entries, "entry", "entries")}
            </li>
          ))}
        </ul>
      )}
      <p>Nothing was stored.</p>
      {error.requestId && (
        <p class="small">
          Request id <code>{error.requestId}</code>
        </p>
      )}
    </Note>
  );
}

function MissingRights({ missing, mode }: { missing: Missing[]; mode: "live" | "test" }) {
  const unnamed = missing.some(({ resource, right }) => resource === "account" && right === null);
  return (
    <>
      <p>Add these read rights to the key in Stripe, then try again:</p>
      <ul>
        {rightsFor(missing).map(({ name, word }) => (
          <li key={name}>
            <strong>{name}</strong> <code>{word}</code>
          </li>
        ))}
      </ul>
      {unnamed && (
        <p>Stripe did not say which account the key belongs to, and without that nothing is connected.</p>
      )}
      <p>
        <Outside href={keysPage(mode)}>Change this key</Outside>, or{" "}
        <Outside
          href={keyLink(
            mode,
            missing.map(({ right }) => right),
          )}
        >
          make a new one with every right
        </Outside>
        .
      </p>
    </>
  );
}

function Connected({ stripe }: { stripe: StripeConnection }) {
  const [replacing, setReplacing] = useState(false);
  return (
    <div class="columns">
      <div class="stack">
        <Card
          title={stripe.display_name ?? stripe.account_id}
          aside={
            stripe.paused ? (
              <Pill tone="warn" icon="pause">
                Paused
              </Pill>
            ) : (
              <Pill tone="ok" icon="check">
                Connected
              </Pill>
            )
          }
        >
          {stripe.paused && (
            <Note tone="warn" icon="pause" title={stripe.paused.reason}>
              <RightAdvice
                text={stripe.paused.reason}
                stripe={stripe}
                always={stripe.paused.code === RIGHT_MISSING}
              />
            </Note>
          )}
          {stripe.warnings.map((warning) => (
            <Note key={warning.code} tone="warn" title={warning.text} />
          ))}
          <Facts
            items={[
              ["Account", <code key="account">{stripe.account_id}</code>],
              ["Mode", stripe.mode === "test" ? "Test" : "Live"],
              [
                "Key",
                <span key="key">
                  <code>
                    {stripe.key_prefix}…{stripe.key_last4}
                  </code>{" "}
                  ({stripe.key_kind === "restricted" ? "restricted" : "full secret key"})
                </span>,
              ],
              ["Mirrored in", <code key="mirror">{stripe.mirror}</code>],
              ["Connected", <When key="connected" at={stripe.connected_at} />],
            ]}
          />
          <div class="actions">
            <button
              type="button"
              class="button"
              aria-expanded={replacing}
              onClick={() => setReplacing(!replacing)}
            >
              Replace key
            </button>
            <Disconnect stripe={stripe} />
          </div>
        </Card>
        {replacing && (
          <Card title="Replace the key">
            <p class="muted">
              The new key must be of the same account and mode. A running sync goes on with it; nothing is
              mirrored twice.
            </p>
            <KeyForm action="Replace key" />
          </Card>
        )}
        <RealtimeCard stripe={stripe} />
      </div>
      <RightsCard />
    </div>
  );
}

function Disconnect({ stripe }: { stripe: StripeConnection }) {
  const { api, overview } = useApp();
  const [asking, setAsking] = useState(false);
  const disconnect = useAction(async () => {
    await api.disconnectStripe();
    setAsking(false);
    announce("Stripe is disconnected.");
    if (overview.data) overview.set({ ...overview.data, stripe: null });
    overview.reload();
    window.location.hash = href("/stripe");
  });
  return (
    <>
      <Button kind="danger" onClick={() => setAsking(true)}>
        Disconnect
      </Button>
      <Confirm
        open={asking}
        title={`Disconnect ${stripe.display_name ?? stripe.account_id}?`}
        confirm="Disconnect"
        busy={disconnect.busy}
        error={disconnect.error}
        onConfirm={() => void disconnect.run()}
        onClose={() => setAsking(false)}
      >
        <p>
          A running sync stops. The app’s webhook endpoint is removed at Stripe and then the key is deleted:
          at once, or within a day while Stripe cannot be reached. What is in your ledger stays there
          untouched. Connecting the same account again goes on without posting anything twice.
        </p>
      </Confirm>
    </>
  );
}
