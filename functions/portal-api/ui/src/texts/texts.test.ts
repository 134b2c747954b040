import { describe, expect, it } from "vitest";
import { languageOf } from ".";
import { countOf } from "./count";
import { de } from "./de";
import { en } from "./en";
import { lateDe } from "./late-de";
import { lateEn } from "./late-en";
import { pseudoText, pseudoTexts } from "./pseudo";
import { rich } from "./rich";

describe("the language", () => {
  it("is the first of the reader's that the page has, whatever its region", () => {
    expect(languageOf(["fr-CA", "DE-at", "en-GB"])).toBe("de");
    expect(languageOf(["en-GB", "de"])).toBe("en");
    expect(languageOf(["en-XA"])).toBe("en-xa");
  });

  it("is English when the page has none of them", () => {
    expect(languageOf(["fr", "it"])).toBe("en");
    expect(languageOf([])).toBe("en");
  });
});

it("a number takes the form of its noun that the language has for it", () => {
  expect([0, 1, 2].map(en.nouns.entries)).toEqual(["0 entries", "1 entry", "2 entries"]);
  expect([0, 1, 2].map(de.nouns.entries)).toEqual(["0 Buchungen", "1 Buchung", "2 Buchungen"]);
  const polish = countOf("pl");
  const forms = { one: "wpis", few: "wpisy", many: "wpisów", other: "wpisu" };
  expect([1, 3, 5].map((n) => polish(n, forms))).toEqual(["1 wpis", "3 wpisy", "5 wpisów"]);
});

it("a sentence keeps its parts where it has them", () => {
  expect(rich`See ${"the problems"}.`).toEqual(["See ", "the problems", "."]);
});

/** Every text of a catalogue by its path; functions are called with arguments that one can see. */
function allTexts(value: unknown, path = ""): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") return [[path, textOf(value(...ARGUMENTS))]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    allTexts(inner, path ? `${path}.${name}` : name),
  );
}

/** Works for a number, a name, a part and a list alike. */
const argument = Object.assign((words: unknown) => textOf(words), {
  flatMap: (each: (part: string, at: number) => unknown) => each("2", 0),
  toString: () => "2",
});
const ARGUMENTS = [argument, argument, argument, argument];

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(textOf).join("") : String(value);
}

/** Names, Stripe's own names of permissions, and words that German has too. */
const ALIKE = [
  ..."2 UTC|2 · Stripe Sync|@stripe_eu|CSV|Code 2|EUR|In Blnk|JSON|Live|Name|Status|Stripe|Stripe Sync".split(
    "|",
  ),
  ..."Syncs|System|Test|UTC|ltr|whsec_…|Accounts (under Connect)|Balance|Balance transaction sources".split(
    "|",
  ),
  ..."Charges and refunds|Customers|Disputes|Payouts|Webhook Endpoints".split("|"),
  ..."URL|Webhook|https://hooks.example.com/stripe-sync".split("|"),
];

describe("German", () => {
  const english = new Map(allTexts({ ...en, late: lateEn }));
  const german = allTexts({ ...de, late: lateDe });

  it("has every text", () => {
    expect(german.map(([path]) => path).sort()).toEqual([...english.keys()].sort());
    expect(german.length).toBeGreaterThan(500);
    for (const [path, text] of german)
      if (english.get(path) !== "") expect(text.trim(), path).not.toBe("");
  });

  it("says nothing in English but names and what is spelt alike", () => {
    const alike = german
      .filter(([path, text]) => english.get(path) === text && /\p{L}{3}/u.test(text))
      .map(([, text]) => text);
    expect(new Set(alike)).toEqual(new Set(ALIKE));
  });

  it("uses its own quotation marks and addresses readers politely", () => {
    for (const [path, text] of german) {
      expect(text, path).not.toMatch(/["]|“[^„]*”/);
      expect(text, path).not.toMatch(/\b(du|dein|deine|dich|dir)\b/i);
    }
  });
});

describe("the language that nobody speaks", () => {
  it("marks every text, and makes it longer", () => {
    const texts = pseudoTexts(en, "ltr");
    expect(texts.frame.places.overview).toBe("⟦Ovéérvííééw⟧");
    expect(texts.nouns.records(1)).toMatch(/^⟦1 .+⟧$/);
    expect(pseudoText("Sync").length).toBeGreaterThan("Sync".length);
    expect(pseudoText(" · ")).toBe(" · ");
  });

  it("marks the words that a sentence puts into a link, and leaves other parts as they are", () => {
    const part = { type: "a" };
    const texts = pseudoTexts(en, "rtl");
    expect(texts.direction).toBe("rtl");
    const parts = texts.proof.pending(part as never, "2", "3");
    expect(parts).toEqual([
      expect.stringContaining("⟦"),
      part,
      expect.stringContaining("⟦"),
      "2",
      " = ",
      "3",
      "",
    ]);
    const words: string[] = [];
    texts.preview.followed((inner) => {
      words.push(inner);
      return inner;
    });
    expect(words).toEqual([expect.stringMatching(/^⟦.+⟧$/)]);
  });
});
