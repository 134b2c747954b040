/** From which day on movements are posted one by one. */

import { useId } from "preact/hooks";
import { Button } from "../../components/ui/button";
import { Card } from "../../components/ui/card";
import form from "../../components/ui/form.module.css";
import text from "../../components/ui/text.module.css";
import { utcDay } from "../../lib/time";
import { late } from "../../texts/late";
import type { PartProps } from "./part";

export function StartPart({ shown, draft, edit, refused }: PartProps) {
  const id = useId();
  const texts = late.settings.start;
  return (
    <Card title={texts.title}>
      <div class={form.form}>
        <p class={text.muted}>
          {texts.intro}
          {shown.posted_from !== null && texts.postedFrom(utcDay(shown.posted_from))}
          {shown.posted && texts.onlyEarlier}
        </p>
        <label for={`${id}date`}>{texts.firstDay}</label>
        <div class={form.row}>
          <input
            id={`${id}date`}
            type="date"
            class={form.field}
            value={draft.start_date ?? ""}
            aria-invalid={refused === "start_date" || undefined}
            onInput={(event) => edit({ start_date: event.currentTarget.value || null })}
          />
          {draft.start_date !== null && (
            <Button onClick={() => edit({ start_date: null })}>{texts.wholeHistory}</Button>
          )}
        </div>
      </div>
    </Card>
  );
}
