import AxeBuilder from "@axe-core/playwright";
import { type Page, expect, test } from "../support/fixtures";

/** A square of one colour, drawn by the browser itself. */
async function picture(page: Page, side: number, type: string): Promise<Buffer> {
  const url = await page.evaluate(
    ([side, type]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
      const context = canvas.getContext("2d")!;
      context.fillStyle = "teal";
      context.fillRect(0, 0, canvas.width, canvas.height);
      return canvas.toDataURL(type as string);
    },
    [side, type] as const,
  );
  return Buffer.from(url.split(",")[1], "base64");
}

/** The smallest file of a kind that browsers can draw and models cannot see. */
function onePixelBitmap(): Buffer {
  const header = Buffer.alloc(54);
  header.write("BM");
  header.writeUInt32LE(58, 2);
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(1, 18);
  header.writeInt32LE(1, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  return Buffer.concat([header, Buffer.from([0, 0, 255, 0])]);
}

const loaded = (image: HTMLImageElement) => image.complete && image.naturalWidth > 0;

test("an image goes with a message, is asked of a model that sees, and is there after a reload", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  const buffer = await picture(page, 32, "image/png");
  const field = page.getByLabel("Images to attach");
  await field.setInputFiles([
    { name: "one.png", mimeType: "image/png", buffer },
    { name: "two.png", mimeType: "image/png", buffer },
  ]);
  const attached = page.getByRole("list", { name: "Attached images" }).getByRole("listitem");
  await expect(attached).toHaveCount(2);
  await page.getByRole("button", { name: "Remove two.png" }).click();
  await expect(attached).toHaveCount(1);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);

  await chat.ask("What is this? [[echo A square.]]");
  await expect(attached).toHaveCount(0);
  const shown = chat.questions.last().getByRole("img", { name: "Image 1" });
  await expect(shown).toHaveJSProperty("complete", true);
  await page.reload();
  await expect(shown).toBeVisible();
  await expect.poll(() => shown.evaluate(loaded)).toBe(true);
  await expect(shown).toHaveAttribute("src", /^\/api\/v1\/messages\/.+\/images\/0$/);

  await chat.questions.last().hover();
  await chat.questions.last().getByRole("button", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "Edited text" }).fill("And now? [[echo Still a square.]]");
  await page.getByRole("button", { name: "Save & rerun" }).click();
  await expect(chat.answers.last()).toContainText("Still a square.");
  await chat.settled();
  await expect(chat.questions.last().getByRole("img", { name: "Image 1" })).toBeVisible();
});

test("an image alone can be sent; one of a form that no model sees is converted, and what is no image refused", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  const field = page.getByLabel("Images to attach");
  await field.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await expect(page.getByRole("alert").filter({ hasText: "notes.txt" })).toContainText("not a PNG, JPEG, GIF or WebP");
  await expect(page.getByRole("button", { name: "Send" })).toBeDisabled();
  await field.setInputFiles({ name: "dot.bmp", mimeType: "image/bmp", buffer: onePixelBitmap() });
  const attached = page.getByRole("list", { name: "Attached images" });
  await expect(attached.getByRole("img", { name: "dot.bmp" })).toHaveAttribute("src", /^data:image\/jpeg;base64,/);
  await expect(page.getByRole("alert").filter({ hasText: "notes.txt" })).toHaveCount(0);
  await page.getByRole("button", { name: "Send" }).click();
  await expect(chat.answers).toHaveCount(1);
  await chat.settled();
  await expect(chat.questions.last().getByRole("img", { name: "Image 1" })).toBeVisible();
});

test("a message holds at most five images, in the order in which they were chosen", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  const buffer = await picture(page, 8, "image/png");
  // The first ones are large and take longer to read.
  const large = await picture(page, 3000, "image/png");
  const files = [1, 2, 3, 4, 5, 6].map((n) => ({ name: `${n}.png`, mimeType: "image/png", buffer: n < 3 ? large : buffer }));
  await page.getByLabel("Images to attach").setInputFiles(files);
  await expect(page.getByRole("alert").filter({ hasText: "at most 5 images" })).toBeVisible();
  const attached = page.getByRole("list", { name: "Attached images" }).getByRole("img");
  await expect(attached).toHaveCount(5);
  const names = await attached.evaluateAll((images) => images.map((image) => image.getAttribute("alt")));
  expect(names).toEqual(["1.png", "2.png", "3.png", "4.png", "5.png"]);
});

test("pasted and dropped images are attached, and stay with their conversation", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  const bytes = [...(await picture(page, 8, "image/png"))];
  const give = (type: "paste" | "drop") =>
    page.evaluate(
      ([bytes, type]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes as number[])], `${type}.png`, { type: "image/png" }));
        const target = document.getElementById("composer")!;
        const event =
          type === "paste"
            ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
            : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
        target.dispatchEvent(event);
      },
      [bytes, type] as const,
    );
  await give("paste");
  await give("drop");
  const attached = page.getByRole("list", { name: "Attached images" });
  await expect(attached.getByRole("img", { name: "paste.png" })).toBeVisible();
  await expect(attached.getByRole("img", { name: "drop.png" })).toBeVisible();
  await chat.ask("hello [[echo Hi.]]");
  await give("paste");
  await expect(attached.getByRole("listitem")).toHaveCount(1);
  await page.getByRole("link", { name: "New chat" }).first().click();
  await expect(page).toHaveURL(chat.server.url + "/");
  await expect(attached).toHaveCount(0);
  await page.goBack();
  await expect(attached.getByRole("img", { name: "paste.png" })).toBeVisible();
});
