/** A file that the page has made. Frames may forbid downloads silently: it can also be opened, and copied. */

import { useEffect, useRef } from "preact/hooks";
import { t } from "../../texts";
import form from "./form.module.css";
import { Note } from "./note";

export interface FileForSaving {
  name: string;
  text: string;
  /** An object URL of this browser, valid while the file is shown. */
  url: string;
  /** The list goes on after it. */
  partly: boolean;
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
  const texts = t.certificates.file;
  useEffect(() => () => URL.revokeObjectURL(file.url), [file.url]);
  return (
    <Note tone="info" title={texts.ready(file.name)}>
      {file.partly && <p>{texts.partly}</p>}
      <p>
        <a href={file.url} download={file.name}>
          {texts.save(file.name)}
        </a>{" "}
        ·{" "}
        <a href={file.url} target="_blank" rel="noopener">
          {texts.open}
        </a>
      </p>
      <details>
        <summary>{texts.copy}</summary>
        <textarea
          ref={content}
          class={form.area}
          aria-label={texts.content(file.name)}
          readOnly
          rows={8}
          value={file.text}
          onFocus={() => content.current?.select()}
        />
      </details>
    </Note>
  );
}
