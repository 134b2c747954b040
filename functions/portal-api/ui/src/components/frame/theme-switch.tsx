/** Light, dark or as the system has it. */

import { useState } from "preact/hooks";
import { chooseTheme, storedTheme, type Theme } from "../../lib/theme";
import { t } from "../../texts";
import { Segments } from "../ui/segments";

const THEMES: Theme[] = ["system", "light", "dark"];

export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <Segments
      id="theme"
      legend={t.frame.appearance}
      value={theme}
      choices={THEMES.map((value) => ({ value, name: t.frame.themes[value] }))}
      onChoose={(value) => {
        setTheme(value);
        chooseTheme(value);
      }}
    />
  );
}
