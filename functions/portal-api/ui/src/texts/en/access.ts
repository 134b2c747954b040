/** What this install may do. */

import { rich, type Wrap } from "../rich";

export const access = {
  list: "Permissions",
  granted: "Granted",
  notGranted: "Not granted",
  without: (strong: Wrap, text: string) => rich`${strong("Without it:")} ${text}`,
  install: {
    title: "This install",
    id: "Install",
    instance: "Instance",
    organization: "Organization",
    installed: "Installed",
  },
};
