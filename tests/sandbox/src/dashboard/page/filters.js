/** The filters of a link: a query string, `<field>_<operator>=<value>`. The ledger's own search writes them too: one form for both. */

const OPERATOR = /^(.+)_(eq|neq?|gte?q?|lte?q?|in|between|i?like|isnull|isnotnull)$/i;

const WORDS = {
  eq: "is",
  ne: "is not",
  neq: "is not",
  gt: ">",
  gte: "≥",
  gteq: "≥",
  lt: "<",
  lte: "≤",
  lteq: "≤",
  in: "is one of",
  between: "is between",
  like: "is like",
  ilike: "is like",
  isnull: "is not given",
  isnotnull: "is given",
};

/** The text that a pattern of this page's own making looks for; `null` = another's pattern. */
function contained(pattern) {
  const inner = /^%((?:[^\\%_]|\\.)*)%$/s.exec(pattern);
  return inner && inner[1].replace(/\\(.)/gs, "$1");
}

/** Sorts a link's filters: those that the search form shows, and the others in their order. */
export function read(text) {
  const found = { reference: "", exact: false, status: "", others: [] };
  for (const [name, value] of new URLSearchParams(text ?? "")) {
    const part = name === "reference_ilike" ? contained(value) : null;
    if (name === "reference_eq" && !found.reference) Object.assign(found, { reference: value, exact: true });
    else if (part && !found.reference) found.reference = part;
    else if (name === "status_eq" && !found.status) found.status = value;
    else found.others.push([name, value]);
  }
  return found;
}

/** The other way round. */
export function write({ reference, exact, status, others }) {
  const query = new URLSearchParams(others);
  const typed = reference.trim();
  if (typed && exact) query.set("reference_eq", typed);
  else if (typed) query.set("reference_ilike", `%${typed.replace(/[\\%_]/g, "\\$&")}%`);
  if (status) query.set("status_eq", status);
  return query.toString();
}

/** A filter in words; `null` = it has no operator, so that the ledger does not see it. */
export function words([name, value]) {
  const [, field, operator] = OPERATOR.exec(name) ?? [];
  const word = field && WORDS[operator.toLowerCase()];
  if (!word) return null;
  return `${field} ${word}${/null$/i.test(operator) ? "" : ` ${value}`}`;
}
