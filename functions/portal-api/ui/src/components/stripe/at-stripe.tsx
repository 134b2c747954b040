/** The id of something at Stripe, as a link to it there. */

import { useApp } from "../../lib/app";
import { stripeLink } from "../../lib/links";
import { Outside } from "../ui/outside";

export function AtStripe({ id }: { id: string }) {
  const { overview } = useApp();
  return (
    <Outside href={stripeLink(id, overview.data?.stripe?.mode)}>
      <code>{id}</code>
    </Outside>
  );
}
