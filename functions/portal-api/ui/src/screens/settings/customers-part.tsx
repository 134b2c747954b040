/** Which personal data is copied to the ledger, and how customers are matched. */

import { Card } from "../../components/ui/card";
import { CheckChoice, ChoiceGroup, HiddenLegend } from "../../components/ui/choices";
import text from "../../components/ui/text.module.css";
import { late } from "../../texts/late";
import type { PartProps } from "./part";

const PARTS = ["name", "email", "phone", "address"] as const;

export function CustomersPart({ draft, edit }: PartProps) {
  const texts = late.settings.customers;
  return (
    <Card title={texts.title}>
      <ChoiceGroup legend={<legend class={text.muted}>{texts.intro}</legend>}>
        {PARTS.map((part) => (
          <CheckChoice
            key={part}
            name={texts[part]}
            checked={draft.personal_data[part]}
            onChange={(checked) =>
              edit({ personal_data: { ...draft.personal_data, [part]: checked } })
            }
          />
        ))}
      </ChoiceGroup>
      <ChoiceGroup legend={<HiddenLegend>{texts.matching}</HiddenLegend>}>
        <CheckChoice
          name={texts.match}
          description={texts.matchText}
          checked={draft.match_by_email}
          onChange={(match_by_email) => edit({ match_by_email })}
        />
      </ChoiceGroup>
    </Card>
  );
}
