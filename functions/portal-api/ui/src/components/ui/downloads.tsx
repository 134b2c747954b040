/** Buttons that fetch a file with the session, which a plain link would not carry, and the file once it is there. */

import { useState } from "preact/hooks";
import type { Api } from "../../api/client";
import { useApp } from "../../lib/app";
import { useAction } from "../../lib/query";
import { Button } from "./button";
import { ErrorNote } from "./error-note";
import { Icon } from "./icon";
import { type FileForSaving, ReadyFile, save } from "./ready-file";

export interface Download {
  /** On the button. */
  label: string;
  /** Where the API has it. */
  path: string;
  /** What it is saved as. */
  name: string;
  /** The parameter by which a list goes on whose file has an end. */
  continues?: "before" | "cursor";
}

/** So many files make one at most: a person waits for them, and the browser holds them. */
const MAX_PARTS = 20;

/** All of a list: its files one after the other, with the names of the columns once. */
async function whole(
  api: Api,
  { path, continues }: Download,
): Promise<{ blob: Blob; partly: boolean }> {
  const first = await api.file(path);
  const parts: (Blob | string)[] = [first.blob];
  let { next } = first;
  while (continues && next && parts.length < MAX_PARTS) {
    const part = await api.file(
      `${path}${path.includes("?") ? "&" : "?"}${continues}=${encodeURIComponent(next)}`,
    );
    const text = await part.blob.text();
    parts.push(text.slice(text.indexOf("\n") + 1));
    next = part.next;
  }
  return { blob: new Blob(parts, { type: first.blob.type }), partly: Boolean(next) };
}

/** The buttons, and apart from them what became of the last one: each screen has its place for both. */
export function useDownloads(files: Download[]) {
  const { api } = useApp();
  const [file, setFile] = useState<FileForSaving | undefined>();
  const fetching = useAction(async (wanted: Download) => {
    const { blob, partly } = await whole(api, wanted);
    const made = {
      name: wanted.name,
      text: await blob.text(),
      url: URL.createObjectURL(blob),
      partly,
    };
    setFile(made);
    save(made);
  });
  const buttons = files.map((one) => (
    <Button key={one.path} busy={fetching.busy} onClick={() => void fetching.run(one)}>
      <Icon name="download" size={16} />
      {one.label}
    </Button>
  ));
  const result = (
    <>
      {fetching.error && <ErrorNote error={fetching.error} />}
      {file && <ReadyFile file={file} />}
    </>
  );
  return { buttons, result };
}
