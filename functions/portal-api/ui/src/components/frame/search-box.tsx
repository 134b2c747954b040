/** The search in the frame, where there is room for it: it leads to the place that searches. */

import { VERBATIM } from "../../lib/fields";
import { navigate } from "../../lib/router";
import { lookFor } from "../../lib/search";
import { t } from "../../texts";
import { Icon } from "../ui/icon";
import styles from "./search-box.module.css";

export function SearchBox() {
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem(
      "query",
    ) as HTMLInputElement;
    if (field.value.trim() === "") return;
    lookFor(field.value);
    navigate("/search");
    field.value = "";
  };
  return (
    <search class={styles.room} aria-label={t.frame.places.search}>
      <form class={styles.box} onSubmit={search}>
        <Icon name="search" size={16} />
        <input
          class={styles.field}
          name="query"
          aria-label={t.frame.searchFor}
          placeholder={t.frame.searchFor}
          {...VERBATIM}
        />
      </form>
    </search>
  );
}
