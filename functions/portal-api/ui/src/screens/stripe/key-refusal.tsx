/** A key that was not accepted, and what to do about it. */

import type { ApiError } from "../../api/error";
import { ErrorCodes, ErrorNote } from "../../components/ui/error-note";
import { FromApi } from "../../components/ui/from-api";
import { Note } from "../../components/ui/note";
import { Outside } from "../../components/ui/outside";
import { keyLink, keysPage, permissionsFor } from "../../lib/key-permissions";
import { lookUp } from "../../lib/labels";
import { t } from "../../texts";

type Missing = NonNullable<NonNullable<ApiError["problem"]>["missing"]>[number];

const ABOUT_PREFIX = ["invalid_prefix", "prefix_overlaps", "other_prefix"];

/** Refusals of which the API knows more than their title says: which account, which names. */
const DETAILED = [...ABOUT_PREFIX, "other_account_connected", "ledger_owned_by_other"];

export function isAboutPrefix(error: ApiError): boolean {
  return ABOUT_PREFIX.includes(error.code);
}

interface KeyRefusalProps {
  error: ApiError;
  mode: "live" | "test";
}

export function KeyRefusal({ error, mode }: KeyRefusalProps) {
  const title = lookUp(t.stripe.refusals, error.code);
  if (title === undefined) return <ErrorNote error={error} />;
  const { missing, accounts } = error.problem ?? {};
  return (
    <Note tone="bad" icon="cross" title={title} alert>
      {missing && missing.length > 0 ? (
        <MissingPermissions missing={missing} mode={mode} />
      ) : (
        DETAILED.includes(error.code) &&
        error.detail && (
          <p>
            <FromApi text={error.detail} />
          </p>
        )
      )}
      {accounts && accounts.length > 0 && (
        <ul>
          {accounts.map(({ indicator, currency, entries }) => (
            <li key={`${indicator}/${currency}`}>
              {t.stripe.accountEntries(<code>{indicator}</code>, currency, entries)}
            </li>
          ))}
        </ul>
      )}
      <p>{t.stripe.nothingStored}</p>
      <ErrorCodes error={error} />
    </Note>
  );
}

function MissingPermissions({ missing, mode }: { missing: Missing[]; mode: "live" | "test" }) {
  const unnamed = missing.some(({ resource, right }) => resource === "account" && right === null);
  const newKey = keyLink(
    mode,
    missing.map(({ right }) => right),
  );
  return (
    <>
      <p>{t.stripe.addPermissions}</p>
      <ul>
        {permissionsFor(missing).map(({ name, permission }) => (
          <li key={name}>
            <strong>{name}</strong> <code>{permission}</code>
          </li>
        ))}
      </ul>
      {unnamed && <p>{t.stripe.accountNotTold}</p>}
      <p>
        {t.stripe.changeKey(
          (words) => (
            <Outside href={keysPage(mode)}>{words}</Outside>
          ),
          (words) => (
            <Outside href={newKey}>{words}</Outside>
          ),
        )}
      </p>
    </>
  );
}
