import { afterEach, expect, it, vi } from "vitest";
import { deferred, mount } from "../house/hook";
import { useQuery } from "./query";

afterEach(() => vi.unstubAllGlobals());

/** A query whose answers a test gives one by one. */
async function asked(key = () => "settings") {
  const answers: ReturnType<typeof deferred<string>>[] = [];
  const load = () => {
    const one = deferred<string>();
    answers.push(one);
    return one.promise;
  };
  const query = await mount(() => useQuery(key(), load));
  const answer = (at: number, value: string) => query.doing(() => answers[at]?.answer(value));
  return { query, answers, answer };
}

it("an answer that was asked for before a save does not take its place", async () => {
  const { query, answers, answer } = await asked();
  await answer(0, "old");
  expect(query.now().data).toBe("old");
  await query.returns();
  expect(answers).toHaveLength(2);
  await query.doing(() => query.now().set("saved"));
  await answer(1, "old");
  expect(query.now().data).toBe("saved");

  // What is asked for later counts again.
  await query.returns();
  await answer(2, "newer");
  expect(query.now().data).toBe("newer");
  query.unmount();
});

it("an answer under way still counts when what is shown was only altered", async () => {
  const { query, answer } = await asked();
  await answer(0, "old");
  await query.returns();
  await query.doing(() => query.now().change((shown) => `${shown}, altered`));
  expect(query.now().data).toBe("old, altered");
  await answer(1, "newer");
  expect(query.now().data).toBe("newer");
  query.unmount();
});

it("a save of what is not shown any more changes nothing", async () => {
  let key = "first";
  const { query, answer } = await asked(() => key);
  await answer(0, "one");
  const { set } = query.now();
  key = "second";
  await query.again();
  await query.doing(() => set("one, saved"));
  await answer(1, "two");
  expect(query.now().data).toBe("two");
  query.unmount();
});
