/** How final the figures of a period are, and why. */

import type { FiguresStanding } from "../../api/types";
import { href } from "../../lib/router";
import { utcDay } from "../../lib/time";
import { late } from "../../texts/late";
import type { IconName } from "../ui/icon";
import { Note } from "../ui/note";
import text from "../ui/text.module.css";
import type { Tone } from "../ui/tone";

const LOOKS: Record<FiguresStanding["state"], [tone: Tone, icon: IconName]> = {
  final: ["ok", "check"],
  open: ["warn", "clock"],
  preparing: ["info", "syncs"],
};

export function StandingNote({ standing }: { standing: FiguresStanding }) {
  const texts = late.figures;
  const { state, reason, closes_on: closes, prepared_from: prepared, start } = standing;
  const [tone, icon] = LOOKS[state] ?? LOOKS.open;
  const why = state === "final" ? texts.finalText : reason && texts.reasons[reason];
  const more = [
    closes && texts.closesOn(utcDay(closes)),
    prepared && texts.preparedFrom(utcDay(prepared)),
    standing.basis === "stripe" && texts.ofStripe,
    start && start.slice(0, 10) > standing.from && texts.startsAt(utcDay(start)),
  ].filter(Boolean);
  return (
    <Note tone={tone} icon={icon} title={<strong>{texts.standing[state]}</strong>}>
      {why && <p>{why}</p>}
      {more.length > 0 && <p>{more.join(" ")}</p>}
      <p class={text.sub}>
        {texts.utc}
        {standing.open_problems > 0 && (
          <>
            {" "}
            <a href={href("/problems")}>{texts.openItems(standing.open_problems)}</a>
          </>
        )}
        {standing.certificate && (
          <>
            {" "}
            <a href={href(`/certificates/${standing.certificate}`)}>{texts.seeCertificate}</a>
          </>
        )}
      </p>
    </Note>
  );
}
