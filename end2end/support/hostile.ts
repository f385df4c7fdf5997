import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { Author } from "./author";
import { expect, test as base } from "./fixtures";
import { root } from "./paths";
import { Server } from "./server";

interface Construct {
  name: string;
  text?: string;
  repeat?: [string, number, string, string];
  math?: boolean;
}

interface Wrapper {
  name: string;
  text: string;
  lines?: string;
}

const corpus: { constructs: Construct[]; wrappers: Wrapper[] } = JSON.parse(
  readFileSync(join(root, "crates/markdown/tests/hostile/corpus.json"), "utf8"),
);

/** The characters of one answer: a little more than a model may write at once (8,192 tokens unless the admin allows more). */
const LONGEST_ANSWER = 40_000;

/** How deep constructs go inside of a wrapper: past every bound of the renderer. Plain ones go all the way, as they do in crates/markdown. */
const WRAPPED_DEPTH = 250;

/** The corpus of crates/markdown, each construct in each wrapper: for each wrapper, a few long answers. */
export function hostileAnswers(): { wrapper: string; texts: string[] }[] {
  return corpus.wrappers.map((wrapper) => {
    const answers = corpus.constructs.map((construct) => {
      let text = construct.text ?? "";
      if (construct.repeat) {
        const [open, all, middle, close] = construct.repeat;
        const times = wrapper.name === "plain" ? all : Math.min(all, WRAPPED_DEPTH);
        text = open.repeat(times) + middle + close.repeat(times);
      }
      if (construct.math) text = `$$${text}$$`;
      const inner = text.replaceAll("\n", `\n${wrapper.lines ?? ""}`);
      const first = wrapper.text === "%" ? (wrapper.lines ?? "") : "";
      return first + wrapper.text.split("%").join(inner) + "\n";
    });
    // What one answer leaves open ends before the next.
    const between = wrapper.name === "unclosed" ? "\n```\n\n" : "\n\n";
    const texts: string[] = [];
    let text = "";
    for (const answer of answers) {
      if (text && text.length + answer.length > LONGEST_ANSWER) {
        texts.push(text);
        text = "";
      }
      text += answer + between;
    }
    texts.push(text);
    return { wrapper: wrapper.name, texts: texts.map((text) => `${text}the end`) };
  });
}

/** A server of its own whose model says what the author was given, and a page that must ask nobody else. */
export const test = base.extend<{ elsewhere: string[] }, { author: Author; product: Server }>({
  author: [
    async ({}, use) => {
      const author = await Author.start();
      await use(author);
      await author.stop();
    },
    { scope: "worker" },
  ],
  product: [
    async ({ author }, use) => {
      const server = new Server({ ANTHROPIC_API_KEY: "test-key", ANTHROPIC_BASE_URL: author.url });
      await server.start();
      await use(server);
      await server.destroy();
    },
    { scope: "worker" },
  ],
  elsewhere: async ({ page, product }, use) => {
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${product.url}/`) && !/^(data|blob):/.test(url)) elsewhere.push(url);
    });
    page.on("dialog", (dialog) => {
      elsewhere.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("popup", (popup) => elsewhere.push(`popup ${popup.url()}`));
    await use(elsewhere);
    expect(elsewhere).toEqual([]);
  },
});

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  tdur?: number;
  args: { name?: string };
}

/** The longest task of the page's main thread while `act` goes on, in milliseconds of CPU: of a busy machine that tells more than the clock. */
export async function longestTask(page: Page, act: () => Promise<void>): Promise<number> {
  const client = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  client.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await client.send("Tracing.start", { traceConfig: { includedCategories: ["toplevel"] } });
  await act();
  const complete = new Promise((ended) => client.once("Tracing.tracingComplete", ended));
  await client.send("Tracing.end");
  await complete;
  await client.detach();
  const main = new Set<string>();
  for (const { name, pid, tid, args } of events) {
    if (name === "thread_name" && args.name === "CrRendererMain") main.add(`${pid} ${tid}`);
  }
  const tasks = events.filter(({ name, pid, tid }) => name === "ThreadControllerImpl::RunTask" && main.has(`${pid} ${tid}`));
  expect(tasks.length).toBeGreaterThan(0);
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1_000;
}

/** What is in the answers on the page and may not be there, and what was done to the page around them. */
export function foreign(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const html = "P EM STRONG DEL CODE PRE FIGURE FIGCAPTION SPAN BUTTON B A UL OL LI INPUT BLOCKQUOTE H2 H3 H4 HR BR SUP SUB KBD DETAILS SUMMARY SECTION DIV TABLE THEAD TBODY TR TH TD I S U".split(" ");
    const mathml = "math mrow mi mn mo mtext mspace msub msup msubsup munder mover munderover mmultiscripts mprescripts mfrac msqrt mroot mtable mtr mtd mpadded mphantom menclose".split(" ");
    const attributes =
      "class dir open href target rel title aria-label type data-copy data-artifact-of data-run data-src data-alt start style id disabled checked tabindex role display mathvariant form scriptlevel stretchy symmetric largeop movablelimits accent accentunder displaystyle lspace rspace minsize maxsize width height linethickness notation".split(" ");
    const faults = new Set<string>();
    const look = (within: Element, depth: number) => {
      if (depth > 120) return void faults.add(`depth ${depth}`);
      for (const element of within.children) {
        const known = element.namespaceURI === "http://www.w3.org/1998/Math/MathML" ? mathml : html;
        if (!known.includes(element.tagName)) faults.add(`<${element.tagName}>`);
        for (const { name, value } of element.attributes) {
          if (!attributes.includes(name)) faults.add(`${element.tagName} ${name}=${value.slice(0, 80)}`);
          if (name === "href" && !/^(https?:|mailto:|#)/i.test(value)) faults.add(`href=${value.slice(0, 80)}`);
          if (name === "style" && /url|position|expression|@/i.test(value)) faults.add(`style=${value.slice(0, 80)}`);
        }
        look(element, depth + 1);
      }
    };
    document.querySelectorAll(".prose").forEach((prose) => look(prose, 0));
    if ("pwned" in window) faults.add("a script of an answer ran");
    if (document.querySelector("iframe, object, embed, base, form[action^='https:'], meta[http-equiv=refresh]")) faults.add("an element outside of the answers");
    if (!document.querySelector(".prose")) faults.add("there is no answer");
    return [...faults];
  });
}
