/** Light, dark or as the system has it. */

import { savedValue, saveValue } from "./storage";

export type Theme = "system" | "light" | "dark";

const NAME = "theme";

export function storedTheme(): Theme {
  const value = savedValue(NAME);
  return value === "light" || value === "dark" ? value : "system";
}

export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function chooseTheme(theme: Theme): void {
  applyTheme(theme);
  saveValue(NAME, theme);
}
