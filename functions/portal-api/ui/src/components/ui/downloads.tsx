/** Buttons that fetch a file with the session, which a plain link would not carry, and the file once it is there. */

import { useState } from "preact/hooks";
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
}

/** The buttons, and apart from them what became of the last one: each screen has its place for both. */
export function useDownloads(files: Download[]) {
  const { api } = useApp();
  const [file, setFile] = useState<FileForSaving | undefined>();
  const fetching = useAction(async ({ path, name }: Download) => {
    const blob = await api.file(path);
    const made = { name, text: await blob.text(), url: URL.createObjectURL(blob) };
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
