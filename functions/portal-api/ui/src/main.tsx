import "./styles/index.css";
import { render } from "preact";
import { Root } from "./app";
import { applyTheme, storedTheme } from "./lib/theme";
import { chooseTexts } from "./texts";

applyTheme(storedTheme());
const host = document.getElementById("app");
if (host) {
  await chooseTexts(navigator.languages);
  // Until here the host says what to do when this script does not come.
  host.replaceChildren();
  render(<Root />, host);
}
