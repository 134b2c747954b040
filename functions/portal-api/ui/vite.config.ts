import { defineConfig, loadEnv } from "vite";

// The function serves the page at /portal and its files at /portal/assets/<name>-<hash>.<ext>, so the build is flat:
// one page, one script, one style sheet. Nothing is inlined, because the page's CSP allows no inline script or style.
export default defineConfig(({ mode }) => ({
  base: "/portal/assets/",
  // `PORTAL_ORIGIN=… npm run dev` works on the page against a running stack.
  server: { host: "127.0.0.1", proxy: proxyTo(loadEnv(mode, ".", "PORTAL_").PORTAL_ORIGIN) },
  build: {
    assetsDir: "",
    assetsInlineLimit: 0,
    // Browsers that know light-dark(), which carries the whole theme (Baseline 2024).
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
}));

function proxyTo(origin: string | undefined): Record<string, string> {
  return origin ? { "/portal/api": origin } : {};
}
