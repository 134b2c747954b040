/** What fields for keys, secrets and account names have in common: the browser neither corrects nor keeps what is typed. */
export const VERBATIM = { autocomplete: "off", autocapitalize: "off", spellcheck: false } as const;
