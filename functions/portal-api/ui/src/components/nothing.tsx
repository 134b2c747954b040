/** What a list of problems means for what was posted: a list that is empty or short says different things in different states. */

import type { Overview, ProblemKinds, ProblemState } from "../api/types";
import { href } from "../lib/router";
import { plural, type Standing, standingOf } from "../lib/words";
import { Empty } from "./basics";

const LEAD: Record<Standing, string> = {
  unknown: "A sync goes on past a record that it cannot handle.",
  shadow:
    "Met while reading and comparing. Nothing was posted, with a problem or without: this app may not write to the ledger.",
  nothing: "Met while reading. Nothing has been posted yet.",
  posting:
    "A sync goes on past a record it cannot post. Every record it read that has no problem was posted.",
};

/** Above a list of open problems. */
export function Lead({ overview }: { overview: Overview | undefined }) {
  return <p class="lead">{LEAD[standingOf(overview)]}</p>;
}

const NOTHING_OPEN: Record<Standing, string> = {
  unknown: "No problem is open.",
  shadow:
    "Every record that was read was understood. Nothing was posted: this app may not write to the ledger.",
  nothing: "Nothing has been posted yet. What the first sync cannot post will be named here.",
  posting: "Every record that was read has been posted.",
};

interface NothingProps {
  state: ProblemState;
  /** Only this kind is shown. */
  code: string | null;
  kinds: ProblemKinds | undefined;
  overview: Overview | undefined;
}

/** In the place of an empty list. */
export function Nothing({ state, code, kinds, overview }: NothingProps) {
  const words: Record<ProblemState, [string, string]> = {
    open: ["Nothing to look at", NOTHING_OPEN[standingOf(overview)]],
    dismissed: ["Nothing dismissed", "A problem that may stay as it is can be dismissed with a reason."],
    resolved: ["Nothing resolved lately", "A problem is resolved when a later sync finds its cause gone."],
  };
  const count = (which: ProblemState) => kinds?.kinds.reduce((sum, kind) => sum + kind[which], 0) ?? 0;
  const [title, text] = words[state];
  if (code !== null) {
    const others = count(state);
    return (
      <section class="card">
        <Empty icon="check" title="Nothing of this kind">
          <p>No problem of this kind is {state}.</p>
          {others > 0 && (
            <p>
              <a href={href("/problems", state === "open" ? {} : { state })}>
                See {plural(others, "problem")} of other kinds
              </a>
            </p>
          )}
        </Empty>
      </section>
    );
  }
  const dismissed = state === "open" && standingOf(overview) === "posting" ? count("dismissed") : 0;
  return (
    <section class="card">
      <Empty icon="check" title={title}>
        <p>
          {text}
          {dismissed > 0 && ` What was dismissed stays as it is: ${plural(dismissed, "problem")}.`}
        </p>
      </Empty>
    </section>
  );
}
