/** Light, dark or as the system has it. */

import { useState } from "preact/hooks";
import { chooseTheme, storedTheme, type Theme } from "../../lib/theme";
import { t } from "../../texts";
import text from "../ui/text.module.css";
import styles from "./theme-switch.module.css";

const THEMES: Theme[] = ["system", "light", "dark"];

export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <fieldset class={styles.segments}>
      <legend class={text.visuallyHidden}>{t.frame.appearance}</legend>
      {THEMES.map((value) => (
        <label key={value}>
          <input
            type="radio"
            name="theme"
            value={value}
            checked={theme === value}
            onChange={() => {
              setTheme(value);
              chooseTheme(value);
            }}
          />
          <span>{t.frame.themes[value]}</span>
        </label>
      ))}
    </fieldset>
  );
}
