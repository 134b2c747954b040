/** The system's Chromium: `CHROMIUM_PATH`, or the first one on the PATH. No browser is ever downloaded. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

export function chromiumPath(): string {
  const given = process.env.CHROMIUM_PATH;
  if (given) return given;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      if (executable(path)) return path;
    }
  }
  throw new Error(
    `no Chromium on the PATH (${NAMES.join(", ")}); install one or set CHROMIUM_PATH`,
  );
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
