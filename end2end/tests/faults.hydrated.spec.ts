import { expect, test } from "../support/fixtures";

const cases = [
  { name: "overloaded", script: "[[status=529]]", says: /overloaded/i },
  { name: "a rejected key", script: "[[status=401]]", says: /key/i },
  { name: "a web page instead of an answer", script: "[[html]]", says: /answer/i },
];

for (const { name, script, says } of cases) {
  test(`a provider's fault is said in the turn: ${name}`, async ({ chat }) => {
    await chat.open();
    await chat.send(`fault ${script}`);
    await expect(chat.answers.getByRole("button", { name: "Retry" })).toBeVisible({ timeout: 30_000 });
    await expect(chat.answers).toContainText(says);
    await expect(chat.questions).toContainText("fault");
  });
}

test("a stream cut in the middle keeps the text and says so", async ({ chat }) => {
  await chat.open();
  await chat.send("cut [[tokens=60 every=10ms cut=20]]");
  await expect(chat.answers.getByRole("button", { name: "Retry" })).toBeVisible();
  await expect(chat.answers.locator(".prose")).toContainText(/\w+ \w+/);
  await chat.page.reload();
  await expect(chat.answers.locator(".prose")).toContainText(/\w+ \w+/);
  await expect(chat.answers.getByRole("button", { name: "Retry" })).toBeVisible();
  await expect(chat.answers.getByRole("button", { name: "Continue" })).toBeVisible();
});
