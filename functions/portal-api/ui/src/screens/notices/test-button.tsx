/** Sends a test, and says what came of it. */

import { useState } from "preact/hooks";
import type { NoticeChannel, NoticeDelivery } from "../../api/types";
import { Button } from "../../components/ui/button";
import { ErrorNote } from "../../components/ui/error-note";
import layout from "../../components/ui/layout.module.css";
import { Note } from "../../components/ui/note";
import { useApp } from "../../lib/app";
import { useAction } from "../../lib/query";
import { late } from "../../texts/late";
import { answerText } from "./answer";

interface TestButtonProps {
  channel: NoticeChannel;
  onTested: () => void;
}

export function TestButton({ channel, onTested }: TestButtonProps) {
  const { api } = useApp();
  const [sent, setSent] = useState<NoticeDelivery>();
  const test = useAction(async () => {
    setSent(undefined);
    setSent(await api.testNotice(channel));
    onTested();
  });
  const taken = sent?.state === "sent";
  return (
    <>
      <div class={layout.actions}>
        <Button busy={test.busy} onClick={() => void test.run()}>
          {test.busy ? late.notices.testing : late.notices.test}
        </Button>
      </div>
      {test.error && <ErrorNote error={test.error} />}
      {sent && (
        <Note
          tone={taken ? "ok" : "bad"}
          icon={taken ? "check" : "problems"}
          title={taken ? late.notices.testTaken : late.notices.testFailed}
          alert
        >
          {!taken && <p>{answerText(sent)}</p>}
        </Note>
      )}
    </>
  );
}
