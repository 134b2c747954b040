// The portal's first view must stay small: the page, its script and its style sheet stay under a limit, and so does all of
// the build, gzip. Also checks what the page's CSP relies on: hashed names and nothing inline.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FIRST_VIEW_BYTES = 48_000;
const ALL_BYTES = 60_000;
const dist = new URL("../dist/", import.meta.url);

const page = readFileSync(new URL("index.html", dist), "utf8");
const files = readdirSync(dist)
  .sort()
  .map((name) => ({
    name,
    bytes: gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length,
    first: name === "index.html" || page.includes(`/portal/assets/${name}"`),
  }));
const sum = (list) => list.reduce((bytes, file) => bytes + file.bytes, 0);
const first = sum(files.filter((file) => file.first));
const all = sum(files);
const line = (bytes, text) => process.stdout.write(`${String(bytes).padStart(7)} B  ${text}\n`);
for (const { name, bytes, first } of files) line(bytes, first ? name : `${name} (later)`);
line(first, `the first view (limit ${FIRST_VIEW_BYTES})`);
line(all, `all (limit ${ALL_BYTES})`);

const faults = [];
if (first >= FIRST_VIEW_BYTES)
  faults.push(`the first view is ${first} bytes gzip, the limit is ${FIRST_VIEW_BYTES}`);
if (all >= ALL_BYTES) faults.push(`the build is ${all} bytes gzip, the limit is ${ALL_BYTES}`);
const names = files.map(({ name }) => name);
const odd = names.filter((name) => name !== "index.html" && !/-[\w-]{8}\.(js|css)$/.test(name));
if (odd.length > 0)
  faults.push(`expected hashed scripts and style sheets beside index.html, found: ${odd.join(", ")}`);
const styles = files.filter(({ name }) => name.endsWith(".css"));
if (styles.length !== 1 || !styles[0].first)
  faults.push(`expected one style sheet, in the first view, found: ${names.join(", ")}`);
if (/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc="\/portal\/assets\/)/.test(page)) {
  faults.push("index.html holds an inline script or style, or a script from elsewhere");
}
for (const fault of faults) process.stderr.write(`size: ${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
