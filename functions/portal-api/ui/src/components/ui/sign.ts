/** A state as the page shows it: a word, an icon and a tone, so that colour is never the only difference. */

import type { IconName } from "./icon";
import type { Tone } from "./tone";

export interface Sign {
  tone: Tone;
  icon: IconName;
  text: string;
}
