/** What each part of the form is given. */

import type { Settings } from "../../api/types";
import type { Draft } from "../../lib/settings";

export interface PartProps {
  shown: Settings;
  draft: Draft;
  edit: (change: Partial<Draft>) => void;
  /** The field that the last attempt was refused for. */
  refused: string | null;
}
