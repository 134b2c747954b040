/** What every screen shares: the API, the overview (read once for all), how things stand, and the way to fresh figures. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Api } from "../api/client";
import type { Overview, RunSummary } from "../api/types";
import type { Query } from "./query";
import type { Situation } from "./situation";

export interface AppContext {
  api: Api;
  overview: Query<Overview>;
  situation: Situation;
  /** Shows a run as the open one before the next overview says so. */
  onRunStarted: (run: RunSummary) => void;
}

export const Context = createContext<AppContext | undefined>(undefined);

export function useApp(): AppContext {
  const app = useContext(Context);
  if (!app) throw new Error("a screen outside the app");
  return app;
}
