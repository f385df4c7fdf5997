import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../support/runs";

for (const theme of ["light", "dark"]) {
  test(`the card of a run fits on a phone: ${theme}`, async ({ runs, context, runner }) => {
    const { page } = runs;
    await context.addCookies([{ name: "theme", value: theme, url: runner.url }]);
    await runs.open();
    const name = "a-file-with-a-rather-long-name-that-has-no-end.txt";
    const code = `echo ${"wide ".repeat(40)}; echo careful >&2; echo text > ${name}; exit 3`;
    await runs.say(`\`\`\`bash tools/${name}.sh\n${code}\n\`\`\``);
    await runs.button().click();
    await expect(runs.card()).toContainText("Failed, exit 3");
    await runs.card().getByText("Output").click();
    await expect(runs.card().getByRole("group", { name: "Output" })).toBeVisible();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((found) => `${found.id} ${found.nodes.map((node) => node.target)}`)).toEqual([]);
  });
}
