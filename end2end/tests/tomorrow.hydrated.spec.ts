import { ChatPage, expect, newUser, scripted, signIn, test as base, upTo, words, wordsFrom } from "../support/fixtures";
import { Proxy, type Translation } from "../support/proxy";
import { Server } from "../support/server";

/** How many events tomorrow's server tells where today's tells one. */
const TIMES = 3;

/** Today's server as tomorrow's may be: it tells more events, more kinds of parts and news, and more of each. */
const tomorrow: Translation = {
  request(path, body) {
    if (path !== "/api/ui/chat-listen") return body;
    const { turn, after } = JSON.parse(body);
    return JSON.stringify({ turn, after: Math.floor(after / TIMES) });
  },
  line(_path, line) {
    if (!line.startsWith('{"Ok":')) return [line];
    const { Ok: told } = JSON.parse(line);
    const ok = (value: object) => JSON.stringify({ Ok: value });
    if (told.seq === undefined) {
      return ['{"Later":{}}', ok({ type: "hologram_shown", where: "everywhere" }), ok({ ...told, hologram: 1 })];
    }
    const last = told.seq * TIMES;
    const part = { position: 1_000 + told.seq, step: 1, type: "hologram", beams: [told.seq], text: "a hologram" };
    return [
      '{"Later":{"seq":1}}',
      ok({ seq: last - 2, event: "hologram_shown", data: { depth: told.seq } }),
      ok({ seq: last - 1, event: "part_started", data: part }),
      ok({ ...told, seq: last, hologram: 1, data: { ...told.data, hologram: { depth: 1 } } }),
    ];
  },
};

interface Tomorrow {
  chat: ChatPage;
  proxy: Proxy;
  server: Server;
  token: string;
}

const test = base.extend<{ late: Tomorrow }>({
  late: async ({ page, context, upstream }, use) => {
    const server = new Server(scripted(upstream));
    await server.start();
    const proxy = await Proxy.start(server.url, tomorrow);
    const user = newUser(server);
    const token = server.createToken(user.email);
    await signIn(context, server, user);
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    const chat = new ChatPage(page, proxy);
    await chat.open();
    await use({ chat, proxy, server, token });
    expect(faults).toEqual([]);
    await proxy.stop();
    await server.destroy();
  },
});

test("yesterday's page follows an answer of tomorrow's server, through a cut line too", async ({ late }) => {
  const { chat, proxy } = late;
  await chat.send("[[tokens=200 every=20ms]] count");
  await wordsFrom(chat, 20);
  proxy.cut();
  await chat.settled();
  expect(await words(chat)).toEqual(upTo(200));
  await expect(chat.answers).not.toContainText("hologram");
  await expect(chat.answers).not.toContainText("Reconnecting");
  await chat.ask("and tools [[tool=look args={}]] [[echo after the tool]]");
  await expect(chat.answers.last()).toContainText("after the tool");
});

test("yesterday's page hears tomorrow's news", async ({ late }) => {
  const { chat, server, token } = late;
  await chat.ask("first [[echo one]]");
  const data = {
    conversation_id: new URL(chat.page.url()).pathname.replace("/c/", ""),
    messages: [{ role: "user", content: "from elsewhere [[echo two]]" }],
  };
  const headers = { Authorization: `Bearer ${token}` };
  expect((await chat.page.request.post(`${server.url}/api/v1/chat`, { headers, data })).ok()).toBeTruthy();
  await expect(chat.questions.last()).toContainText("from elsewhere");
  await expect(chat.answers.last()).toContainText("two");
});
