/** Certificates of which only the line in the chain is kept. */

import type { LateTexts } from "../late-en";

export const thinned: LateTexts["thinned"] = {
  listed: "Nur die Zeile ist aufbewahrt",
  text: "Beide Seiten stimmten hier überein, ebenso unmittelbar davor und danach. Von solchen Zertifikaten bleibt das letzte jedes Tages vollständig. Von diesem ist die Zeile in der Kette übrig: Zeit, Ergebnis und Fingerabdrücke, die sich weiterhin prüfen lassen.",
};
