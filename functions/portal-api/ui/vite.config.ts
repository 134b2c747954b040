import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

// The function serves the page at /portal and its files at /portal/assets/<name>-<hash>.<ext>, so the build is flat:
// one page, one style sheet, and the scripts. Nothing is inlined, because the page's CSP allows no inline script or style.
export default defineConfig(({ mode }) => ({
  base: "/portal/assets/",
  // `PORTAL_ORIGIN=… npm run dev` works on the page against a running stack.
  server: { host: "127.0.0.1", proxy: proxyTo(loadEnv(mode, ".", "PORTAL_").PORTAL_ORIGIN) },
  css: { modules: { generateScopedName: shortClassName() } },
  build: {
    assetsDir: "",
    assetsInlineLimit: 0,
    // Browsers that know light-dark(), which carries the whole theme (Baseline 2024).
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What the screens of the first view and the later ones share is one script.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] } },
    },
  },
  // The tests look at the style sheets too.
  test: { css: true, setupFiles: "vitest.setup.ts" },
}));

function proxyTo(origin: string | undefined): Record<string, string> {
  return origin ? { "/portal/api": origin } : {};
}

/** Short names, the same for the same sources: a hash of the style sheet, and the place of the class in it. */
function shortClassName() {
  const sheets = new Map<string, string>();
  return (name: string, file: string, css: string): string => {
    const path = file.replace(/^.*\/src\//, "").replace(/\?.*$/, "");
    const sheet = hash(path);
    const other = sheets.get(sheet) ?? path;
    if (other !== path)
      throw new Error(`${path} and ${other} have the same hash: rename one of them`);
    sheets.set(sheet, path);
    const names = [...new Set(Array.from(css.matchAll(/\.([a-z][\w-]*)/gi), ([, found]) => found))];
    return `_${sheet}${names.indexOf(name).toString(36)}`;
  };
}

function hash(text: string): string {
  const SPACE = 36 ** 3;
  let value = 7;
  for (const char of text) value = (value * 31 + (char.codePointAt(0) ?? 0)) % SPACE;
  return value.toString(36).padStart(3, "0");
}
