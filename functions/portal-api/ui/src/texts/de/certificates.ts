/** Certificates of which only the line in the chain is kept. */

import type { LateTexts } from "../late-en";

export const thinned: LateTexts["thinned"] = {
  listed: "Nur die Zeile ist aufbewahrt",
  text: "Beide Seiten stimmten überein, ebenso in den Zertifikaten davor und danach. Nur das letzte solche Zertifikat jedes Tages bleibt vollständig. Von diesem bleibt die Zeile in der Kette: Zeit, Ergebnis und Fingerabdrücke, die sich weiterhin prüfen lassen.",
};
