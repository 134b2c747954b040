import { describe, expect, it } from "vitest";
import { languageOf } from ".";
import { countOf } from "./count";
import { en } from "./en";
import { rich } from "./rich";

describe("the language", () => {
  it("is the first of the reader's that the page has, whatever its region", () => {
    expect(languageOf(["fr-CA", "DE-at", "en-GB"], ["en", "de"])).toBe("de");
    expect(languageOf(["en-GB", "de"], ["en", "de"])).toBe("en");
  });

  it("is English when the page has none of them", () => {
    expect(languageOf(["fr", "it"], ["en", "de"])).toBe("en");
    expect(languageOf([], ["en", "de"])).toBe("en");
  });
});

it("a number takes the form of its noun that the language has for it", () => {
  expect([0, 1, 2].map(en.nouns.entries)).toEqual(["0 entries", "1 entry", "2 entries"]);
  const polish = countOf("pl");
  const forms = { one: "wpis", few: "wpisy", many: "wpisów", other: "wpisu" };
  expect([1, 3, 5].map((n) => polish(n, forms))).toEqual(["1 wpis", "3 wpisy", "5 wpisów"]);
});

it("a sentence keeps its parts where it has them", () => {
  expect(rich`See ${"the problems"}.`).toEqual(["See ", "the problems", "."]);
});
