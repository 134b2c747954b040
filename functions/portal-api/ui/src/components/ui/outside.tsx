/** A link out of the page, always in a tab of its own. */

import type { ComponentChildren } from "preact";
import { t } from "../../texts";
import { buttonClass } from "./button";
import { Hidden } from "./hidden";
import { Icon } from "./icon";
import styles from "./outside.module.css";

interface OutsideProps {
  href: string;
  /** Looks like a button. */
  button?: boolean;
  children: ComponentChildren;
}

export function Outside({ href, button = false, children }: OutsideProps) {
  return (
    <a
      class={button ? buttonClass() : styles.link}
      href={href}
      target="_blank"
      rel="noopener noreferrer"
    >
      {children}
      <Icon name="external" size={14} />
      <Hidden>{t.common.newTab}</Hidden>
    </a>
  );
}
