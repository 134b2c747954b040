/** Tests read English texts, as a page in English does. */

import { vi } from "vitest";
import { chooseTexts } from "./src/texts";
import { loadLateTexts } from "./src/texts/late";

vi.stubGlobal("document", { documentElement: {} });
await chooseTexts(["en-US"]);
await loadLateTexts();
vi.unstubAllGlobals();
