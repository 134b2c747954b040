/** Choices in a group: radio buttons and checkboxes, each with a description where it needs one. */

import type { ComponentChildren } from "preact";
import styles from "./choices.module.css";
import text from "./text.module.css";

export interface Choice<T extends string> {
  value: T;
  name: string;
  description?: string;
}

interface RadioChoicesProps<T extends string> {
  /** Of the group, for the browser. */
  id: string;
  legend: string;
  value: T;
  choices: Choice<T>[];
  onChoose: (value: T) => void;
}

export function RadioChoices<T extends string>(props: RadioChoicesProps<T>) {
  return (
    <ChoiceGroup legend={<HiddenLegend>{props.legend}</HiddenLegend>}>
      {props.choices.map(({ value, name, description }) => (
        <label key={value}>
          <input
            type="radio"
            name={props.id}
            checked={value === props.value}
            onChange={() => props.onChoose(value)}
          />
          <Label name={name} description={description} />
        </label>
      ))}
    </ChoiceGroup>
  );
}

interface CheckChoiceProps {
  name: string;
  description?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function CheckChoice({ name, description, checked, onChange }: CheckChoiceProps) {
  return (
    <label>
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <Label name={name} description={description} />
    </label>
  );
}

interface ChoiceGroupProps {
  /** A `legend` element. */
  legend: ComponentChildren;
  children: ComponentChildren;
}

export function ChoiceGroup({ legend, children }: ChoiceGroupProps) {
  return (
    <fieldset class={styles.choices}>
      {legend}
      {children}
    </fieldset>
  );
}

export function HiddenLegend({ children }: { children: ComponentChildren }) {
  return <legend class={text.visuallyHidden}>{children}</legend>;
}

function Label({ name, description }: { name: string; description: string | undefined }) {
  return (
    <span>
      {name}
      {description && <small class={styles.description}>{description}</small>}
    </span>
  );
}
