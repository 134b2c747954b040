import { render } from "preact";
import { Root } from "./app";
import { applyTheme, storedTheme } from "./lib/theme";
import "./styles/index.css";

applyTheme(storedTheme());
const host = document.getElementById("app");
if (host) render(<Root />, host);
