/** What narrows a list: choices and days beside each other. */

import type { ComponentChildren } from "preact";
import styles from "./filters.module.css";
import form from "./form.module.css";

interface FilterGroupProps {
  /** What is narrowed, for a screen reader. */
  label: string;
  children: ComponentChildren;
}

export function FilterGroup({ label, children }: FilterGroupProps) {
  return (
    <fieldset class={styles.filters} aria-label={label}>
      {children}
    </fieldset>
  );
}

interface ChoiceProps {
  label: string;
  /** The choice of everything. */
  any: string;
  value: string | null;
  choices: [value: string, name: string][];
  onChoose: (value: string | null) => void;
}

export function Choice({ label, any, value, choices, onChoose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select
        class={form.choice}
        value={value ?? ""}
        onChange={(event) => onChoose(event.currentTarget.value || null)}
      >
        <option value="">{any}</option>
        {choices.map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface Days {
  from: string | null;
  to: string | null;
}

interface DayRangeProps {
  /** Names of the first and the last day. */
  labels: Record<keyof Days, string>;
  value: Days;
  onChoose: (change: Partial<Days>) => void;
}

export function DayRange({ labels, value, onChoose }: DayRangeProps) {
  return (
    <>
      {(["from", "to"] as const).map((end) => (
        <label key={end}>
          {labels[end]}
          <input
            class={form.field}
            type="date"
            value={value[end] ?? ""}
            onChange={(event) => onChoose({ [end]: event.currentTarget.value || null })}
          />
        </label>
      ))}
    </>
  );
}
