// The portal's first view must stay small: the page, its script and its style sheet under 60 kB gzip together, and
// nothing else in the build. Also checks what the page's CSP relies on: hashed names and nothing inline.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 60_000;
const dist = new URL("../dist/", import.meta.url);

const files = readdirSync(dist).sort();
const sizes = files.map((name) => ({
  name,
  bytes: gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length,
}));
const total = sizes.reduce((sum, file) => sum + file.bytes, 0);
for (const { name, bytes } of sizes) process.stdout.write(`${String(bytes).padStart(7)} B  ${name}\n`);
process.stdout.write(`${String(total).padStart(7)} B  together (limit ${LIMIT_BYTES})\n`);

const faults = [];
if (total >= LIMIT_BYTES) faults.push(`the build is ${total} bytes gzip, the limit is ${LIMIT_BYTES}`);
const count = (pattern) => files.filter((name) => pattern.test(name)).length;
if (
  files.length !== 3 ||
  !files.includes("index.html") ||
  count(/-[\w-]{8}\.js$/) !== 1 ||
  count(/-[\w-]{8}\.css$/) !== 1
) {
  faults.push(
    `expected index.html, one hashed script and one hashed style sheet, found: ${files.join(", ")}`,
  );
}
const page = readFileSync(new URL("index.html", dist), "utf8");
if (/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc="\/portal\/assets\/)/.test(page)) {
  faults.push("index.html holds an inline script or style, or a script from elsewhere");
}
for (const fault of faults) process.stderr.write(`size: ${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
