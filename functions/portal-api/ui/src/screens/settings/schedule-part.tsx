/** How often a sync starts by itself. */

import type { Interval } from "../../api/types";
import { Card } from "../../components/ui/card";
import { type Choice, RadioChoices } from "../../components/ui/choices";
import text from "../../components/ui/text.module.css";
import { t } from "../../texts";
import type { PartProps } from "./part";

export function SchedulePart({ shown, draft, edit }: PartProps) {
  const texts = t.schedule;
  const minutes = shown.minimum_minutes;
  const choices: Choice<Interval>[] = [
    {
      value: "quarter_hourly",
      name: minutes === 1 ? texts.everyMinute : texts.everyMinutes(minutes),
      description: texts.everyMinutesText,
    },
    { value: "hourly", name: texts.hourly },
    { value: "daily", name: texts.daily },
    { value: "off", name: texts.off, description: texts.offText },
  ];
  return (
    <Card title={texts.title}>
      <p class={text.muted}>{texts.intro}</p>
      <RadioChoices
        id="interval"
        legend={texts.title}
        value={draft.interval}
        choices={choices}
        onChoose={(interval) => edit({ interval })}
      />
    </Card>
  );
}
