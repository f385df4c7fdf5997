import { expect, newUser, signIn } from "../support/fixtures";
import { foreign, hostileAnswers, test } from "../support/hostile";

for (const { wrapper, texts } of hostileAnswers()) {
  test(`hostile answers are drawn by the server as our elements alone: ${wrapper}`, async ({ page, context, product, author, elsewhere: _ }) => {
    const user = newUser(product);
    const headers = { Authorization: `Bearer ${product.createToken(user.email)}` };
    await signIn(context, product, user);
    for (const text of texts) {
      const made = await (await page.request.post(`${product.url}/api/v1/conversations`, { headers, data: {} })).json();
      const data = { conversation_id: made.id, messages: [{ role: "user", content: `say ${author.texts.push(text) - 1}` }] };
      expect((await page.request.post(`${product.url}/api/v1/chat`, { headers, data })).ok()).toBeTruthy();
      await page.goto(`${product.url}/c/${made.id}`);
      await expect(page.getByRole("article")).toHaveCount(2);
      expect(await foreign(page)).toEqual([]);
      for (const format of ["json", "markdown"]) {
        expect((await page.request.get(`${product.url}/api/v1/conversations/${made.id}/export?format=${format}`, { headers })).ok()).toBeTruthy();
      }
    }
    expect((await page.request.get(`${product.url}/health`)).ok()).toBeTruthy();
  });
}
