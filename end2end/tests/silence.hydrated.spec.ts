import { expect, test } from "../support/fixtures";

test("an answer that says nothing for a while is still being worked on, and says so", async ({ chat }) => {
  await chat.page.clock.install();
  await chat.open();
  await chat.send("slow [[tokens=40 every=10ms stall=5]]");
  await expect(chat.answers.locator(".prose")).toContainText("word5");
  await expect(chat.answers).not.toContainText("Still working");
  await chat.page.clock.fastForward(9_000);
  await expect(chat.answers).toContainText(/Still working\s*\d+ s/);
  await chat.page.getByRole("button", { name: "Stop generating" }).click();
  await expect(chat.answers).toContainText("Stopped.");
  await expect(chat.answers).not.toContainText("Still working");
});

test("a provider that is asked again is waited for by name, with a way out", async ({ chat }) => {
  await chat.open();
  await chat.send("wait [[status=529 retry-after=15]]");
  const waiting = chat.answers.getByText("Waiting for Anthropic");
  await expect(waiting).toBeVisible();
  await expect(chat.answers).toContainText("did not answer and is being asked again");
  // Who joins later hears the same.
  await expect(chat.page).toHaveURL(/\/c\//);
  await chat.page.reload();
  await expect(chat.page.locator("[data-hydrated]")).toBeAttached();
  await chat.answers.getByRole("button", { name: "Other model" }).first().click();
  await chat.page.getByRole("menuitem").first().click();
  await expect(chat.answers).toContainText("2/2");
  await expect(waiting).toBeVisible();
  await chat.answers.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(chat.answers).toContainText("Stopped.");
  await expect(waiting).toHaveCount(0);
  // Whoever had to rest for it is well again with the first word.
  await chat.ask("better [[echo well]]");
});

test("another model that goes on is drawn on the spine and named below", async ({ chat }) => {
  await chat.open();
  const hard = "Prove that there are infinitely many primes, and explain why the proof works.";
  await chat.ask(`${hard} [[fail=claude-opus-5-5:503]] [[echo By Euclid.]]`);
  for (const read of ["as it comes", "again"]) {
    await expect(chat.answers, read).toContainText("Claude Opus 5.5 did not answer.");
    await expect(chat.answers, read).toContainText("Continued on Claude Sonnet 5.5.");
    await expect(chat.answers.getByRole("button", { name: "Failed over from Claude Opus 5.5" }), read).toBeVisible();
    await chat.page.reload();
  }
});

test("a limit counts down and the answer is asked for again by itself", async ({ chat }) => {
  await chat.page.clock.install();
  await chat.open();
  // Longer than the server itself waits.
  await chat.send("limit [[status=429 retry-after=30]]");
  await expect(chat.answers).toContainText(/Tried again by itself in \d+ s/, { timeout: 20_000 });
  await chat.page.clock.fastForward(31_000);
  await expect(chat.answers).toContainText("2/2");
  await expect(chat.answers).toContainText(/Tried again by itself in \d+ s/, { timeout: 20_000 });
  await chat.answers.getByRole("button", { name: "Cancel" }).click();
  await chat.page.clock.fastForward(60_000);
  await expect(chat.answers.getByRole("timer")).toHaveCount(0);
  await expect(chat.answers).toContainText("2/2");
  await chat.ask("better [[echo well]]");
});

test("nobody is said to have chosen what the router chose", async ({ chat }) => {
  await chat.open();
  await chat.ask("again [[echo same]]");
  await chat.answers.hover();
  await chat.answers.getByRole("button", { name: "Regenerate" }).click();
  await chat.page.getByRole("menuitem", { name: /Same model/ }).click();
  await expect(chat.answers).toContainText("2/2");
  await chat.settled();
  await expect(chat.answers.getByRole("button", { name: "Same model again" })).toBeVisible();
  await expect(chat.answers).not.toContainText("You chose it");
});

test("a retry after a failure is routed anew, without the model that failed", async ({ chat }) => {
  await chat.open();
  await chat.send("mend [[fail=anthropic:400]]");
  const failed = await chat.answers.getByRole("button", { name: /^Claude/ }).first().innerText();
  await chat.answers.getByRole("button", { name: "Retry" }).click();
  await expect(chat.answers).toContainText("2/2");
  await chat.settled();
  await expect(chat.answers.getByRole("button", { name: /^Claude/ }).first()).not.toHaveText(failed);
  await expect(chat.answers).not.toContainText("You chose it");
});
