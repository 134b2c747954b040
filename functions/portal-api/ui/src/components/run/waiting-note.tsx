/** Which service a run waits for, what it answered, since when, and when the next attempt is. */

import type { RunDetail, Waiting } from "../../api/types";
import { waitingText } from "../../lib/labels";
import { useNow } from "../../lib/query";
import { ahead, dateTime } from "../../lib/time";
import { t } from "../../texts";
import { Button } from "../ui/button";
import { ErrorNote } from "../ui/error-note";
import { type Fact, Facts } from "../ui/facts";
import { FromApi } from "../ui/from-api";
import { Instant } from "../ui/instant";
import { Note } from "../ui/note";
import { useWakeUp } from "./use-wake-up";

export function WaitingNote({ run, waiting }: { run: RunDetail; waiting: Waiting }) {
  const now = useNow(1000);
  const wakeUp = useWakeUp(run);
  const names = t.runs.waitingFacts;
  const next = ahead(waiting.next_attempt, now);
  const since = <Instant at={waiting.since}>{dateTime(waiting.since)}</Instant>;
  const facts: Fact[] = [
    [names.answer, <FromApi key="answer" text={waiting.answer} />],
    [names.call, waiting.call && <code>{waiting.call}</code>],
    [names.request, waiting.request_id && <code>{waiting.request_id}</code>],
    [names.since, t.runs.waitingSince(since, waiting.attempts)],
    [names.nextAttempt, next],
  ];
  return (
    <Note tone="warn" icon="clock" title={t.runs.waitingTitle(waitingText(waiting), next)}>
      <Facts items={facts.filter(([, value]) => value !== null)} />
      <p>{t.runs.goesOnByItself}</p>
      {wakeUp.error && <ErrorNote error={wakeUp.error} />}
      <p>
        <Button busy={wakeUp.busy} onClick={() => void wakeUp.run()}>
          {t.runs.tryNow}
        </Button>
      </p>
    </Note>
  );
}
