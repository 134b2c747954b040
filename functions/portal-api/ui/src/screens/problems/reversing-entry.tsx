/** The entry that undoes what somebody else posted, for a person to copy and post. This app never posts it. */

import { useRef, useState } from "preact/hooks";
import type { ReversingEntry as Entry, Problem } from "../../api/types";
import { Amount } from "../../components/ui/amount";
import { Button } from "../../components/ui/button";
import { ErrorNote } from "../../components/ui/error-note";
import { Facts } from "../../components/ui/facts";
import form from "../../components/ui/form.module.css";
import { Note } from "../../components/ui/note";
import { announce } from "../../lib/announce";
import { useApp } from "../../lib/app";
import { useAction } from "../../lib/query";
import { late } from "../../texts/late";

/** Whether somebody else posted the entry that an item is about. */
export function isForeign({ code, state }: Problem): boolean {
  return code === "foreign_entry" && state !== "resolved";
}

export function ReversingEntry({ problem }: { problem: Problem }) {
  const { api } = useApp();
  const [entry, setEntry] = useState<Entry | undefined>();
  const [copied, setCopied] = useState(false);
  const texts = late.problemPlace.reversing;
  const copying = useAction(async () => {
    setEntry(undefined);
    const prepared = await api.reversingEntry(problem.id);
    setEntry(prepared);
    const done = await copy(prepared.body);
    setCopied(done);
    announce(done ? texts.copied : texts.prepared);
  });
  return (
    <>
      <Button busy={copying.busy} onClick={() => void copying.run()}>
        {texts.button}
      </Button>
      {copying.error && <ErrorNote error={copying.error} />}
      {entry && <Prepared entry={entry} copied={copied} />}
    </>
  );
}

function Prepared({ entry, copied }: { entry: Entry; copied: boolean }) {
  const body = useRef<HTMLTextAreaElement>(null);
  const texts = late.problemPlace.reversing;
  return (
    <Note
      tone="info"
      icon={copied ? "check" : "info"}
      title={copied ? texts.copied : texts.prepared}
    >
      <p>{texts.text}</p>
      <Facts
        items={[
          [texts.from, <code key="from">{entry.source}</code>],
          [texts.to, <code key="to">{entry.destination}</code>],
          [
            texts.amount,
            <Amount
              key="amount"
              minor={entry.amount}
              currency={entry.currency}
              exponent={entry.exponent}
            />,
          ],
        ]}
      />
      <textarea
        ref={body}
        class={form.area}
        aria-label={texts.body}
        readOnly
        rows={10}
        value={entry.body}
        onFocus={() => body.current?.select()}
      />
    </Note>
  );
}

/** A frame may not be allowed to write to the clipboard: then the text is there to be copied by hand. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
