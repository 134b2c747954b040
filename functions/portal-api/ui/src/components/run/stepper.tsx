/** Where a run stands in its course. */

import type { RunSummary } from "../../api/types";
import { isOpen } from "../../lib/run";
import { t } from "../../texts";
import { Icon } from "../ui/icon";
import styles from "./stepper.module.css";

const STEPS = ["queued", "movements", "proof", "done"] as const;
/** A preview posts nothing, so there is nothing to prove. */
const PREVIEW_STEPS = STEPS.filter((step) => step !== "proof");

function currentStep(run: RunSummary): (typeof STEPS)[number] {
  if (run.phase === "done" || (!isOpen(run) && run.state !== "paused")) return "done";
  if (run.state === "queued") return "queued";
  return run.phase === "proof" ? "proof" : "movements";
}

export function Stepper({ run }: { run: RunSummary }) {
  const preview = run.scope === "preview";
  const steps: readonly (typeof STEPS)[number][] = preview ? PREVIEW_STEPS : STEPS;
  const done = currentStep(run) === "done";
  const current = steps.indexOf(currentStep(run));
  return (
    <ol
      class={styles.stepper}
      aria-label={preview ? t.runs.progress.preview : t.runs.progress.sync}
    >
      {steps.map((step, index) => {
        const state = index < current || done ? "past" : index === current ? "current" : "ahead";
        return (
          <li
            key={step}
            class={styles[state]}
            aria-current={state === "current" ? "step" : undefined}
          >
            <span class={styles.dot}>
              {state === "past" ? <Icon name="check" size={12} /> : null}
            </span>
            {t.runs.steps[step]}
          </li>
        );
      })}
    </ol>
  );
}
