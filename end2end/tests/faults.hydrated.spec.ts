import { expect, test, upTo, words } from "../support/fixtures";

const cases = [
  { name: "overloaded", script: "[[status=529]]", says: /Anthropic has more requests for .+ than it can take\./, code: "provider_overloaded" },
  {
    name: "a rejected key",
    script: "[[status=401]]",
    says: /Anthropic rejected the API key when .+ was asked\. Check ANTHROPIC_API_KEY on the server\./,
    code: "provider_auth",
  },
  {
    name: "a web page instead of an answer",
    script: "[[html]]",
    says: /Anthropic answered for .+ with a web page instead of a model's answer\. Check ANTHROPIC_BASE_URL/,
    code: "provider_bad_response",
  },
];

for (const { name, script, says, code } of cases) {
  test(`a provider's fault is said in the turn: ${name}`, async ({ chat }) => {
    await chat.open();
    await chat.send(`fault ${script}`);
    await expect(chat.answers.getByRole("button", { name: "Retry" })).toBeVisible({ timeout: 30_000 });
    await expect(chat.answers.getByText(says)).toBeVisible();
    await expect(chat.answers.getByText(code, { exact: true })).toBeVisible();
    await expect(chat.questions).toContainText("fault");
    // Whoever had to rest for it is well again with the first word.
    await chat.ask("better [[echo well]]");
  });
}

test("a stream cut in the middle keeps the text and says so", async ({ chat }) => {
  await chat.open();
  await chat.send("cut [[tokens=60 every=10ms cut=20]]");
  await expect(chat.answers.getByRole("button", { name: "Retry" })).toBeVisible();
  await expect(chat.answers.getByText(/was cut before .+ had finished\. What arrived is kept/)).toBeVisible();
  expect(await words(chat)).toEqual(upTo(20));
  await chat.page.reload();
  await expect(chat.answers.getByRole("button", { name: "Retry" })).toBeVisible();
  await expect(chat.answers.getByRole("button", { name: "Continue" })).toBeVisible();
  expect(await words(chat)).toEqual(upTo(20));
});
