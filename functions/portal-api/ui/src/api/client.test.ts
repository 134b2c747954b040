import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Api, redeem } from "./client";
import { ApiError } from "./error";

/** What came instead of a session. */
const SEEN = import.meta.glob<string>(
  "../../../../../tests/fixtures/field/05_portal_session_answers.json",
  {
    query: "?raw",
    import: "default",
    eager: true,
  },
);
const ID = "0123456789abcdef0123456789abcdef";
const SESSION = { bearer: "b", expires_at: "2026-11-24T10:45:00.000Z", launch_id: "L1" };

interface Case {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

function answers(status: number, body: BodyInit | null, headers: Record<string, string> = {}) {
  const fetched = vi.fn(
    async (_url: string, _init: RequestInit) => new Response(body, { status, headers }),
  );
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("redeeming", () => {
  it("sends the token with the id of the redemption", async () => {
    const fetched = answers(200, JSON.stringify(SESSION));
    expect((await redeem("l1.a.b", ID)).body).toEqual(SESSION);
    const [url, init] = fetched.mock.calls[0] ?? [];
    expect([url, init?.body]).toEqual([
      "/portal/api/session",
      JSON.stringify({ token: "l1.a.b", redemption_id: ID }),
    ]);
  });

  it("ends in an error that may pass, whatever comes instead of a session", async () => {
    const seen: Case[] = JSON.parse(Object.values(SEEN)[0] ?? "").cases;
    const bodies = seen.filter((one) => one.body !== undefined);
    expect(bodies.length).toBeGreaterThanOrEqual(4);
    const more = [
      "[]",
      "7",
      '"text"',
      "{}",
      '{"bearer":1}',
      JSON.stringify({ ...SESSION, bearer: "" }),
    ];
    const odd = JSON.stringify({ ...SESSION, expires_at: "soon" });
    for (const { status = 200, headers, body = "" } of [
      ...bodies,
      ...[...more, odd].map((body) => ({ body }) as Case),
    ]) {
      answers(status, body, headers);
      const error = await failure(redeem("l1.a.b", ID));
      expect([error.code, error.transient], body).toEqual(["unreadable_answer", true]);
    }
  });

  it("ends in time when no answer comes, or only half of one", async () => {
    const half = () =>
      new Response(
        new ReadableStream({
          start: (stream) => stream.enqueue(new TextEncoder().encode('{"bearer":')),
        }),
      );
    for (const never of [() => new Promise<Response>(() => undefined), async () => half()]) {
      vi.stubGlobal("fetch", never);
      const ended = failure(redeem("l1.a.b", ID));
      await vi.advanceTimersByTimeAsync(9_999);
      expect((await ended).code).toBe("timed_out");
    }
  });

  it("tells a refusal of the app from one of something between", async () => {
    answers(403, "<html>blocked</html>", { "content-type": "text/html" });
    expect(await failure(redeem("l1.a.b", ID))).toMatchObject({ status: 403, fromApi: false });
    answers(410, JSON.stringify({ code: "session_expired", title: "Gone", status: 410 }));
    expect(await failure(redeem("l1.a.b", ID))).toMatchObject({ status: 410, fromApi: true });
  });
});

describe("a live session's call", () => {
  it("is checked and ends in time like any other, and ends the session only when the app says so", async () => {
    const ended = vi.fn();
    const api = new Api("bearer", ended);
    answers(200, "<html></html>");
    expect((await failure(api.overview())).code).toBe("unreadable_answer");
    answers(200, "null");
    expect((await failure(api.runs({ filter: "all" }, null))).code).toBe("unreadable_answer");
    answers(401, "<html></html>");
    await failure(api.overview());
    expect(ended).not.toHaveBeenCalled();
    answers(401, JSON.stringify({ code: "session_over", title: "Over", status: 401 }));
    await failure(api.overview());
    expect(ended).toHaveBeenCalledTimes(1);
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
    for (const call of [
      () => api.overview(),
      () => api.file("/certificates/c/table"),
      () => api.renewWebhook(),
    ]) {
      const late = failure(call());
      await vi.advanceTimersByTimeAsync(12_001);
      expect((await late).code).toBe("timed_out");
    }
  });

  it("that was given up is no failure of the app", async () => {
    const stop = new AbortController();
    vi.stubGlobal("fetch", (_url: string, init: RequestInit) => {
      return new Promise((_, reject) =>
        init.signal?.addEventListener("abort", () => reject(new Error("aborted"))),
      );
    });
    const given = new Api("bearer", () => undefined).overview(stop.signal);
    stop.abort();
    await expect(given).rejects.toThrow("aborted");
  });
});
