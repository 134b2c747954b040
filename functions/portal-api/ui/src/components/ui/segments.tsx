/** A choice of a few, side by side, of which one is always made. */

import styles from "./segments.module.css";
import text from "./text.module.css";

interface SegmentsProps<T extends string> {
  /** Of the group, for the browser. */
  id: string;
  legend: string;
  value: T;
  choices: readonly { value: T; name: string }[];
  onChoose: (value: T) => void;
}

export function Segments<T extends string>({
  id,
  legend,
  value,
  choices,
  onChoose,
}: SegmentsProps<T>) {
  return (
    <fieldset class={styles.segments}>
      <legend class={text.visuallyHidden}>{legend}</legend>
      {choices.map((choice) => (
        <label key={choice.value}>
          <input
            type="radio"
            name={id}
            value={choice.value}
            checked={value === choice.value}
            onChange={() => onChoose(choice.value)}
          />
          <span>{choice.name}</span>
        </label>
      ))}
    </fieldset>
  );
}
