import AxeBuilder from "@axe-core/playwright";
import { calls, expect, test } from "../support/trips";

test("a server asks in the midst of a call, faults stand at their fields, and the answers stay to be read", async ({ trips: chat }) => {
  await chat.send(calls(chat, "book"));
  const form = chat.page.locator("form").filter({ hasText: "asks you something" });
  await expect(form).toContainText("Where shall it go?");
  await expect(form).toContainText("Enter no password");
  await expect(form.getByLabel("Bags")).toHaveValue("1");
  await expect(form.getByLabel("Window seat")).toBeChecked();
  const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);

  await form.getByLabel("Bags").fill("7");
  await form.getByRole("button", { name: /^Send to/ }).click();
  await expect(form).toContainText("This must be at most 3.");
  await expect(form).toContainText("This needs an answer.");

  // It waits without a page.
  await chat.page.reload();
  await form.getByLabel("Full name").fill("Ann");
  await form.getByLabel("Bags").fill("");
  await form.getByLabel("Class").selectOption({ label: "Second" });
  await form.getByLabel("soup").check();
  await form.getByRole("button", { name: /^Send to/ }).click();
  await expect(chat.answers.last().getByText("It is booked.")).toBeVisible();
  await expect(form).toHaveCount(0);
  await expect(chat.page.getByText("Full name: Ann\nWindow seat: Yes\nClass: Second\nMeals: soup")).toBeVisible();
  await chat.answers.last().getByRole("button", { name: /^book/ }).click();
  await expect(chat.answers.last()).toContainText('"class": "2"');
  await expect(chat.answers.last()).not.toContainText('"bags"');
});

test("it is declined, and an address shows its host and opens on a click alone", async ({ trips: chat }) => {
  await chat.send(calls(chat, "book"));
  await chat.page.getByRole("button", { name: "Decline" }).click();
  await expect(chat.page.getByText("You declined.")).toBeVisible();
  await chat.settled();

  await chat.page.context().route("https://pay.example/**", (route) => route.fulfill({ body: "Paid.", contentType: "text/html" }));
  await chat.send(calls(chat, "pay"));
  const form = chat.page.locator("form").filter({ hasText: "Pay there." });
  await expect(form).toContainText("https://pay.example/x?y=1");
  const opened = chat.page.waitForEvent("popup");
  await form.getByRole("link", { name: "Open pay.example" }).click();
  expect((await opened).url()).toBe("https://pay.example/x?y=1");
  await expect(chat.page.getByText("You opened pay.example.")).toBeVisible();
});
