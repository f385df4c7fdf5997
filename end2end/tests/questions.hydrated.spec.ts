import AxeBuilder from "@axe-core/playwright";
import { test } from "../support/asking";
import { expect } from "../support/fixtures";

const ask = (questions: unknown) => `[[tool=ask_person args=${JSON.stringify({ questions })}]] [[echo So it is.]]`;

test("the model asks, the person chooses and writes, and both stand there afterwards", async ({ asking: chat }) => {
  await chat.send(ask([{ question: "Which colour?", options: ["red", "blue"], free_text: false }, { question: "Why?" }]));
  const form = chat.page.locator("form").filter({ hasText: "The model asks you" });
  await expect(form).toBeVisible();
  await expect(form.getByRole("button", { name: "Send answers" })).toBeDisabled();
  const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
  expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
  // It waits without a page.
  await chat.page.reload();
  await form.getByRole("radio", { name: "blue" }).check();
  await form.getByRole("textbox", { name: "Your answer" }).fill("It is calm.");
  await form.getByRole("button", { name: "Send answers" }).click();
  await expect(chat.page.getByText("So it is.")).toBeVisible();
  await expect(form).toHaveCount(0);
  await expect(chat.page.getByText("Which colour?\nblue\n\nWhy?\nIt is calm.")).toBeVisible();
});

test("questions are skipped, and the answer goes on", async ({ asking: chat }) => {
  await chat.send(ask([{ question: "Which colour?" }]));
  await chat.page.getByRole("button", { name: "Skip" }).click();
  await expect(chat.page.getByText("So it is.")).toBeVisible();
});

test("a message that waits is handed in to the answer that is being written", async ({ asking: chat }) => {
  await chat.send("[[tool=hang]] [[echo Heard.]]");
  await expect(chat.answers.last().getByRole("button", { name: /^hang/ })).toContainText(/Running|\d s/);
  await chat.composer.fill("Rather the other one.");
  await chat.page.getByRole("button", { name: "Queue message" }).click();
  await chat.page.getByRole("button", { name: "Send now" }).click();
  await expect(chat.answers.last().getByText("You, meanwhile")).toBeVisible();
  await expect(chat.answers.last().getByText("Rather the other one.")).toBeVisible();
  await expect(chat.page.getByText("Queued")).toHaveCount(0);
  await chat.page.getByRole("button", { name: "Stop generating" }).click();
});
