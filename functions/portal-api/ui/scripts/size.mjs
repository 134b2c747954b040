// The portal's first view must stay small: the page, its script and its style sheet stay under a limit, and so does all of
// the build, gzip. Also checks what the page's CSP relies on: hashed names and nothing inline.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** In every language. */
const FIRST_VIEW_BYTES = 60_000;
const ALL_BYTES = 125_000;
/** The catalogues of texts, of which a page loads one. */
const LANGUAGES = ["en", "de"];
const dist = new URL("../dist/", import.meta.url);

const page = readFileSync(new URL("index.html", dist), "utf8");
const languageOf = (name) => LANGUAGES.find((language) => name.startsWith(`${language}-`));
const files = readdirSync(dist)
  .sort()
  .map((name) => ({
    name,
    bytes: gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length,
    first: name === "index.html" || page.includes(`/portal/assets/${name}"`),
    language: languageOf(name),
  }));
const sum = (list) => list.reduce((bytes, file) => bytes + file.bytes, 0);
const base = sum(files.filter((file) => file.first));
const firstViews = LANGUAGES.map((language) => ({
  language,
  bytes: base + sum(files.filter((file) => file.language === language)),
}));
const all = sum(files);
const line = (bytes, text) => process.stdout.write(`${String(bytes).padStart(7)} B  ${text}\n`);
for (const { name, bytes, first, language } of files)
  line(bytes, first || language ? name : `${name} (later)`);
for (const { language, bytes } of firstViews)
  line(bytes, `the first view in "${language}" (limit ${FIRST_VIEW_BYTES})`);
line(all, `all (limit ${ALL_BYTES})`);

const faults = [];
for (const { language, bytes } of firstViews)
  if (bytes >= FIRST_VIEW_BYTES)
    faults.push(
      `the first view in "${language}" is ${bytes} bytes gzip, the limit is ${FIRST_VIEW_BYTES}`,
    );
for (const language of LANGUAGES)
  if (!files.some((file) => file.language === language && !file.first))
    faults.push(`expected the texts in "${language}" as a script of their own`);
if (all >= ALL_BYTES) faults.push(`the build is ${all} bytes gzip, the limit is ${ALL_BYTES}`);
const names = files.map(({ name }) => name);
const odd = names.filter((name) => name !== "index.html" && !/-[\w-]{8}\.(js|css)$/.test(name));
if (odd.length > 0)
  faults.push(
    `expected hashed scripts and style sheets beside index.html, found: ${odd.join(", ")}`,
  );
const styles = files.filter(({ name }) => name.endsWith(".css"));
if (styles.length !== 1 || !styles[0].first)
  faults.push(`expected one style sheet, in the first view, found: ${names.join(", ")}`);
if (/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc="\/portal\/assets\/)/.test(page)) {
  faults.push("index.html holds an inline script or style, or a script from elsewhere");
}
for (const fault of faults) process.stderr.write(`size: ${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
