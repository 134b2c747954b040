import { render } from "preact";
import { Root } from "./app";
import { applyTheme, storedTheme } from "./lib/theme";
import "./styles/index.css";

applyTheme(storedTheme());
const host = document.getElementById("app");
if (host) {
  // What the page says when this script does not come.
  host.replaceChildren();
  render(<Root />, host);
}
