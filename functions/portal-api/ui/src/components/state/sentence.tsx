/** How things stand, as a sentence; the same words wherever it is shown. */

import type { Overview } from "../../api/types";
import { waitingText } from "../../lib/labels";
import type { Situation } from "../../lib/situation";
import { useProgress } from "../../lib/situation";
import type { Standing } from "../../lib/standing";
import { roughly } from "../../lib/time";
import { t } from "../../texts";
import { formatPercent } from "../../texts/count";
import type { Part } from "../../texts/rich";
import type { IconName } from "../ui/icon";
import type { Tone } from "../ui/tone";
import { When } from "../ui/when";

interface SentenceProps {
  overview: Overview;
  situation: Situation;
  standing: Standing;
}

export function StateSentence({ overview, situation, standing }: SentenceProps) {
  const progress = useProgress(overview.open_run, situation.expected);
  const syncing = progress
    ? t.state.syncingWith(formatPercent(progress.share), roughly(progress.leftMs))
    : t.state.syncing;
  const base = standing.base === "syncing" ? syncing : baseSentence(overview, standing);
  return (
    <>
      {base}
      {standing.count > 0 && needsCount(standing) && ` ${t.state.attention(standing.count)}`}
      {!standing.known && ` ${t.attention.unread}`}
    </>
  );
}

/** A pause that is all there is to act on says so itself. */
function needsCount({ base, count }: Standing): boolean {
  return (
    count > 1 || !["paused", "approval", "differs", "stripe_differs", "out_of_date"].includes(base)
  );
}

function baseSentence(overview: Overview, { base }: Standing): Part {
  const texts = t.state;
  const proof = overview.last_proof;
  switch (base) {
    case "not_allowed":
      return texts.notAllowed;
    case "not_connected":
      return texts.notConnected;
    case "stripe_differs":
      return texts.stripeDiffers;
    case "waiting":
      return texts.waiting(
        overview.open_run?.waiting ? waitingText(overview.open_run.waiting) : t.runs.waiting,
      );
    case "not_started":
      return texts.notStarted;
    case "read_only":
      return texts.readOnly;
    case "out_of_date":
      return proof ? texts.outOfDate(<When at={proof.at} />) : texts.unchecked;
    default:
      return texts[base];
  }
}

const ICONS: Record<Tone, IconName> = {
  ok: "check",
  warn: "problems",
  bad: "problems",
  info: "info",
  quiet: "clock",
};

export function standingIcon({ base, tone }: Standing): IconName {
  if (base === "paused" || base === "approval") return "pause";
  if (base === "syncing" || base === "previewing") return "syncs";
  if (base === "differs" || base === "stripe_differs") return "cross";
  return base === "waiting" || base === "out_of_date" ? "clock" : ICONS[tone];
}
