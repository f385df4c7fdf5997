/** What the panel asks of the server: REST, and the server functions behind the page. */

export interface Artifact {
  id: string;
  path: string;
  type: string;
  version: number;
  content: string;
}

/** Why something could not be done, as the server says; `status` 0: it was not heard. */
export class Refused extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

async function ask(method: string, path: string, body?: BodyInit, type?: string, keepalive = false): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { method, body, keepalive, headers: type ? { "content-type": type } : {} });
  } catch (fault) {
    throw new Refused(0, String(fault));
  }
  if (answer.ok) return answer;
  if (answer.status === 429 && !keepalive) {
    await new Promise((go) => setTimeout(go, 1_000 * Number(answer.headers.get("retry-after") ?? 1)));
    return ask(method, path, body, type);
  }
  const told: Told = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, keepalive ? english(told) : await said(told).catch(() => english(told)));
}

/** What an answer says that refuses: of REST, or of a server function. */
interface Told {
  detail?: string;
  message?: string;
  errors?: { field: string; message: string }[];
}

const english = ({ detail, message, errors }: Told): string =>
  errors?.length ? errors.map((one) => `${one.field}: ${one.message}`).join("\n") : (detail ?? message ?? "");

/** The same in the page's language: REST speaks English, and server functions speak it already. */
async function said(told: Told): Promise<string> {
  if (document.documentElement.lang === "en" || told.detail === undefined) return english(told);
  const answer = await fetch("/api/ui/artifact-refusal", {
    method: "POST",
    body: JSON.stringify({ message: told.detail, fields: told.errors ?? [] }),
    headers: { "content-type": "application/json" },
  });
  if (!answer.ok) throw new Refused(answer.status, answer.statusText);
  return answer.json();
}

const json = async (method: string, path: string, body?: unknown, keepalive = false) => {
  const answer = await ask(method, path, body === undefined ? undefined : JSON.stringify(body), "application/json", keepalive);
  return answer.status === 204 ? undefined : answer.json();
};

const ARTIFACTS = "/api/v1/artifacts";

export const get = (id: string): Promise<Artifact> => json("GET", `${ARTIFACTS}/${id}`);
/** Whether there is such an artifact. */
export const isThere = (id: string): Promise<boolean> =>
  get(id).then(() => true, (fault) => (fault instanceof Refused && fault.status === 404 ? false : Promise.reject(fault)));
export const version = (id: string, number: number): Promise<{ content: string }> => json("GET", `${ARTIFACTS}/${id}/versions/${number}`);
export const create = (conversation_id: string, path: string, content: string): Promise<Artifact> =>
  json("POST", ARTIFACTS, { conversation_id, path, content });
export const write = (id: string, content: string, expected_version: number, keepalive = false): Promise<Artifact> =>
  json("PUT", `${ARTIFACTS}/${id}`, { content, expected_version }, keepalive);
export const move = (id: string, path: string): Promise<Artifact> => json("PATCH", `${ARTIFACTS}/${id}`, { path });
export const remove = (id: string): Promise<void> => json("DELETE", `${ARTIFACTS}/${id}`);
export const restore = (id: string, number: number): Promise<Artifact> => json("POST", `${ARTIFACTS}/${id}/restore`, { version: number });
export const unzip = (conversation: string, archive: Blob): Promise<unknown> =>
  ask("POST", `${ARTIFACTS}/import?conversation_id=${conversation}`, archive, "application/zip");

/** A file that the server makes, with its name. */
export async function archive(path: string): Promise<{ name: string; content: Blob }> {
  const answer = await ask("GET", path);
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1];
  return { name: name ?? "artifacts.zip", content: await answer.blob() };
}

/** All of a conversation's, with what they hold. */
export async function all(conversation: string): Promise<Artifact[]> {
  const items: Artifact[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
    const page: { items: Artifact[]; next_cursor: string | null } = await json("GET", `${ARTIFACTS}?conversation_id=${conversation}&limit=100${more}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

export const merge = (id: string, base: number, content: string): Promise<{ content: string; conflicts: number; version: number }> =>
  json("POST", "/api/ui/artifact-merge", { id, base, content });
export const undelete = (id: string): Promise<unknown> => json("POST", "/api/ui/artifact-undelete", { id });
/** The panel as the server draws it now for an address. */
export const drawn = (conversation: string, address: string): Promise<string> => json("POST", "/api/ui/panel-page", { conversation, address });
