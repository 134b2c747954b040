/** What makes both sides differ: the entries at fault, named. */

import type { Proof, ProofCause } from "../api/types";
import { href } from "../lib/router";
import { plural } from "../lib/words";
import { Amount, Pill } from "./basics";

const KINDS: Record<ProofCause["kind"], { text: string; tells: string }> = {
  missing: { text: "Missing", tells: "Stripe lists this record; the ledger has no entry for it." },
  different: { text: "Different", tells: "The ledger's entry is not what this record should have made." },
  foreign: { text: "Foreign", tells: "Somebody else posted this entry to the mirror." },
  unlisted: { text: "Not at Stripe", tells: "The ledger has this entry; Stripe lists no record for it." },
  before_start: {
    text: "Before the start",
    tells: "Stripe lists this day otherwise than when the opening entry was made.",
  },
};

export function Causes({ proof }: { proof: Proof }) {
  if (proof.causes.length === 0) return null;
  const count = plural(proof.causes.length, "entry", "entries");
  return (
    <section class="causes" aria-label="What makes both sides differ">
      <h3>
        {proof.more_causes ? `The first ${count} at fault` : `${count} at fault`}
        {proof.explained && <span class="sub"> All of them stand as problems.</span>}
      </h3>
      <ul class="cause-list">
        {proof.causes.map((cause) => (
          <CauseRow key={`${cause.reference} ${cause.ledger_id ?? ""}`} cause={cause} />
        ))}
      </ul>
    </section>
  );
}

function CauseRow({ cause }: { cause: ProofCause }) {
  const kind = KINDS[cause.kind];
  const amount = (minor: string | null) =>
    minor === null ? (
      "nothing"
    ) : (
      <Amount minor={minor} currency={cause.currency} exponent={cause.exponent} sign="always" />
    );
  return (
    <li>
      <p class="cause-head">
        <Pill
          tone={cause.problem_id === null ? "bad" : "warn"}
          icon={cause.problem_id === null ? "cross" : "problems"}
        >
          {kind.text}
        </Pill>
        <span>
          {amount(cause.expected)} expected, {amount(cause.found)} found on <code>{cause.mirror}</code>{" "}
          {cause.currency}
        </span>
      </p>
      <p class="sub">
        {kind.tells} {cause.problem_id !== null && <a href={href("/problems")}>It stands as a problem.</a>}
      </p>
      <p class="sub break">
        <code>{cause.reference}</code>
        {cause.ledger_id !== null && (
          <>
            {" "}
            · <code>{cause.ledger_id}</code>
          </>
        )}
      </p>
    </li>
  );
}
