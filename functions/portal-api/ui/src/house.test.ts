/** The rules of this folder that no other tool checks: see README.md. */

import ts from "typescript";
import { describe, expect, it } from "vitest";
import { circles, importsOf, lateReads, type Module, resolve, wrongWay } from "./house/modules";
import { classNames, usedClassNames } from "./house/styles";
import { literalTexts } from "./house/texts";

const MAX_LINES = 400;

const SOURCES = new Map(
  Object.entries(
    import.meta.glob<string>("./**/*.{ts,tsx,css}", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
  ).map(([path, code]) => [path.slice("./".length), code]),
);
const FILES = [...SOURCES.keys()].sort();

function read(name: string): string {
  return SOURCES.get(name) ?? "";
}

const CODE = FILES.filter(
  (name) => /\.tsx?$/.test(name) && !/\.(test|d)\.ts$/.test(name) && !name.startsWith("house/"),
);
const STYLES = FILES.filter((name) => name.endsWith(".module.css"));

function parse(name: string, code = read(name)): ts.SourceFile {
  const kind = name.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return ts.createSourceFile(name, code, ts.ScriptTarget.ESNext, true, kind);
}

const MODULES: Module[] = CODE.map((name) => ({ name, imports: importsOf(parse(name), FILES) }));

it("no file is longer than one can read at once", () => {
  const long = FILES.filter(
    (name) => name !== "api/schema.d.ts" && read(name).split("\n").length > MAX_LINES,
  );
  expect(long).toEqual([]);
});

describe("imports", () => {
  it("are found", () => {
    expect(CODE.length).toBeGreaterThan(80);
    expect(MODULES.find(({ name }) => name === "screens/run/run.tsx")?.imports).toContain(
      "lib/run.ts",
    );
  });

  it("point down: screens use components, components use lib, and no screen uses another", () => {
    expect(MODULES.flatMap(wrongWay)).toEqual([]);
  });

  it("form no circle", () => {
    expect(circles(MODULES)).toEqual([]);
  });

  it("lead the first view to no text that is loaded later", () => {
    const early = new Set<string>();
    const visit = (name: string) => {
      if (early.has(name) || name === "later.ts") return;
      early.add(name);
      for (const next of MODULES.find((module) => module.name === name)?.imports ?? []) visit(next);
    };
    visit("app.tsx");
    expect(early.size).toBeGreaterThan(80);
    const readers = MODULES.filter(
      ({ name, imports }) => early.has(name) && imports.includes("texts/late.ts"),
    );
    // Only what loads them.
    expect(readers.map(({ name }) => name)).toEqual(["places.tsx"]);
  });

  it("of a wrong direction, of another screen and of a circle would be seen", () => {
    const lib = { name: "lib/a.ts", imports: ["components/ui/b.tsx"] };
    const screen = {
      name: "screens/run/a.tsx",
      imports: ["screens/syncs/b.tsx", "screens/run/c.tsx"],
    };
    expect([lib, screen].flatMap(wrongWay)).toEqual([
      "lib/a.ts imports components/ui/b.tsx",
      "screens/run/a.tsx imports screens/syncs/b.tsx",
    ]);
    const back = { name: "components/ui/b.tsx", imports: ["lib/c.ts"] };
    expect(circles([lib, back, { name: "lib/c.ts", imports: ["lib/a.ts"] }])).toHaveLength(1);
    expect(circles([lib, back, { name: "lib/c.ts", imports: [] }])).toEqual([]);
  });
});

describe("visible texts", () => {
  it("stand in the catalogue alone", () => {
    const found = CODE.filter((name) => !name.startsWith("texts/")).flatMap((name) =>
      literalTexts(parse(name)),
    );
    expect(found).toEqual([]);
  });

  it("are read while rendering, when the language is chosen", () => {
    expect(CODE.flatMap((name) => lateReads(parse(name)))).toEqual([]);
    const early = parse(
      "a.ts",
      'import { t } from "./texts"; const A = t.common.none; const b = () => t.common;',
    );
    expect(lateReads(early)).toEqual(["a.ts:1 reads t while the module loads"]);
  });

  it.each([
    ["<p>Loading</p>", "Loading"],
    ["<p>{busy ? 'wait' : t.x}</p>", "wait"],
    ["<p>{`about $" + "{n}`}</p>", "about "],
    ["<input placeholder='rk_live' />", "rk_live"],
    ["<nav aria-label={'main'} />", "main"],
    ["<Card title='Times' />", "Times"],
    ["announce('The sync goes on.')", "The sync goes on."],
    ["[['Key', 1]]", "Key"],
  ])("would be seen in %s", (code, text) => {
    expect(literalTexts(parse("a.tsx", `const a = ${code};`))).toEqual([
      `a.tsx:1 ${JSON.stringify(text)}`,
    ]);
  });

  it.each([
    "<a class='x' href='/runs' target='_blank' rel='noopener noreferrer' data-testid='the-row' />",
    "<Icon name='check' />",
    "<p>{state === 'open' && t.x}{t.states['open']} · </p>",
    "new Error('A screen outside the app')",
  ])("are told from %s", (code) => {
    expect(literalTexts(parse("a.tsx", `const a = ${code};`))).toEqual([]);
  });
});

describe("styles", () => {
  it("have no class outside the modules of components and screens", () => {
    const global = FILES.filter((name) => name.endsWith(".css") && !STYLES.includes(name));
    expect(global.sort()).toEqual(["styles/elements.css", "styles/index.css", "styles/tokens.css"]);
    for (const name of global) expect(classNames(read(name)), name).toEqual([]);
  });

  it("have no unused class, and every used class exists", () => {
    expect(STYLES.length).toBeGreaterThan(30);
    const used = new Map(STYLES.map((name) => [name, new Set<string>()]));
    for (const name of CODE) {
      for (const { module, classes } of usedClassNames(parse(name))) {
        const path = resolve(name, module);
        const known = classNames(read(path));
        // Classes that are chosen by a value count as used, all of them.
        for (const one of classes ?? known) {
          expect(known, `${name} uses ${one} of ${path}`).toContain(one);
          used.get(path)?.add(one);
        }
      }
    }
    for (const [name, names] of used)
      expect([...names].sort(), name).toEqual(classNames(read(name)));
  });
});
