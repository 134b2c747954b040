/** What does not fit on a page of this width. */

import type { Page } from "@playwright/test";

/** The elements that reach beyond the page's right or left edge. */
export function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const faults: string[] = [];
    if (document.documentElement.scrollWidth > width) faults.push("the page scrolls");
    for (const element of document.querySelectorAll("body *")) {
      if (element.closest("[aria-hidden], thead, svg")) continue;
      const box = element.getBoundingClientRect();
      const hidden = box.width <= 1 || box.height <= 1;
      if (!hidden && (box.right > width + 1 || box.left < -1))
        faults.push(
          `${element.tagName} ${Math.round(box.left)}…${Math.round(box.right)} ${element.textContent}`,
        );
    }
    return faults;
  });
}
