/** Whether times are those of the reader's zone or UTC. */

import { localZoneName } from "../../lib/time";
import { chooseZone, useZone, type Zone } from "../../lib/zone";
import { t } from "../../texts";
import { Segments } from "../ui/segments";

export function ZoneSwitch() {
  const zone = useZone();
  const choices: { value: Zone; name: string }[] = [
    { value: "local", name: t.frame.zones.local(localZoneName(Date.now())) },
    { value: "utc", name: t.frame.zones.utc },
  ];
  return (
    <Segments
      id="zone"
      legend={t.frame.zone}
      value={zone}
      choices={choices}
      onChoose={chooseZone}
    />
  );
}
