/** A file that the page has made. Frames may forbid downloads without a word: it can also be opened, and copied. */

import { useEffect, useRef } from "preact/hooks";
import { Note } from "./basics";

export interface FileForSaving {
  name: string;
  text: string;
  /** Of the browser's own, for as long as it is shown. */
  url: string;
}

/** Asks the browser to save a file at once. */
export function save({ name, url }: FileForSaving): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

export function ReadyFile({ file }: { file: FileForSaving }) {
  const content = useRef<HTMLTextAreaElement>(null);
  useEffect(() => () => URL.revokeObjectURL(file.url), [file.url]);
  return (
    <Note tone="info" title={`${file.name} is ready`}>
      <p>
        <a href={file.url} download={file.name}>
          Save {file.name}
        </a>{" "}
        ·{" "}
        <a href={file.url} target="_blank" rel="noopener">
          Open it in a new tab
        </a>
      </p>
      <details>
        <summary>Nothing was saved? Copy its text</summary>
        <textarea
          ref={content}
          class="file-text"
          aria-label={`Text of ${file.name}`}
          readOnly
          rows={8}
          value={file.text}
          onFocus={() => content.current?.select()}
        />
      </details>
    </Note>
  );
}
